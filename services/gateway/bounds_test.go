package gateway

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/revoked"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestGateway_RefusesRevokedClients(t *testing.T) {
	g := open(t)
	g.backend.answer("ListRevokedClients", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.ListRevokedClientsResponse{ClientIds: []string{"cli_softcat"}}, nil
	})
	if answer := g.do(ask{path: "/v1/partners/softcat"}); answer.StatusCode != http.StatusOK {
		t.Fatalf("before: status %d", answer.StatusCode)
	}
	if err := g.revoked.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	revoked := g.do(ask{path: "/v1/partners/softcat"})
	garbage := g.do(ask{path: "/v1/partners/softcat", header: with("Authorization", "Bearer x")})
	if d := revoked.problem(t); d.Reason != "UNAUTHENTICATED" {
		t.Errorf("revoked: %+v, want UNAUTHENTICATED", d)
	}
	if traceless(revoked.body) != traceless(garbage.body) {
		t.Errorf("revoked and garbage are told apart:\n%s\n%s", revoked.body, garbage.body)
	}
	other := g.token(servertest.Partner("insight", scopes...))
	if answer := g.do(ask{path: "/v1/partners/insight", header: with("Authorization", "Bearer "+other)}); answer.StatusCode != http.StatusOK {
		t.Errorf("another client: status %d", answer.StatusCode)
	}
}

var traceID = regexp.MustCompile(`"trace_id":"[0-9a-f]{32}"`)

func traceless(body string) string { return traceID.ReplaceAllString(body, "") }

func TestGateway_RefusesPartnersWhileTheListOfRevokedClientsIsStale(t *testing.T) {
	g := open(t)
	g.backend.fails("ListRevokedClients", errors.New("down"))
	g.pass(revoked.MaxAge + time.Second)
	if err := g.revoked.Refresh(t.Context()); err == nil {
		t.Fatal("refresh succeeded")
	}
	answer := g.do(ask{path: "/v1/partners/softcat"})
	if d := answer.problem(t); d.Reason != "UNAVAILABLE" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("partner: %+v, want UNAVAILABLE with Retry-After", d)
	}
	staff := g.token(servertest.Person("ann", auth.Channel))
	if answer := g.do(ask{path: "/v1/partners/softcat", header: with("Authorization", "Bearer "+staff)}); answer.StatusCode != http.StatusOK {
		t.Errorf("staff: status %d, want 200", answer.StatusCode)
	}
	if answer := g.do(ask{path: "/docs/reasons", header: with("Authorization", "")}); answer.StatusCode != http.StatusOK {
		t.Errorf("docs: status %d, want 200", answer.StatusCode)
	}
}

func TestGateway_Says401WithoutDetail(t *testing.T) {
	g := open(t)
	var bodies []string
	for _, token := range []string{"Bearer x", "Bearer " + unsigned(g.partner), "Basic eA==", "Bearer " + g.partner + "x", ""} {
		answer := g.do(ask{path: "/v1/partners", header: with("Authorization", token)})
		if got := answer.Header.Get("Www-Authenticate"); got != `Bearer realm="holdfast"` {
			t.Errorf("WWW-Authenticate %q", got)
		}
		bodies = append(bodies, traceless(answer.body))
	}
	for _, b := range bodies[1:] {
		if b != bodies[0] {
			t.Errorf("bodies differ:\n%s\n%s", bodies[0], b)
		}
	}
}

