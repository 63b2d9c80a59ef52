package idem_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func fingerprint(t *testing.T, method string, m *partnerv1.SuspendPartnerRequest) []byte {
	t.Helper()
	sum, err := idem.Fingerprint(method, m)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestFingerprint_IsOfMethodAndRequestWithoutItsID(t *testing.T) {
	request := &partnerv1.SuspendPartnerRequest{PartnerId: "softcat", RequestId: "1"}
	first := fingerprint(t, "/p/Suspend", request)
	if !bytes.Equal(first, fingerprint(t, "/p/Suspend", &partnerv1.SuspendPartnerRequest{PartnerId: "softcat", RequestId: "2"})) {
		t.Error("the request id changed the fingerprint")
	}
	if bytes.Equal(first, fingerprint(t, "/p/Other", request)) {
		t.Error("two methods have one fingerprint")
	}
}

func TestWithPart_KeepsCallerAndMethodOfTheBatch(t *testing.T) {
	batch := idem.WithKey(t.Context(), idem.Key{Caller: "client", RequestID: "batch", Method: "/p/Batch"})
	ctx, err := idem.WithPart(batch, "item", &partnerv1.SuspendPartnerRequest{PartnerId: "softcat"})
	if err != nil {
		t.Fatal(err)
	}
	k, ok := idem.KeyFrom(ctx)
	if !ok || k.Caller != "client" || k.Method != "/p/Batch" || k.RequestID != "item" || len(k.Fingerprint) == 0 {
		t.Errorf("key %+v", k)
	}
	if _, ok := idem.KeyFrom(t.Context()); ok {
		t.Error("a context without a key has one")
	}
}

func TestWithPart_RefusesAnIDThatCannotBeKept(t *testing.T) {
	batch := idem.WithKey(t.Context(), idem.Key{Caller: "client", Method: "/p/Batch"})
	for n, want := range map[int]error{128: nil, 129: idem.ErrIDTooLong, 100_000: idem.ErrIDTooLong} {
		if _, err := idem.WithPart(batch, strings.Repeat("k", n), &partnerv1.SuspendPartnerRequest{}); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

// suspender answers every call through Do.
type suspender struct {
	partnerv1.UnimplementedPartnerServiceServer
	db *pg.DB
}

func (s suspender) SuspendPartner(ctx context.Context, r *partnerv1.SuspendPartnerRequest) (*partnerv1.Partner, error) {
	ctx = caller(ctx, "softcat", r.GetRequestId(), r.GetPartnerId())
	_, err := order(ctx, s.db, r.GetPartnerId(), 1)
	return &partnerv1.Partner{}, err
}

func TestDo_MarksAReplayInTheHeaderOfTheCall(t *testing.T) {
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	partnerv1.RegisterPartnerServiceServer(server, suspender{db: pgtest.New(t, sample)})
	go func() { _ = server.Serve(listener) }() // ends with Stop, which waits for it
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, want := range []int{0, 1} {
		var header metadata.MD
		_, err := partnerv1.NewPartnerServiceClient(conn).SuspendPartner(t.Context(),
			&partnerv1.SuspendPartnerRequest{PartnerId: "kiwi-it", RequestId: "1"}, grpc.Header(&header))
		if err != nil {
			t.Fatal(err)
		}
		if got := header.Get(idem.ReplayedHeader); len(got) != want {
			t.Errorf("header %v, want %d values", got, want)
		}
	}
}
