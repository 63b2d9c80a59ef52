// Package guard is what stands before every handler of the REST door: it
// recovers, gives ids, writes one line per request, drops what a client may
// not say, bounds what it sends and how long it waits, and, before the API,
// asks for its token and counts its requests.
//
// It decides nothing about the business. Who may call which method is decided
// by the services, which verify the same token again.
package guard

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/quota"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Config are the bounds.
type Config struct {
	MaxBody        int64
	MaxFile        int64    // of a body that carries a file
	FilePaths      []string // where such bodies are posted
	Deadline       time.Duration
	Origins        []string       // that browsers may call from; CORS is off without any
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Clients        quota.Rate     // of each client with a token
	Anonymous      quota.Rate     // of each address without one
}

// BodyLimit returns the size in bytes of the largest body that a request may
// have.
func (c Config) BodyLimit(r *http.Request) int64 {
	if r.Method == http.MethodPost && slices.Contains(c.FilePaths, r.URL.Path) {
		return c.MaxFile
	}
	return c.MaxBody
}

// Deps are what the guard works with.
type Deps struct {
	Log       *zap.Logger
	Telemetry *telemetry.Telemetry
	Verifier  *auth.Verifier
	// Revoked refuses callers whose token is good but whose client is not.
	Revoked func(auth.Caller) error
	Now     func() time.Time
}

// Guard makes handlers safe to serve to strangers.
type Guard struct {
	config    Config
	deps      Deps
	latency   *latency
	origins   map[string]bool
	clients   *quota.Quota
	anonymous *quota.Quota
}

// remembered is how many clients a quota tells apart.
const remembered = 20_000

// New returns a guard. It registers its metrics.
func New(config Config, deps Deps) (*Guard, error) {
	measured, err := newLatency(deps.Telemetry.Registry)
	if err != nil {
		return nil, err
	}
	g := &Guard{
		config: config, deps: deps, latency: measured, origins: map[string]bool{},
		clients:   quota.New("default", config.Clients, remembered),
		anonymous: quota.New("anonymous", config.Anonymous, remembered),
	}
	for _, o := range config.Origins {
		g.origins[o] = true
	}
	return g, nil
}

// Around returns next with everything that every request gets.
func (g *Guard) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, e := g.begin(w, r)
		ctx, cancel := context.WithTimeout(ctx, g.config.Deadline)
		defer cancel()
		r = r.WithContext(ctx)
		defer func() { g.end(e, r, recover()) }()

		e.peer = g.peer(r)
		clean(r.Header)
		secure(e.Header(), r)
		if !g.crossOrigin(e, r) && g.bounded(e, r) {
			next.ServeHTTP(e, r)
		}
	})
}
