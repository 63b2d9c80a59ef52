package server

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// Config are the settings of a server. Default returns them with the values
// that the tags name.
type Config struct {
	Addr      string   `env:"ADDR" help:"where gRPC is served: host:port or unix:///path"`
	AdminAddr string   `env:"ADMIN_ADDR" help:"where livez, readyz and metrics are served over HTTP, or HTTPS if the server has a certificate: host:port or unix:///path; nowhere if empty"`
	TLS       TLSFiles `envPrefix:"TLS_"`

	MaxRecvBytes    int           `env:"MAX_RECV_BYTES" envDefault:"4194304" help:"largest request message"`
	MaxStreams      uint32        `env:"MAX_STREAMS" envDefault:"1000" help:"calls at a time on one connection"`
	DefaultDeadline time.Duration `env:"DEFAULT_DEADLINE" envDefault:"10s" help:"deadline of a call that brings none"`
	MaxDeadline     time.Duration `env:"MAX_DEADLINE" envDefault:"60s" help:"longest deadline of a call"`
	MaxStream       time.Duration `env:"MAX_STREAM" envDefault:"30m" help:"longest life of a stream; its client resumes"`
	ConnectionAge   time.Duration `env:"CONNECTION_AGE" envDefault:"30m" help:"after which a client reconnects, so that new replicas get their share"`
	DrainDelay      time.Duration `env:"DRAIN_DELAY" envDefault:"0s" help:"between announcing a stop and refusing calls; on Kubernetes 5s"`
	ShutdownGrace   time.Duration `env:"SHUTDOWN_GRACE" envDefault:"20s" help:"how long calls in progress may take to end at a stop"`

	Reflection bool `env:"REFLECTION" envDefault:"false" help:"serve the contract by gRPC reflection"`
	Pprof      bool `env:"PPROF" envDefault:"false" help:"serve profiles at ADMIN_ADDR"`
}

// Default returns the settings of a server at addr, all else as documented.
func Default(addr string) Config {
	c, _ := env.From[Config]("", map[string]string{"ADDR": addr}) // what is wrong with addr, New will say
	return c
}

// Validate adds what would keep the server from being safe or useful.
func (c Config) Validate(p *env.Problems) {
	c.checkAddresses(p)
	c.checkLimits(p)
}

// checkAddresses adds what is wrong with where the server listens.
func (c Config) checkAddresses(p *env.Problems) {
	if c.Addr == "" {
		p.Add("ADDR", "is empty")
	} else if _, err := parseAddress(c.Addr); err != nil {
		p.Add("ADDR", err.Error())
	}
	if _, err := parseAddress(c.AdminAddr); c.AdminAddr != "" && err != nil {
		p.Add("ADMIN_ADDR", err.Error())
	}
	if !c.TLS.empty() {
		return
	}
	for name, addr := range map[string]string{"ADDR": c.Addr, "ADMIN_ADDR": c.AdminAddr} {
		if addr != "" && !local(addr) {
			p.Add(name, addr+" is reachable from other machines and needs TLS: set TLS_CERT_FILE and TLS_KEY_FILE, or serve on 127.0.0.1 or unix:///path")
		}
	}
}

func (c Config) checkLimits(p *env.Problems) {
	for _, limit := range []struct {
		name  string
		value time.Duration
	}{
		{"DEFAULT_DEADLINE", c.DefaultDeadline}, {"MAX_DEADLINE", c.MaxDeadline}, {"MAX_STREAM", c.MaxStream},
		{"CONNECTION_AGE", c.ConnectionAge}, {"SHUTDOWN_GRACE", c.ShutdownGrace},
	} {
		if limit.value <= 0 {
			p.Add(limit.name, "must be more than 0s")
		}
	}
	if c.DrainDelay < 0 {
		p.Add("DRAIN_DELAY", "is negative")
	}
	if c.MaxRecvBytes <= 0 {
		p.Add("MAX_RECV_BYTES", "must be more than 0")
	}
	if c.MaxStreams == 0 {
		p.Add("MAX_STREAMS", "must be more than 0")
	}
}

// local reports whether nobody on another machine can reach an address.
func local(addr string) bool {
	a, err := parseAddress(addr)
	return err != nil || a.local()
}
