// Package server serves and calls gRPC methods the way every service of
// Holdfast does.
//
// Around each handler stands one chain, in this order: recover, request id and
// trace, log line, metrics, deadline, caller and access rule, validation,
// idempotency key; errors become statuses on the way out. Handlers know none of
// it: they find the caller (auth.From), the scope of their transactions and the
// idempotency key in their context.
//
// Beside gRPC an admin address serves /livez, /readyz and /metrics.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Deps are what a server works with.
type Deps struct {
	Log       *zap.Logger
	Telemetry *telemetry.Telemetry
	Verifier  *auth.Verifier
	// Register registers the service's handlers.
	Register func(grpc.ServiceRegistrar)
	// Ready are checks of what the service can't work without, by name. All
	// must pass for /readyz to say so.
	Ready map[string]func(context.Context) error
	// Admin are further handlers at the admin address, by path.
	Admin map[string]http.Handler
	// Listener serves instead of one at Config.Addr, if given.
	Listener net.Listener
}

// Server is a gRPC server with its admin address. Run serves.
type Server struct {
	config   Config
	deps     Deps
	grpc     *grpc.Server
	health   *health.Server
	listener net.Listener
	admin    *admin
	drain    context.CancelFunc
}

// New opens the listeners and prepares everything that can go wrong: settings,
// certificates, and an access rule for each method. Calls wait until Run.
func New(config Config, deps Deps) (*Server, error) {
	if err := env.Check(config); err != nil {
		return nil, err
	}
	s := &Server{config: config, deps: deps, listener: deps.Listener, health: health.NewServer()}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.build(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) open() (err error) {
	if s.listener == nil {
		if s.listener, err = Listen(s.config.Addr); err != nil {
			return err
		}
	}
	s.admin, err = openAdmin(s.config, s.deps)
	return err
}

// close gives up listeners that will not be served.
func (s *Server) close() error {
	var errs []error
	if s.listener != nil {
		errs = append(errs, s.listener.Close())
	}
	if s.admin != nil {
		errs = append(errs, s.admin.close())
	}
	return errors.Join(errs...)
}

func (s *Server) build() error {
	latency, err := newLatency(s.deps.Telemetry.Registry)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	c := &chain{log: s.deps.Log, verifier: s.deps.Verifier, config: s.config}
	c.draining, s.drain = context.WithCancel(context.Background())
	options, err := s.options(c)
	if err != nil {
		return err
	}
	s.grpc = grpc.NewServer(options...)
	s.deps.Register(s.grpc)
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthpb.HealthCheckResponse_NOT_SERVING)
	}
	healthpb.RegisterHealthServer(s.grpc, s.health)
	if s.config.Reflection {
		reflection.Register(s.grpc)
	}
	if c.methods, err = describe(s.grpc.GetServiceInfo(), latency); err != nil {
		return err
	}
	c.validator, err = newValidator(c.methods)
	return err
}

// maxHeaders admits two tokens of the largest size and little else.
const maxHeaders = 24 << 10

func (s *Server) options(c *chain) ([]grpc.ServerOption, error) {
	creds := insecure.NewCredentials()
	if !s.config.TLS.empty() {
		f := s.config.TLS
		r, err := newReloading(s.deps.Log, f.load, f.Cert, f.Key, f.ClientCA)
		if err != nil {
			return nil, err
		}
		creds = r
	}
	options := []grpc.ServerOption{
		grpc.Creds(creds),
		grpc.UnaryInterceptor(c.unary), grpc.StreamInterceptor(c.stream), grpc.UnknownServiceHandler(unknown),
		grpc.MaxRecvMsgSize(s.config.MaxRecvBytes), grpc.MaxHeaderListSize(maxHeaders),
		grpc.MaxConcurrentStreams(s.config.MaxStreams), grpc.ConnectionTimeout(connectTimeout), grpc.WaitForHandlers(true),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: s.config.ConnectionAge, MaxConnectionAgeGrace: s.config.MaxStream, Time: keepaliveTime, Timeout: keepaliveTimeout,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveTime / 2, PermitWithoutStream: true}),
	}
	if s.deps.Telemetry.Tracing {
		options = append(options, grpc.StatsHandler(otelgrpc.NewServerHandler(traced(s.deps.Telemetry)...)))
	}
	return options, nil
}

// traced configures spans without otelgrpc's own metrics, which would repeat
// ours at some cost.
func traced(t *telemetry.Telemetry) []otelgrpc.Option {
	return []otelgrpc.Option{
		otelgrpc.WithTracerProvider(t.Tracer), otelgrpc.WithMeterProvider(metricnoop.NewMeterProvider()),
		otelgrpc.WithPropagators(propagation.TraceContext{}),
	}
}

// Addr is where gRPC is served.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// AdminAddr is where the admin handlers are served, or nil.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.listener.Addr()
}
