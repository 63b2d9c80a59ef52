package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// started serves h with an admin address; stop begins the stop, and done has
// Run's result.
func started(t *testing.T, config server.Config, h *handlers, ready map[string]func(context.Context) error) (s *server.Server, stop func(), done chan error) {
	t.Helper()
	config.AdminAddr = "127.0.0.1:0"
	s, err := server.New(config, server.Deps{
		Log: zap.NewNop(), Telemetry: startTelemetry(t), Register: h.register, Ready: ready,
		Verifier: servertest.NewIssuer(t).Verifier(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done = make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, cancel, done
}

func get(t *testing.T, s *server.Server, path string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Get("http://" + s.AdminAddr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func dialed(t *testing.T, s *server.Server) customerv1.CustomerServiceClient {
	t.Helper()
	return customerv1.NewCustomerServiceClient(connected(t, s))
}

func TestAdmin_TellsReadinessFromLife(t *testing.T) {
	var down atomic.Bool
	s, stop, done := started(t, server.Default("127.0.0.1:0"), &handlers{}, map[string]func(context.Context) error{
		"database": func(context.Context) error {
			if down.Load() {
				return errors.New("password=hunter2")
			}
			return nil
		},
		"always": func(context.Context) error { return nil },
	})
	if code, body := get(t, s, "/readyz"); code != http.StatusOK {
		t.Errorf("ready: %d %s", code, body)
	}
	down.Store(true)
	if code, body := get(t, s, "/readyz"); code != http.StatusServiceUnavailable || body != "failing: database\n" {
		t.Errorf("not ready: %d %s", code, body)
	}
	if code, _ := get(t, s, "/livez"); code != http.StatusOK {
		t.Errorf("alive: %d", code)
	}
	if code, body := get(t, s, "/metrics"); code != http.StatusOK || !strings.Contains(body, "go_goroutines") {
		t.Errorf("metrics: %d", code)
	}
	if code, _ := get(t, s, "/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("profiles, not switched on: %d", code)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAdmin_LogsTheTurnsOfReadinessOnly(t *testing.T) {
	var down atomic.Bool
	seen, logs := observer.New(zap.InfoLevel)
	config := server.Default("127.0.0.1:0")
	config.AdminAddr = "127.0.0.1:0"
	s, err := server.New(config, server.Deps{
		Log: zap.New(seen), Telemetry: startTelemetry(t), Register: (&handlers{}).register, Verifier: servertest.NewIssuer(t).Verifier(t),
		Ready: map[string]func(context.Context) error{"database": func(context.Context) error {
			if down.Load() {
				return errors.New("no route")
			}
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	for _, now := range []bool{false, true, true, true, false, false, true} {
		down.Store(now)
		get(t, s, "/readyz")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if failed, back := logs.FilterMessage("not ready").Len(), logs.FilterMessage("ready again").Len(); failed != 2 || back != 1 {
		t.Errorf("%d lines of failure and %d of recovery, want 2 and 1", failed, back)
	}
}

func TestRun_FinishesCallsAfterSayingNoToNewOnes(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	h := &handlers{answer: func(context.Context) error {
		close(began)
		<-finish
		return nil
	}}
	s, stop, done := started(t, server.Default("127.0.0.1:0"), h, nil)
	conn := connected(t, s)
	watch, err := healthpb.NewHealthClient(conn).Watch(servertest.Context(t), &healthpb.HealthCheckRequest{Service: "holdfast.customer.v1.CustomerService"})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, watch, healthpb.HealthCheckResponse_SERVING)

	answered := make(chan error, 1)
	go func() { answered <- getCustomer(servertest.Context(t), t, conn) }()
	<-began
	stop()
	expect(t, watch, healthpb.HealthCheckResponse_NOT_SERVING)
	if code, body := get(t, s, "/readyz"); code != http.StatusServiceUnavailable || body != "stopping\n" {
		t.Errorf("readiness: %d %s", code, body)
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the call in progress: %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// expect reads states until the wanted one: a watch may begin early.
func expect(t *testing.T, watch healthpb.Health_WatchClient, want healthpb.HealthCheckResponse_ServingStatus) {
	t.Helper()
	for {
		got, err := watch.Recv()
		if err != nil {
			t.Fatalf("waiting for %v: %v", want, err)
		}
		if got.GetStatus() == want {
			return
		}
	}
}

func TestRun_CutsCallsAtTheEndOfTheGrace(t *testing.T) {
	began := make(chan struct{})
	h := &handlers{answer: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}}
	config := server.Default("127.0.0.1:0")
	config.ShutdownGrace = 50 * time.Millisecond
	s, stop, done := started(t, config, h, nil)
	client := dialed(t, s)
	answered := make(chan error, 1)
	go func() {
		_, err := client.GetCustomer(servertest.Context(t), &customerv1.GetCustomerRequest{})
		answered <- err
	}()
	<-began
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := <-answered; err == nil {
		t.Error("the call was answered")
	}
}

func TestRun_EndsWatchesAtOnceAndSendsThemElsewhere(t *testing.T) {
	s, stop, done := started(t, server.Default("127.0.0.1:0"), &handlers{}, nil)
	watch, err := customerv1.NewEventServiceClient(connected(t, s)).WatchEvents(servertest.Context(t), &customerv1.WatchEventsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := watch.Recv(); !errors.Is(err, rpcerr.Unavailable) {
		t.Errorf("got %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestNew_SaysWhenTheAddressIsTaken(t *testing.T) {
	s, stop, done := started(t, server.Default("127.0.0.1:0"), &handlers{}, nil)
	_, err := server.New(server.Default(s.Addr().String()), server.Deps{Telemetry: startTelemetry(t)})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// connected returns a connection of the service commission.
func connected(t *testing.T, s *server.Server) *grpc.ClientConn {
	t.Helper()
	conn, err := server.Dial(server.DefaultDial(s.Addr().String()), server.DialDeps{
		Log: zap.NewNop(), Tokens: servertest.NewIssuer(t).Tokens(t, "commission"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
