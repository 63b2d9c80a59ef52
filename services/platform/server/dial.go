package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // lets clients ask for health, as the service config says
	"google.golang.org/grpc/keepalive"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// DialConfig are the settings of a connection to another service.
type DialConfig struct {
	Target       string        `env:"TARGET" help:"address of the service: host:port, dns:///name:port or unix:///path"`
	TLS          DialTLS       `envPrefix:"TLS_"`
	Timeout      time.Duration `env:"TIMEOUT" envDefault:"10s" help:"deadline of a call that has none"`
	MaxRecvBytes int           `env:"MAX_RECV_BYTES" envDefault:"16777216" help:"largest answer"`
}

// DialTLS name what a client needs for TLS. The files may change at any time.
type DialTLS struct {
	CA         string `env:"CA_FILE" help:"authorities that sign the server's certificate, in PEM"`
	Cert       string `env:"CERT_FILE" help:"client certificate chain in PEM, where the server asks for one"`
	Key        string `env:"KEY_FILE" help:"its private key in PEM"`
	ServerName string `env:"SERVER_NAME" help:"name in the server's certificate, unless it is the target's"`
}

// DefaultDial returns the settings of a connection to target.
func DefaultDial(target string) DialConfig {
	c, _ := env.From[DialConfig]("", map[string]string{"TARGET": target}) // what is wrong with target, Dial will say
	return c
}

// Validate adds what would keep the connection from being safe or useful.
func (c DialConfig) Validate(p *env.Problems) {
	if c.Target == "" {
		p.Add("TARGET", "is empty")
	} else if c.TLS.CA == "" && !localTarget(c.Target) {
		p.Add("TARGET", c.Target+" is another machine and needs TLS: set TLS_CA_FILE")
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		p.Add("TLS_CERT_FILE", "and TLS_KEY_FILE are needed together")
	}
	if c.Timeout <= 0 {
		p.Add("TIMEOUT", "must be more than 0s")
	}
}

// localTarget reports whether a target can only be on this machine.
func localTarget(target string) bool {
	if strings.HasPrefix(target, "unix:") {
		return true
	}
	name := strings.TrimPrefix(strings.TrimPrefix(target, "passthrough:///"), "dns:///")
	return address{"tcp", name}.local()
}

// DialDeps are what a connection works with.
type DialDeps struct {
	Log       *zap.Logger
	Telemetry *telemetry.Telemetry
	// Tokens gives the service's own token, or is nil for a connection without
	// identity, such as the one that the tokens are got over.
	Tokens *auth.TokenSource
	// Forward makes calls carry the token of auth.Forward and, beside it, the
	// service's own as proof of the gateway. Without a forwarded token a call
	// is anonymous: the gateway never lends its own identity.
	Forward bool
	// Dialer connects within the process instead, for tests.
	Dialer func(context.Context, string) (net.Conn, error)
	// PerRPC replaces the tokens altogether, for tests.
	PerRPC credentials.PerRPCCredentials
}

// Dial returns a connection to a service of Holdfast. It connects when first
// used, spreads calls over all addresses that are healthy, and repeats a call
// that was UNAVAILABLE up to three times: reads are safe to repeat, and changes
// carry a request id. The refusals of the other service come back as
// *fault.Error.
func Dial(config DialConfig, deps DialDeps) (*grpc.ClientConn, error) {
	if deps.Dialer != nil {
		config.Target = "passthrough:///localhost:0"
	}
	if err := env.Check(config); err != nil {
		return nil, err
	}
	creds, err := config.TLS.credentials(deps.Log)
	if err != nil {
		return nil, err
	}
	i := &outgoing{config: config, deps: deps}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds), grpc.WithDefaultServiceConfig(serviceConfig), grpc.WithDisableServiceConfig(),
		grpc.WithUnaryInterceptor(i.unary), grpc.WithStreamInterceptor(i.stream),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(config.MaxRecvBytes)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
	}
	options = append(options, deps.options()...)
	conn, err := grpc.NewClient(config.Target, options...)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", config.Target, err)
	}
	return conn, nil
}

// options are those that depend on what is at hand.
func (d DialDeps) options() []grpc.DialOption {
	var options []grpc.DialOption
	switch {
	case d.PerRPC != nil:
		options = append(options, grpc.WithPerRPCCredentials(d.PerRPC))
	case d.Tokens != nil:
		options = append(options, grpc.WithPerRPCCredentials(identity{tokens: d.Tokens, forward: d.Forward}))
	}
	if d.Dialer != nil {
		options = append(options, grpc.WithContextDialer(d.Dialer))
	}
	if d.Telemetry != nil && d.Telemetry.Tracing {
		options = append(options, grpc.WithStatsHandler(otelgrpc.NewClientHandler(traced(d.Telemetry)...)))
	}
	return options
}

// serviceConfig balances, retries and heeds health. The retries stop when too
// many calls fail, lest they keep a struggling service down.
const serviceConfig = `{
	"loadBalancingConfig": [{"round_robin": {}}],
	"healthCheckConfig": {"serviceName": ""},
	"methodConfig": [{"name": [{}], "retryPolicy": {
		"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 3,
		"retryableStatusCodes": ["UNAVAILABLE"]
	}}],
	"retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
}`

func (t DialTLS) credentials(log *zap.Logger) (credentials.TransportCredentials, error) {
	if t.CA == "" {
		return insecure.NewCredentials(), nil
	}
	return newReloading(log, t.load, t.CA, t.Cert, t.Key)
}

func (t DialTLS) load() (*tls.Config, error) {
	pool, err := readPool(t.CA)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ServerName: t.ServerName}
	if t.Cert == "" {
		return c, nil
	}
	cert, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	c.Certificates = []tls.Certificate{cert}
	return c, nil
}
