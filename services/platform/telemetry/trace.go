package telemetry

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// The trace context of W3C (traceparent) is read and written here by hand: its
// 55 characters pass through every call, with or without a tracer.
const (
	// Traceparent is the name of the header and of the gRPC metadata.
	Traceparent = "traceparent"

	parentLen = 55
)

// Parent reads a traceparent header. A malformed one counts as absent.
func Parent(header string) (trace.SpanContext, bool) {
	if len(header) != parentLen || header[:3] != "00-" || header[35] != '-' || header[52] != '-' {
		return trace.SpanContext{}, false
	}
	traceID, errTrace := trace.TraceIDFromHex(header[3:35])
	spanID, errSpan := trace.SpanIDFromHex(header[36:52])
	var flags [1]byte
	_, errFlags := hex.Decode(flags[:], []byte(header[53:]))
	if errTrace != nil || errSpan != nil || errFlags != nil {
		return trace.SpanContext{}, false
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.TraceFlags(flags[0]) & trace.FlagsSampled, Remote: true,
	}), true
}

// Header writes sc as a traceparent header.
func Header(sc trace.SpanContext) string {
	var b [parentLen]byte
	id, span := sc.TraceID(), sc.SpanID()
	copy(b[:], "00-")
	hex.Encode(b[3:], id[:])
	b[35] = '-'
	hex.Encode(b[36:], span[:])
	b[52] = '-'
	hex.Encode(b[53:], []byte{byte(sc.TraceFlags())})
	return string(b[:])
}

// Continue returns the trace of an incoming call: that of a span which a tracer
// has already begun in ctx, that of the header, or a new, unsampled one.
func Continue(ctx context.Context, header string) (context.Context, trace.SpanContext) {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		return ctx, sc
	}
	sc, ok := Parent(header)
	if !ok {
		sc = newTrace()
	}
	return trace.ContextWithSpanContext(ctx, sc), sc
}

// newTrace returns ids for a call that came without any. They name log lines
// and are no secrets, so that the fast generator will do.
func newTrace() trace.SpanContext {
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.BigEndian.PutUint64(traceID[:8], rand.Uint64()|1) // never all zero, which W3C forbids
	binary.BigEndian.PutUint64(traceID[8:], rand.Uint64())
	binary.BigEndian.PutUint64(spanID[:], rand.Uint64()|1)
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID})
}
