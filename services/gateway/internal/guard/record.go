package guard

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// unrouted stands for every path that nothing is served at: strangers must not
// make series of metrics.
const unrouted = "unmatched"

// end answers a panic, writes the request's line in the log and measures it.
func (g *Guard) end(e *exchange, r *http.Request, panicked any) {
	if panicked != nil {
		g.panicked(e, r, panicked)
	}
	if e.route == "" {
		e.route = unrouted
	}
	took := g.deps.Now().Sub(e.began)
	g.latency.observe(r.Method, e.route, e.status, took)
	g.record(e, r, took)
	if e.span != nil {
		e.span.SetName(r.Method + " " + e.route)
		e.span.SetAttributes(attribute.Int("http.response.status_code", e.status))
		e.span.End()
	}
	if panicked != nil && e.bytes > 0 {
		panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
	}
}

// panicked answers INTERNAL where nothing was answered yet.
func (g *Guard) panicked(e *exchange, r *http.Request, cause any) {
	err, isErr := cause.(error)
	if !isErr || !errors.Is(err, http.ErrAbortHandler) {
		g.deps.Log.Error("panic", zap.Any("panic", cause), zap.String("stack", string(debug.Stack())),
			zap.String("request_id", e.requestID))
	}
	if e.status == 0 {
		problem.Write(e, r, fmt.Errorf("panic: %v", cause))
	}
}

// record writes the one line of a request. It names callers by opaque ids
// only, and holds nothing that the client sent apart from its ids.
func (g *Guard) record(e *exchange, r *http.Request, took time.Duration) {
	line := g.deps.Log.Check(levelOf(e.status), "request")
	if line == nil {
		return
	}
	fields := make([]zap.Field, 0, 12)
	fields = append(fields,
		zap.String("method", methodName(r.Method)), zap.String("route", e.route), zap.Int("status", e.status),
		zap.Duration("duration", took), zap.Int64("bytes", e.bytes),
		zap.String("request_id", e.requestID), zap.Stringer("trace_id", e.trace.TraceID()))
	if c := e.caller; c != nil {
		fields = append(fields, zap.String("caller", auth.KindName(c.Roles[0])), zap.String("subject", c.Subject))
		if c.PartnerID != "" {
			fields = append(fields, zap.String("partner_id", c.PartnerID))
		}
	}
	if e.reason != "" {
		fields = append(fields, zap.String("reason", string(e.reason)))
	}
	if e.err != nil && (e.status >= http.StatusInternalServerError || e.status == http.StatusUnauthorized) {
		fields = append(fields, zap.Error(e.err))
	}
	line.Write(fields...)
}

func levelOf(status int) zapcore.Level {
	switch {
	case status == http.StatusInternalServerError:
		return zap.ErrorLevel
	case status > http.StatusInternalServerError:
		return zap.WarnLevel
	}
	return zap.InfoLevel
}

// methodName is the method if it is a common one: clients may invent others.
func methodName(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodPut, http.MethodHead, http.MethodOptions:
		return m
	}
	return "other"
}

// latency measures requests by method, route and status. Its series are found
// without building label sets again.
type latency struct {
	all   *prometheus.HistogramVec
	found sync.Map // of series to prometheus.Observer
}

type series struct {
	method, route string
	status        int
}

func newLatency(registry prometheus.Registerer) (*latency, error) {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_server_duration_seconds",
		Help:    "Time from the headers of a request to the end of its answer.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30},
	}, []string{"method", "route", "status"})
	if err := registry.Register(h); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &latency{all: h}, nil
}

func (l *latency) observe(method, route string, status int, took time.Duration) {
	key := series{methodName(method), route, status}
	found, ok := l.found.Load(key)
	if !ok {
		found, _ = l.found.LoadOrStore(key, l.all.WithLabelValues(key.method, key.route, strconv.Itoa(key.status)))
	}
	found.(prometheus.Observer).Observe(took.Seconds())
}
