// Package telemetry makes a program observable: the logger, the registry of
// metrics and the tracer.
//
// Spans are recorded and exported only where OTEL_EXPORTER_OTLP_ENDPOINT (or
// its TRACES variant) is set; the standard OTEL_* variables then say how.
// Trace ids exist either way: the server takes them from traceparent or makes
// them, and they travel to every service behind.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Telemetry is what one service reports through. Each has its own registry,
// so that several services may share a process.
type Telemetry struct {
	Registry *prometheus.Registry
	Meter    metric.MeterProvider // writes to Registry
	Tracer   trace.TracerProvider
	Tracing  bool // whether spans are recorded

	stop []func(context.Context) error
}

// Start returns the telemetry of the service with this name.
func Start(ctx context.Context, service, version string) (*Telemetry, error) {
	about := resource.NewSchemaless(semconv.ServiceName(service), semconv.ServiceVersion(version))
	t := &Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider()}
	t.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := t.startMeter(about); err != nil {
		return nil, fmt.Errorf("start metrics: %w", err)
	}
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return t, nil
	}
	if err := t.startTracer(ctx, about); err != nil {
		return nil, errors.Join(fmt.Errorf("start tracing: %w", err), t.Shutdown(ctx))
	}
	return t, nil
}

func (t *Telemetry) startMeter(about *resource.Resource) error {
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(t.Registry))
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(about))
	t.Meter = provider
	t.stop = append(t.stop, provider.Shutdown)
	return nil
}

func (t *Telemetry) startTracer(ctx context.Context, about *resource.Resource) error {
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	t.Tracer, t.Tracing = provider, true
	t.stop = append(t.stop, provider.Shutdown)
	return nil
}

// Shutdown exports what is still held back, as long as ctx allows.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var errs []error
	for _, stop := range t.stop {
		errs = append(errs, stop(ctx))
	}
	return errors.Join(errs...)
}
