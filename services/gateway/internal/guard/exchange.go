package guard

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// exchange is one request with its answer: the response writer that handlers
// see, and what the log line will say.
type exchange struct {
	http.ResponseWriter
	began     time.Time
	requestID string
	trace     trace.SpanContext
	span      trace.Span // nil unless spans are recorded
	peer      string     // the client's address
	caller    *auth.Caller
	route     string // the pattern of the path, set by whoever routes
	status    int
	bytes     int64
	reason    fault.Reason
	err       error
}

type exchangeKey struct{}

// begin gives a request its ids, those it brings if they are sound, and shows
// them to the client.
func (g *Guard) begin(w http.ResponseWriter, r *http.Request) (context.Context, *exchange) {
	e := &exchange{ResponseWriter: w, began: g.deps.Now(), requestID: server.RequestIDOr(r.Header.Get("X-Request-Id"))}
	ctx := r.Context()
	if g.deps.Telemetry.Tracing {
		ctx, e.span = startSpan(ctx, g.deps.Telemetry, r)
	}
	ctx, e.trace = telemetry.Continue(ctx, r.Header.Get("Traceparent"))
	h := w.Header()
	h["X-Request-Id"] = []string{e.requestID}
	h["Traceparent"] = []string{telemetry.Header(e.trace)}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

func startSpan(ctx context.Context, t *telemetry.Telemetry, r *http.Request) (context.Context, trace.Span) {
	if parent, ok := telemetry.Parent(r.Header.Get("Traceparent")); ok {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	return t.Tracer.Tracer("gateway").Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
}

func exchangeOf(ctx context.Context) *exchange {
	e, _ := ctx.Value(exchangeKey{}).(*exchange)
	return e
}

// RequestID returns the id of the request being served, or "".
func RequestID(ctx context.Context) string {
	if e := exchangeOf(ctx); e != nil {
		return e.requestID
	}
	return ""
}

// SetRoute tells the log and the metrics which pattern the request's path has.
func SetRoute(ctx context.Context, pattern string) {
	if e := exchangeOf(ctx); e != nil {
		e.route = pattern
	}
}

// WriteHeader notes the status.
func (e *exchange) WriteHeader(code int) {
	if e.status == 0 && code >= http.StatusOK {
		e.status = code
	}
	e.ResponseWriter.WriteHeader(code)
}

// Write counts the bytes of the answer.
func (e *exchange) Write(b []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(b)
	e.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController the writer beneath.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

var _ problem.Noter = (*exchange)(nil)

// Note remembers why the request was refused.
func (e *exchange) Note(reason fault.Reason, err error) { e.reason, e.err = reason, err }
