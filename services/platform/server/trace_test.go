package server_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestTracing_JoinsClientServerAndLogInOneTrace(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tel := startTelemetry(t)
	tel.Tracer, tel.Tracing = sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)), true
	var inHandler trace.TraceID
	h := &handlers{answer: func(ctx context.Context) error {
		inHandler = trace.SpanContextFromContext(ctx).TraceID()
		return nil
	}}
	issuer := servertest.NewIssuer(t)
	s, err := server.New(server.Default("127.0.0.1:0"), server.Deps{
		Log: zap.NewNop(), Telemetry: tel, Register: h.register, Verifier: issuer.Verifier(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx) }()
	conn, err := server.Dial(server.DefaultDial(s.Addr().String()), server.DialDeps{
		Log: zap.NewNop(), Telemetry: tel, Tokens: issuer.Tokens(t, "commission"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := getCustomer(servertest.Context(t), t, conn); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	var calls int
	for _, span := range spans.GetSpans() {
		if span.Name == "holdfast.customer.v1.CustomerService/GetCustomer" && span.SpanContext.TraceID() == inHandler {
			calls++
		}
	}
	if calls < 2 { // the client's, perhaps with its attempts, and the server's
		t.Errorf("%d spans in the handler's trace: %v", calls, spans.GetSpans())
	}
}
