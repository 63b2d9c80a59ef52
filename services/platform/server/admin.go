package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maps"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// admin is the HTTP side of a server, for probes and scrapers. A nil admin
// serves nothing.
type admin struct {
	listener net.Listener
	http     *http.Server
	checks   map[string]func(context.Context) error
	failed   sync.Map // names of the checks that failed the last time
	log      *zap.Logger
	stopping atomic.Bool
	served   chan error
}

const (
	checkTimeout = 2 * time.Second
	adminTimeout = 10 * time.Second
)

func openAdmin(config Config, deps Deps) (*admin, error) {
	if config.AdminAddr == "" {
		return nil, nil
	}
	listener, err := listenAdmin(config, deps.Log)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	a := &admin{listener: listener, checks: deps.Ready, log: deps.Log, served: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(deps.Telemetry.Registry, promhttp.HandlerOpts{}))
	for path, handler := range deps.Admin {
		mux.Handle(path, handler)
	}
	if config.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	a.http = &http.Server{Handler: mux, ReadHeaderTimeout: adminTimeout, ReadTimeout: adminTimeout, MaxHeaderBytes: maxHeaders}
	return a, nil
}

// listenAdmin opens the admin address. It speaks TLS with the server's
// certificate, if there is one, and asks for none: probes and readers of the key
// set have no certificate of their own. A socket needs no TLS.
func listenAdmin(config Config, log *zap.Logger) (net.Listener, error) {
	listener, err := Listen(config.AdminAddr)
	if err != nil || config.TLS.empty() || listener.Addr().Network() == "unix" {
		return listener, err
	}
	secure, err := TLSFiles{Cert: config.TLS.Cert, Key: config.TLS.Key}.reloaded(log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, secure), nil
}

// ready says whether calls should come here: every check passes and no stop has
// begun. It names the checks that fail; why is in the log.
func (a *admin) ready(w http.ResponseWriter, r *http.Request) {
	if a.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	if failing := a.failing(ctx); len(failing) > 0 {
		http.Error(w, "failing: "+strings.Join(failing, ", "), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// failing runs all checks at a time and names those that fail.
func (a *admin) failing(ctx context.Context) []string {
	var mu sync.Mutex
	var failing []string
	var wg sync.WaitGroup
	for _, name := range slices.Sorted(maps.Keys(a.checks)) {
		wg.Go(func() {
			err := a.checks[name](ctx)
			a.note(name, err)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failing = append(failing, name)
			}
		})
	}
	wg.Wait()
	slices.Sort(failing)
	return failing
}

// note logs a check when it begins to fail and when it has recovered: probes
// come often.
func (a *admin) note(check string, err error) {
	if err == nil {
		if _, failed := a.failed.LoadAndDelete(check); failed {
			a.log.Info("ready again", zap.String("check", check))
		}
		return
	}
	if _, failed := a.failed.LoadOrStore(check, true); !failed {
		a.log.Warn("not ready", zap.String("check", check), zap.Error(err))
	}
}

func (a *admin) start() {
	if a != nil {
		go func() { a.served <- a.http.Serve(a.listener) }()
	}
}

func (a *admin) refuse() {
	if a != nil {
		a.stopping.Store(true)
	}
}

// stop ends the serving at once: probes and scrapers come again.
func (a *admin) stop() error {
	if a == nil {
		return nil
	}
	err := a.http.Close()
	if served := <-a.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// close gives up a listener that was never served.
func (a *admin) close() error { return a.listener.Close() }
