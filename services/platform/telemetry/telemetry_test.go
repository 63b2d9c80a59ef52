package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNewLogger_WritesJSONFromItsLevelUpwards(t *testing.T) {
	var out bytes.Buffer
	log, flush := telemetry.NewLogger(telemetry.LogConfig{Level: zapcore.InfoLevel}, &out)
	log.Debug("quiet")
	log.Info("served", zap.String("method", "M"))
	if out.Len() != 0 {
		t.Errorf("info was not held back: %s", out.String())
	}
	flush()
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if line["msg"] != "served" || line["method"] != "M" || line["level"] != "info" || line["time"] == nil {
		t.Errorf("got %v", line)
	}
}

func TestNewLogger_WritesErrorsAtOnce(t *testing.T) {
	var out bytes.Buffer
	log, flush := telemetry.NewLogger(telemetry.LogConfig{}, &out)
	defer flush()
	log.With(zap.String("part", "ledger")).Error("broken")
	if !bytes.Contains(out.Bytes(), []byte("ledger")) {
		t.Errorf("got %q", out.String())
	}
}

func TestStart_CountsWithoutATracer(t *testing.T) {
	ctx := context.Background()
	tel, err := telemetry.Start(ctx, "customer", "test")
	if err != nil {
		t.Fatal(err)
	}
	counter, err := tel.Meter.Meter("test").Int64Counter("sales")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 2)
	families, err := tel.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		found = found || f.GetName() == "sales_total"
	}
	if !found || tel.Tracing {
		t.Errorf("sales_total found %v, tracing %v", found, tel.Tracing)
	}
	if err := tel.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestContinue_KeepsTheCallersTrace(t *testing.T) {
	const header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	ctx, sc := telemetry.Continue(context.Background(), header)
	if got := telemetry.Header(sc); got != header {
		t.Errorf("got %s", got)
	}
	if got := trace.SpanContextFromContext(ctx); !got.Equal(sc) {
		t.Errorf("context has %v", got)
	}
}

func TestContinue_StartsATraceWhereTheHeaderIsUseless(t *testing.T) {
	for _, header := range []string{
		"", "00-", "00-zzf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
	} {
		if _, sc := telemetry.Continue(context.Background(), header); !sc.IsValid() || sc.IsSampled() {
			t.Errorf("%q: got %v", header, sc)
		}
	}
}