func TestGateway_LimitsEachClient(t *testing.T) {
	g := open(t, "GATEWAY_RATE_LIMIT", "3/60s")
	for i, want := range []string{`"default";r=2;t=20`, `"default";r=1;t=40`, `"default";r=0;t=60`} {
		answer := g.do(ask{path: "/v1/partners/softcat"})
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Ratelimit") != want || answer.Header.Get("Ratelimit-Policy") != `"default";q=3;w=60` {
			t.Errorf("request %d: status %d, %v; want %s", i+1, answer.StatusCode, answer.Header, want)
		}
	}
	answer := g.do(ask{path: "/v1/partners/softcat"})
	d := answer.problem(t)
	if d.Reason != "RATE_LIMITED" || answer.Header.Get("Retry-After") == "" || !strings.HasPrefix(answer.Header.Get("Ratelimit"), `"default";r=0;`) {
		t.Errorf("fourth request: %+v, %v", d, answer.Header)
	}
	other := with("Authorization", "Bearer "+g.token(servertest.Partner("insight", scopes...)))
	if answer := g.do(ask{path: "/v1/partners/insight", header: other}); answer.StatusCode != http.StatusOK {
		t.Errorf("another client: status %d", answer.StatusCode)
	}
	g.pass(21 * time.Second)
	if err := g.revoked.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if answer := g.do(ask{path: "/v1/partners/softcat"}); answer.StatusCode != http.StatusOK {
		t.Errorf("after the wait: status %d", answer.StatusCode)
	}
}

// TestGateway_LimitsStrangersByAddress forges X-Forwarded-For, which must not
// make a stranger look like many.
func TestGateway_LimitsStrangersByAddress(t *testing.T) {
	tests := []struct {
		name    string
		proxies string
		hops    []string
		last    int
	}{
		{"forged addresses count as one", "", []string{"1.1.1.1", "2.2.2.2", "3.3.3.3"}, http.StatusTooManyRequests},
		{"a trusted proxy's clients are told apart", "127.0.0.0/8", []string{"1.1.1.1", "2.2.2.2", "3.3.3.3"}, http.StatusNotFound},
		{"what a client wrote itself does not count", "127.0.0.0/8", []string{"6.6.6.6, 1.1.1.1", "7.7.7.7, 1.1.1.1", "8.8.8.8, 1.1.1.1"}, http.StatusTooManyRequests},
		{"further trusted proxies are skipped", "127.0.0.0/8,10.0.0.0/8", []string{"1.1.1.1, 10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"}, http.StatusTooManyRequests},
		{"one network of IPv6 is one client", "127.0.0.0/8", []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"}, http.StatusTooManyRequests},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := open(t, "GATEWAY_ANONYMOUS_RATE_LIMIT", "2/60s", "GATEWAY_TRUSTED_PROXIES", tt.proxies)
			for i, hop := range tt.hops {
				want := http.StatusNotFound
				if i == len(tt.hops)-1 {
					want = tt.last
				}
				answer := g.do(ask{path: "/v1/nothing", header: with("Authorization", "", "X-Forwarded-For", hop)})
				if answer.StatusCode != want {
					t.Errorf("request %d: status %d, want %d", i+1, answer.StatusCode, want)
				}
			}
		})
	}
}

func TestGateway_CountsBadTokensAgainstTheAddress(t *testing.T) {
	g := open(t, "GATEWAY_ANONYMOUS_RATE_LIMIT", "2/60s")
	bad := with("Authorization", "Bearer x")
	for _, want := range []int{401, 401, 429} {
		if answer := g.do(ask{path: "/v1/partners", header: bad}); answer.StatusCode != want {
			t.Errorf("status %d, want %d", answer.StatusCode, want)
		}
	}
	if answer := g.do(ask{path: "/v1/partners/softcat"}); answer.StatusCode != http.StatusOK {
		t.Errorf("a good token from the same address: status %d", answer.StatusCode)
	}
}

func TestGateway_HasCORSOffByDefault(t *testing.T) {
	g := open(t)
	answer := g.do(ask{path: "/v1/partners/softcat", header: with("Origin", "https://portal.example")})
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("header %s", name)
		}
	}
}

