// Package servertest serves gRPC handlers within a test, behind the full chain
// of a real server, and calls them as any caller:
//
//	env := servertest.Start(t, func(r grpc.ServiceRegistrar) {
//		customerv1.RegisterCustomerServiceServer(r, handler)
//	})
//	client := customerv1.NewCustomerServiceClient(env.As(servertest.Partner("softcat", "customers:read")))
//
// Errors come back as *fault.Error; status.FromError gives the status as it
// was on the wire.
package servertest

import (
	"context"
	"net"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Env is a server within a test.
type Env struct {
	Issuer    *Issuer
	Telemetry *telemetry.Telemetry
	Logs      *observer.ObservedLogs // what the server logged

	t        testing.TB
	listener *bufconn.Listener
}

// Start serves what register registers until the test ends.
func Start(t testing.TB, register func(grpc.ServiceRegistrar)) *Env {
	t.Helper()
	return StartWith(t, server.Default("127.0.0.1:0"), register)
}

// StartWith is Start with other settings; the address is not used.
func StartWith(t testing.TB, config server.Config, register func(grpc.ServiceRegistrar)) *Env {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	tel, err := telemetry.Start(context.Background(), "test", "test")
	must(t, err)
	e := &Env{Issuer: NewIssuer(t), Telemetry: tel, Logs: logs, t: t, listener: bufconn.Listen(1 << 20)}
	s, err := server.New(config, server.Deps{
		Log: zap.New(core), Telemetry: tel, Verifier: e.Issuer.Verifier(t), Register: register, Listener: e.listener,
	})
	must(t, err)
	e.serve(s)
	return e
}

// serve runs s until the test has closed its connections.
func (e *Env) serve(s *server.Server) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	e.t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			e.t.Errorf("server: %v", err)
		}
		if err := e.Telemetry.Shutdown(context.Background()); err != nil {
			e.t.Errorf("telemetry: %v", err)
		}
	})
}

// As returns a connection whose calls are c's: a partner's with the gateway's
// proof, an acting service's with the name of its partner.
func (e *Env) As(c auth.Caller) *grpc.ClientConn {
	e.t.Helper()
	headers := map[string]string{auth.TokenHeader: "Bearer " + e.Issuer.Token(e.t, c)}
	if c.PartnerID != "" {
		headers[auth.ViaHeader] = "Bearer " + e.Issuer.Token(e.t, Service(auth.Gateway))
	}
	if c.Acting != "" {
		headers[auth.ActingHeader] = c.Acting
	}
	return e.With(headers)
}

// Anonymous returns a connection whose calls carry no token.
func (e *Env) Anonymous() *grpc.ClientConn { return e.With(nil) }

// With returns a connection whose calls carry exactly these headers.
func (e *Env) With(headers map[string]string) *grpc.ClientConn {
	e.t.Helper()
	return e.Dial(server.DialDeps{PerRPC: fixed(headers)})
}

// Dial returns a connection as a service makes it.
func (e *Env) Dial(deps server.DialDeps) *grpc.ClientConn {
	e.t.Helper()
	deps.Log = zap.NewNop()
	deps.Dialer = func(ctx context.Context, _ string) (net.Conn, error) { return e.listener.DialContext(ctx) }
	conn, err := server.Dial(server.DefaultDial("passthrough:///localhost:0"), deps)
	must(e.t, err)
	e.t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			e.t.Errorf("close connection: %v", err)
		}
	})
	return conn
}

// fixed are headers that do not change.
type fixed map[string]string

// GetRequestMetadata returns the headers.
func (f fixed) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return f, nil
}

// RequireTransportSecurity is false: the connection stays in the process.
func (f fixed) RequireTransportSecurity() bool { return false }

// Context returns a context that ends in good time for the test to say why.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
