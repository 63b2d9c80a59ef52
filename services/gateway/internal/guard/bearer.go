package guard

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/quota"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Open returns next with the quota of anonymous clients, for what anyone may
// ask for.
func (g *Guard) Open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.take(w, r, g.anonymous, exchangeOf(r.Context()).peer) {
			next.ServeHTTP(w, r)
		}
	})
}

// Authenticated returns next with the caller's token verified and forwarded,
// and the quota of its client. A request without a token goes on as nobody's:
// the services refuse it.
func (g *Guard) Authenticated(next http.Handler) http.Handler {
	anonymously := g.Open(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Authorization"]) == 0 {
			anonymously.ServeHTTP(w, r)
			return
		}
		caller, token, err := g.admit(r)
		if err != nil {
			g.Open(refusal{err}).ServeHTTP(w, r)
			return
		}
		exchangeOf(r.Context()).caller = &caller
		if g.take(w, r, g.clients, clientOf(&caller)) {
			next.ServeHTTP(w, r.WithContext(auth.Forward(r.Context(), token)))
		}
	})
}

// refusal answers with its error.
type refusal struct{ err error }

// ServeHTTP writes the problem.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, f.err) }

// admit takes the token off the request and returns whose it is.
func (g *Guard) admit(r *http.Request) (auth.Caller, string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	r.Header.Del("Authorization")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return auth.Caller{}, "", fmt.Errorf("no bearer token: %w", rpcerr.Unauthenticated)
	}
	caller, err := g.deps.Verifier.Verify(r.Context(), token)
	if err != nil {
		return auth.Caller{}, "", err
	}
	return caller, token, g.deps.Revoked(caller)
}

// clientOf is whose quota a request counts in.
func clientOf(c *auth.Caller) string {
	if c.PartnerID != "" {
		return c.ClientID
	}
	return c.Subject
}

var errLimited = fault.New("RATE_LIMITED", "too many requests")

// take counts a request and reports whether it may go on.
func (g *Guard) take(w http.ResponseWriter, r *http.Request, q *quota.Quota, key string) bool {
	s := q.Take(key, g.deps.Now())
	q.Describe(w.Header(), s)
	if s.Allowed {
		return true
	}
	wait := strconv.Itoa(s.Wait)
	problem.Write(w, r, errLimited.Because("too many requests: the next one is allowed in "+wait+" s", "retry_after_seconds", wait))
	return false
}