func TestGateway_AllowsConfiguredOriginsOnly(t *testing.T) {
	g := open(t, "GATEWAY_CORS_ORIGINS", "https://portal.example,https://other.example:8443")
	tests := []struct {
		origin  string
		allowed bool
	}{
		{"https://portal.example", true}, {"https://other.example:8443", true}, {"https://evil.example", false},
		{"https://portal.example.evil.example", false}, {"http://portal.example", false}, {"null", false}, {"https://other.example", false},
	}
	for _, tt := range tests {
		preflight := g.do(ask{method: "OPTIONS", path: submit, header: with("Authorization", "", "Origin", tt.origin,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "idempotency-key")})
		if got := preflight.StatusCode == http.StatusNoContent && preflight.Header.Get("Access-Control-Allow-Origin") == tt.origin; got != tt.allowed {
			t.Errorf("preflight of %s: status %d, %v", tt.origin, preflight.StatusCode, preflight.Header)
		}
		answer := g.do(ask{path: "/v1/partners/softcat", header: with("Origin", tt.origin)})
		if got := answer.Header.Get("Access-Control-Allow-Origin") == tt.origin; got != tt.allowed || answer.Header.Get("Vary") != "Origin" {
			t.Errorf("request of %s: %v", tt.origin, answer.Header)
		}
		if answer.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Error("credentials are allowed")
		}
	}
}

func TestGateway_WritesOneLinePerRequestWithoutSecrets(t *testing.T) {
	g := open(t)
	secret := "sk-very-secret"
	g.do(ask{method: "POST", path: calculate, body: `{"familyId":"` + secret + `"}`, header: with("X-Request-Id", "req-1")})
	g.do(ask{path: "/v1/partners?filter=" + secret, header: with("Authorization", "Bearer "+secret)})
	lines := g.logs.FilterMessage("request").All()
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2", len(lines))
	}
	first := lines[0].ContextMap()
	for name, want := range map[string]any{
		"method": "POST", "route": calculate, "status": int64(400), "reason": "REQUEST_INVALID", "request_id": "req-1",
		"caller": "PARTNER", "subject": "cli_softcat", "partner_id": "softcat",
	} {
		if first[name] != want {
			t.Errorf("%s is %v, want %v", name, first[name], want)
		}
	}
	for _, l := range g.logs.All() {
		if text := zapText(l.Message, l.Context); strings.Contains(text, secret) || strings.Contains(text, g.partner) {
			t.Errorf("line tells a secret: %s", text)
		}
	}
}

func zapText(message string, fields []zap.Field) string {
	var b strings.Builder
	b.WriteString(message)
	for _, f := range fields {
		b.WriteString(" " + f.Key + "=" + f.String)
		if err, ok := f.Interface.(error); ok {
			b.WriteString(err.Error())
		}
	}
	return b.String()
}

func TestGateway_ContinuesOrStartsIDs(t *testing.T) {
	g := open(t)
	parent := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	tests := []struct{ id, trace, wantID, wantTrace string }{
		{"req-1", parent, "req-1", "0af7651916cd43dd8448eb211c80319c"},
		{"bad id\twith blanks", "00-zz", "", ""},
		{strings.Repeat("x", 100), "", "", ""},
	}
	for _, tt := range tests {
		answer := g.do(ask{path: "/v1/partners/softcat", header: with("X-Request-Id", tt.id, "Traceparent", tt.trace)})
		id, trace := answer.Header.Get("X-Request-Id"), answer.Header.Get("Traceparent")
		c, _ := g.backend.last()
		if got := c.metadata.Get("x-request-id"); len(got) != 1 || got[0] != id {
			t.Errorf("the service sees request id %v, the client %s", got, id)
		}
		if got := c.metadata.Get("traceparent"); len(got) != 1 || got[0][3:35] != trace[3:35] {
			t.Errorf("the service sees trace %v, the client %s", got, trace)
		}
		if tt.wantID != "" && (id != tt.wantID || trace[3:35] != tt.wantTrace) {
			t.Errorf("ids %s, %s; want %s, %s", id, trace, tt.wantID, tt.wantTrace)
		}
		if tt.wantID == "" && (id == "" || id == tt.id || len(trace) != 55) {
			t.Errorf("unsound ids are answered by %s, %s", id, trace)
		}
	}
}
