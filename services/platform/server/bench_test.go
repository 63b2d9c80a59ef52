package server_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// These two answer what the chain costs: the same method with the same
// messages over a real connection, bare and with everything a deployed service
// does, a partner's two tokens and the log included.
//
//	go test -bench 'Bare|Chain' -benchmem ./server

// margins answers every calculation alike.
type margins struct {
	commissionv1.UnimplementedMarginServiceServer
}

func (margins) CalculateMargin(context.Context, *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	return &commissionv1.Calculation{CalculationId: "cal_1", PartnerId: "softcat"}, nil
}

func sale() *commissionv1.CalculateMarginRequest {
	return &commissionv1.CalculateMarginRequest{
		Net: &typev1.Money{CurrencyCode: "GBP", Amount: "24000.00"}, FamilyId: "email", OnDate: "2025-03-01", TermMonths: 12,
	}
}

func BenchmarkBare(b *testing.B) {
	listener := listen(b)
	s := grpc.NewServer()
	commissionv1.RegisterMarginServiceServer(s, margins{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	b.Cleanup(func() { s.Stop(); <-served })
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	calculate(b, conn)
}

func BenchmarkChain(b *testing.B) {
	listener := serveChain(b)
	issuer := servertest.NewIssuer(b)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(metadataHeaders{
			auth.TokenHeader: "Bearer " + issuer.Token(b, servertest.Partner("softcat", "margin:read")),
			auth.ViaHeader:   "Bearer " + issuer.Token(b, servertest.Service("gateway")),
		}))
	if err != nil {
		b.Fatal(err)
	}
	calculate(b, conn)
}

func serveChain(b *testing.B) net.Listener {
	b.Helper()
	log, flush := telemetry.NewLogger(telemetry.LogConfig{}, io.Discard)
	tel, err := telemetry.Start(context.Background(), "bench", "bench")
	if err != nil {
		b.Fatal(err)
	}
	listener := listen(b)
	s, err := server.New(server.Default("127.0.0.1:0"), server.Deps{
		Log: log, Telemetry: tel, Verifier: servertest.NewIssuer(b).Verifier(b), Listener: listener,
		Register: func(r grpc.ServiceRegistrar) { commissionv1.RegisterMarginServiceServer(r, margins{}) },
	})
	if err != nil {
		b.Fatal(err)
	}
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
	return listener
}

// calculate calls from many goroutines, each with a deadline as a real caller
// has.
func calculate(b *testing.B, conn *grpc.ClientConn) {
	b.Helper()
	b.Cleanup(func() { _ = conn.Close() })
	client := commissionv1.NewMarginServiceClient(conn)
	request := sale()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			if _, err := client.CalculateMargin(ctx, request); err != nil {
				b.Error(err)
			}
			cancel()
		}
	})
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

type metadataHeaders map[string]string

func (h metadataHeaders) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return h, nil
}
func (h metadataHeaders) RequireTransportSecurity() bool { return false }
