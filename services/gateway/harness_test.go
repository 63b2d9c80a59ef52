package gateway

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/revoked"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// gate is a gateway within a test: its real handler on a real port, in front of
// a back end behind the real chain of interceptors.
type gate struct {
	t        testing.TB
	url      string
	backend  *backend
	issuer   *servertest.Issuer
	revoked  *revoked.List
	logs     *observer.ObservedLogs // the gateway's
	services *observer.ObservedLogs // those of the services behind
	measured *telemetry.Telemetry
	later    atomic.Int64 // how far the gateway's clock is ahead
	partner  string       // a partner's token with every scope
}

// settings are what has no default.
var settings = map[string]string{
	"GATEWAY_ADDR": "127.0.0.1:0", "GATEWAY_CLIENT_SECRET": "secret of the gateway's own client",
	"GATEWAY_CUSTOMER_TARGET": "127.0.0.1:1", "GATEWAY_PARTNER_TARGET": "127.0.0.1:1", "GATEWAY_COMMISSION_TARGET": "127.0.0.1:1",
}

var scopes = []string{
	"catalogue:read", "customers:read", "subscriptions:read", "partner:read", "margin:read",
	"quotes:write", "renewals:read", "renewals:write", "clients:manage",
	"transfers:read", "transfers:write", "deals:read", "deals:write", "orders:read", "orders:write",
	"statements:read", "statements:write", "forecast:read", "experience:read",
}

// open serves a gateway with the default settings and those given, as name,
// value, name, value.
func open(t testing.TB, changed ...string) *gate {
	t.Helper()
	return openTraced(t, nil, changed...)
}

// openTraced is open with a tracer, or with none.
func openTraced(t testing.TB, tracer trace.TracerProvider, changed ...string) *gate {
	t.Helper()
	all := maps.Clone(settings)
	for i := 0; i+1 < len(changed); i += 2 {
		all[changed[i]] = changed[i+1]
	}
	cfg, err := env.From[Config]("GATEWAY_", all)
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	g := &gate{t: t, backend: &backend{}, logs: logs}
	services := servertest.Start(t, g.backend.register)
	g.issuer, g.services, g.measured = services.Issuer, services.Logs, services.Telemetry
	if tracer != nil {
		g.measured.Tracer, g.measured.Tracing = tracer, true
	}
	g.partner = g.token(servertest.Partner("softcat", scopes...))
	g.serve(cfg, services, zap.New(core))
	if err := g.revoked.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gate) serve(cfg Config, services *servertest.Env, log *zap.Logger) {
	g.t.Helper()
	tokens := g.issuer.Tokens(g.t, auth.Gateway)
	forward := func() *grpc.ClientConn { return services.Dial(server.DialDeps{Tokens: tokens, Forward: true}) }
	b := &backends{
		customer: forward(), partner: forward(), commission: forward(),
		own: services.Dial(server.DialDeps{Tokens: tokens}), anonymous: services.Dial(server.DialDeps{}), strangers: services.Dial(server.DialDeps{}),
	}
	g.revoked = revoked.New(partnerv1.NewApiClientServiceClient(b.own), g.now)
	handler, err := assemble(cfg, b, guard.Deps{
		Log: log, Telemetry: services.Telemetry, Verifier: g.issuer.Verifier(g.t), Revoked: g.revoked.Check, Now: g.now,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	web, err := server.NewWeb(cfg.Web, handler, server.Deps{Log: log, Telemetry: services.Telemetry})
	if err != nil {
		g.t.Fatal(err)
	}
	g.url = "http://" + web.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- web.Run(ctx) }()
	g.t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			g.t.Errorf("serve: %v", err)
		}
	})
}

func (g *gate) now() time.Time { return time.Now().Add(time.Duration(g.later.Load())) }

// pass moves the gateway's clock.
func (g *gate) pass(d time.Duration) { g.later.Add(int64(d)) }

func (g *gate) token(c auth.Caller) string { return g.issuer.Token(g.t, c) }

// ask is a request. A body is JSON unless a header says otherwise, and the
// caller is the partner softcat unless Authorization is set, to "" for nobody.
type ask struct {
	method, path, body string
	header             http.Header
}

// with returns headers given as name, value, name, value.
func with(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h[pairs[i]] = append(h[pairs[i]], pairs[i+1])
	}
	return h
}

// reply is an answer with its whole body.
type reply struct {
	*http.Response
	body string
}

// problem reads the answer's problem document.
func (r reply) problem(t testing.TB) problem.Document {
	t.Helper()
	var d problem.Document
	if r.Header.Get("Content-Type") != problem.MediaType {
		t.Fatalf("status %d, content type %q, body %s: want a problem document", r.StatusCode, r.Header.Get("Content-Type"), r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &d); err != nil {
		t.Fatalf("problem %s: %v", r.body, err)
	}
	if d.Status != r.StatusCode {
		t.Errorf("the document says %d, the answer %d", d.Status, r.StatusCode)
	}
	return d
}

func (g *gate) do(a ask) reply {
	g.t.Helper()
	if a.method == "" {
		a.method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(context.Background(), a.method, g.url+a.path, strings.NewReader(a.body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+g.partner)
	if a.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range a.header {
		r.Header[name] = values
		if len(values) == 1 && values[0] == "" {
			delete(r.Header, name)
		}
	}
	return g.send(r)
}

// direct does not follow redirects.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (g *gate) send(r *http.Request) reply {
	g.t.Helper()
	answer, err := direct.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return reply{answer, string(body)}
}
