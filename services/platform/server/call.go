package server

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// RequestIDHeader carries the id by which a person finds a call in the logs.
const RequestIDHeader = "x-request-id"

// call is one call on its way through the chain.
type call struct {
	method    *method
	began     time.Time
	requestID string
	trace     trace.SpanContext
	caller    *auth.Caller // nil until admitted, and on open methods
}

type callKey struct{}

// begin gives an incoming call its ids: those it brings, if they are sound.
func begin(ctx context.Context, m *method) (context.Context, *call) {
	c := &call{method: m, began: time.Now()}
	c.requestID = RequestIDOr(first(ctx, RequestIDHeader))
	ctx, c.trace = telemetry.Continue(ctx, first(ctx, telemetry.Traceparent))
	return context.WithValue(ctx, callKey{}, c), c
}

// RequestID returns the id of the call being served, or "".
func RequestID(ctx context.Context) string {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.requestID
	}
	return ""
}

func first(ctx context.Context, name string) string {
	if values := metadata.ValueFromIncomingContext(ctx, name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// RequestIDOr returns the id that a call brought, if it is sound, or a new one.
func RequestIDOr(brought string) string {
	if soundID(brought) {
		return brought
	}
	return newRequestID()
}

// soundID keeps what strangers write short and on one line of the log.
func soundID(id string) bool {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

func newRequestID() string {
	var b [12]byte
	hi, lo := rand.Uint64(), rand.Uint32()
	for i := range 8 {
		b[i] = byte(hi >> (8 * i))
	}
	for i := range 4 {
		b[8+i] = byte(lo >> (8 * i))
	}
	return hex.EncodeToString(b[:])
}
