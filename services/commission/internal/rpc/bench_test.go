package rpc_test

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// BenchmarkCalculateMargin measures a partner's call with everything that a
// deployed service does, against a bare grpc-go server that answers the same
// bytes to the same request, both over TCP and in turns. The metric "ratio" is
// the share of the bare server's throughput.
func BenchmarkCalculateMargin(b *testing.B) {
	w := newWorld(b)
	w.approve("2024-01-01", rate(2000))
	deployed := dialAs(b, w.serveTCP(b), softcat, w.Issuer)
	request := newSale("")
	answer, err := deployed.CalculateMargin(servertest.Context(b), request)
	must(b, err)
	echo := dialAs(b, serveEcho(b, answer), softcat, nil)

	const rounds = 10
	var spent, base time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for round := range rounds {
		share := b.N*(round+1)/rounds - b.N*round/rounds
		spent += callMany(b, deployed, request, share)
		b.StopTimer()
		base += callMany(b, echo, request, share)
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(base)/float64(spent), "ratio")
	b.ReportMetric(float64(proto.Size(answer)), "answer-bytes")
}

// BenchmarkBatchCalculateMargin measures a line of a batch of a thousand.
func BenchmarkBatchCalculateMargin(b *testing.B) {
	w := newWorld(b)
	w.approve("2024-01-01", rate(2000))
	client := dialAs(b, w.serveTCP(b), softcat, w.Issuer)
	request := &commissionv1.BatchCalculateMarginRequest{}
	for range 1000 {
		request.Requests = append(request.Requests, newSale(""))
	}
	ctx := context.Background()
	b.ResetTimer()
	for range b.N {
		_, err := client.BatchCalculateMargin(ctx, request)
		must(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/line")
}

// callMany makes n calls from 32 goroutines, each with a deadline as a real
// caller has, and returns how long they took.
func callMany(b *testing.B, client commissionv1.MarginServiceClient, request *commissionv1.CalculateMarginRequest, n int) time.Duration {
	b.Helper()
	began := time.Now()
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				if _, err := client.CalculateMargin(ctx, request); err != nil {
					b.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// serveTCP serves the world's service as it is deployed, its log written to
// nowhere.
func (w *world) serveTCP(b *testing.B) string {
	b.Helper()
	log, flush := telemetry.NewLogger(telemetry.LogConfig{}, io.Discard)
	observed, err := telemetry.Start(context.Background(), "bench", "bench")
	must(b, err)
	listener := listen(b)
	s, err := server.New(server.Default("127.0.0.1:0"), server.Deps{
		Log: log, Telemetry: observed, Verifier: w.Issuer.Verifier(b), Listener: listener,
		Register: func(to grpc.ServiceRegistrar) { rpc.Register(to, w.app, w.finance) },
	})
	must(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			b.Error(err)
		}
		flush()
	})
	return listener.Addr().String()
}

// echo answers every calculation alike.
type echo struct {
	commissionv1.UnimplementedMarginServiceServer
	answer *commissionv1.Calculation
}

func (e *echo) CalculateMargin(context.Context, *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	return e.answer, nil
}

func serveEcho(b *testing.B, answer *commissionv1.Calculation) string {
	b.Helper()
	listener := listen(b)
	s := grpc.NewServer()
	commissionv1.RegisterMarginServiceServer(s, &echo{answer: answer})
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	b.Cleanup(func() { s.Stop(); <-served })
	return listener.Addr().String()
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	return l
}

// dialAs returns a client whose calls are c's, or nobody's without an issuer.
func dialAs(b *testing.B, target string, c auth.Caller, issuer *servertest.Issuer) commissionv1.MarginServiceClient {
	b.Helper()
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if issuer != nil {
		options = append(options, grpc.WithPerRPCCredentials(tokens{
			auth.TokenHeader: "Bearer " + issuer.Token(b, c),
			auth.ViaHeader:   "Bearer " + issuer.Token(b, servertest.Service(auth.Gateway)),
		}))
	}
	conn, err := grpc.NewClient(target, options...)
	must(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	return commissionv1.NewMarginServiceClient(conn)
}

// tokens are headers that do not change.
type tokens map[string]string

func (t tokens) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return t, nil
}
func (t tokens) RequireTransportSecurity() bool { return false }
