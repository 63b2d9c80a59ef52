package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// WebConfig are the settings of a server that speaks HTTP instead of gRPC.
type WebConfig struct {
	Addr      string   `env:"ADDR" help:"where HTTP is served: host:port or unix:///path"`
	AdminAddr string   `env:"ADMIN_ADDR" help:"where livez, readyz and metrics are served over HTTP, or HTTPS if the server has a certificate: host:port or unix:///path; nowhere if empty"`
	TLS       TLSFiles `envPrefix:"TLS_"`

	HeaderTimeout  time.Duration `env:"HEADER_TIMEOUT" envDefault:"5s" help:"how long a client may take to send a request's headers"`
	ReadTimeout    time.Duration `env:"READ_TIMEOUT" envDefault:"30s" help:"how long a client may take to send a request"`
	WriteTimeout   time.Duration `env:"WRITE_TIMEOUT" envDefault:"90s" help:"how long a request may take from its headers to the end of its answer"`
	IdleTimeout    time.Duration `env:"IDLE_TIMEOUT" envDefault:"2m" help:"how long an unused connection is kept"`
	MaxHeaderBytes int           `env:"MAX_HEADER_BYTES" envDefault:"65536" help:"largest headers of a request"`
	DrainDelay     time.Duration `env:"DRAIN_DELAY" envDefault:"0s" help:"between announcing a stop and refusing requests; on Kubernetes 5s"`
	ShutdownGrace  time.Duration `env:"SHUTDOWN_GRACE" envDefault:"20s" help:"how long requests in progress may take to end at a stop"`

	Pprof bool `env:"PPROF" envDefault:"false" help:"serve profiles at ADMIN_ADDR"`
}

// Validate adds what would keep the server from being safe or useful.
func (c WebConfig) Validate(p *env.Problems) {
	c.listening().checkAddresses(p)
	for _, limit := range []struct {
		name  string
		value time.Duration
	}{
		{"HEADER_TIMEOUT", c.HeaderTimeout}, {"READ_TIMEOUT", c.ReadTimeout}, {"WRITE_TIMEOUT", c.WriteTimeout},
		{"IDLE_TIMEOUT", c.IdleTimeout}, {"SHUTDOWN_GRACE", c.ShutdownGrace},
	} {
		if limit.value <= 0 {
			p.Add(limit.name, "must be more than 0s")
		}
	}
	if c.DrainDelay < 0 {
		p.Add("DRAIN_DELAY", "is negative")
	}
	if c.MaxHeaderBytes <= 0 {
		p.Add("MAX_HEADER_BYTES", "must be more than 0")
	}
}

// listening is what c has in common with a gRPC server.
func (c WebConfig) listening() Config {
	return Config{Addr: c.Addr, AdminAddr: c.AdminAddr, TLS: c.TLS, Pprof: c.Pprof}
}

// Web is an HTTP server with its admin address. Run serves.
type Web struct {
	config   WebConfig
	http     *http.Server
	listener net.Listener
	admin    *admin
	log      *zap.Logger
}

// NewWeb opens the listeners and prepares everything that can go wrong.
// Requests wait until Run. Register of deps is not used.
func NewWeb(config WebConfig, handler http.Handler, deps Deps) (*Web, error) {
	if err := env.Check(config); err != nil {
		return nil, err
	}
	w := &Web{config: config, listener: deps.Listener, log: deps.Log}
	w.http = &http.Server{
		Handler: handler, MaxHeaderBytes: config.MaxHeaderBytes, ErrorLog: zap.NewStdLog(deps.Log.Named("http")),
		ReadHeaderTimeout: config.HeaderTimeout, ReadTimeout: config.ReadTimeout,
		WriteTimeout: config.WriteTimeout, IdleTimeout: config.IdleTimeout,
	}
	if err := w.open(deps); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *Web) open(deps Deps) (err error) {
	if w.listener == nil {
		if w.listener, err = Listen(w.config.Addr); err != nil {
			return err
		}
	}
	if w.admin, err = openAdmin(w.config.listening(), deps); err != nil {
		return err
	}
	if !w.config.TLS.empty() {
		w.http.TLSConfig, err = w.config.TLS.reloaded(w.log)
	}
	return err
}

func (w *Web) close() error {
	var errs []error
	if w.listener != nil {
		errs = append(errs, w.listener.Close())
	}
	if w.admin != nil {
		errs = append(errs, w.admin.close())
	}
	return errors.Join(errs...)
}

// reloaded returns a configuration whose every handshake uses the files as
// they are at that moment.
func (f TLSFiles) reloaded(log *zap.Logger) (*tls.Config, error) {
	var latest atomic.Pointer[tls.Config]
	r, err := newReloading(log, func() (*tls.Config, error) {
		c, err := f.load()
		if err == nil {
			c.NextProtos = []string{"h2", "http/1.1"}
			latest.Store(c)
		}
		return c, err
	}, f.Cert, f.Key, f.ClientCA)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		r.fresh()
		return latest.Load(), nil
	}}, nil
}

// Addr is where HTTP is served.
func (w *Web) Addr() net.Addr { return w.listener.Addr() }

// AdminAddr is where the admin handlers are served, or nil.
func (w *Web) AdminAddr() net.Addr {
	if w.admin == nil {
		return nil
	}
	return w.admin.listener.Addr()
}

// Run serves until ctx ends and then stops in an order that loses no request:
// readiness says no, clients have DrainDelay to notice, requests in progress
// have ShutdownGrace to finish. It returns nil after that, or the error that
// ended the serving.
func (w *Web) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- w.serve() }()
	w.admin.start()

	var failed error
	select {
	case <-ctx.Done():
		w.stop(ctx)
		failed = <-served
	case failed = <-served:
	}
	if errors.Is(failed, http.ErrServerClosed) {
		failed = nil
	}
	if err := errors.Join(failed, w.admin.stop()); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (w *Web) serve() error {
	if w.http.TLSConfig != nil {
		return w.http.ServeTLS(w.listener, "", "")
	}
	return w.http.Serve(w.listener)
}

// stop drains the server and returns when it has ended.
func (w *Web) stop(ctx context.Context) {
	w.admin.refuse()
	<-time.After(w.config.DrainDelay)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.config.ShutdownGrace)
	defer cancel()
	if err := w.http.Shutdown(ctx); err != nil {
		w.log.Warn("requests in progress were cut at the end of the grace")
		_ = w.http.Close()
	}
}
