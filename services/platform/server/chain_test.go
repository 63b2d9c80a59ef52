package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ann = servertest.Person("ann", auth.Channel)

func getCustomer(ctx context.Context, t *testing.T, conn grpc.ClientConnInterface, options ...grpc.CallOption) error {
	t.Helper()
	_, err := customerv1.NewCustomerServiceClient(conn).GetCustomer(ctx, &customerv1.GetCustomerRequest{CustomerId: "cus_1"}, options...)
	return err
}

func TestChain_AnswersErrorsByTheirReasonAndKeepsCausesInside(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	conn := env.As(ann)
	const secret = "hunter2"
	tests := []struct {
		name   string
		answer func(context.Context) error
		want   fault.Reason
		code   codes.Code
	}{
		{"a refusal", func(context.Context) error { return fault.New("LOCK_MISSING", "sub_1 has no lock") }, "LOCK_MISSING", codes.FailedPrecondition},
		{"an accident", func(context.Context) error { return errors.New(secret) }, "INTERNAL", codes.Internal},
		{"a panic", func(context.Context) error { panic(secret) }, "INTERNAL", codes.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.answer = tt.answer
			err := getCustomer(servertest.Context(t), t, conn)
			refusal, ok := fault.Of(err)
			if !ok || refusal.Reason != tt.want || status.Code(err) != tt.code || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v", err)
			}
		})
	}
	if lines := env.Logs.FilterMessage("panic").All(); len(lines) != 1 {
		t.Errorf("%d panics logged", len(lines))
	}
}

func TestChain_HoldsRequestsAgainstTheContract(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	client := commissionv1.NewMarginServiceClient(env.As(ann))
	request := &commissionv1.CalculateMarginRequest{Net: &typev1.Money{CurrencyCode: "GBP", Amount: "1.00"}, TermMonths: 7}
	_, err := client.CalculateMargin(servertest.Context(t), request)
	got, _ := fault.Of(err)
	want := &fault.Error{Reason: "TERM_UNSUPPORTED", Field: "term_months", Message: "term_months: must be 1, 12, 24 or 36 months"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestChain_TakesTheIdempotencyKeyOfAChange(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	client := customerv1.NewCustomerServiceClient(env.As(ann))
	create := func(id, name string) error {
		_, err := client.CreateGroup(servertest.Context(t), &customerv1.CreateGroupRequest{RequestId: id, Group: &customerv1.Group{DisplayName: name}})
		return err
	}
	if err := create("", "Acme"); !errors.Is(err, fault.New("IDEMPOTENCY_KEY_REQUIRED", "")) {
		t.Errorf("without a key: %v", err)
	}
	if err := create(strings.Repeat("k", 129), "Acme"); !errors.Is(err, idem.ErrIDTooLong) {
		t.Errorf("with a key that can't be kept: %v", err)
	}
	keys := map[string]idem.Key{}
	for _, call := range [][2]string{{"k1", "Acme"}, {"k2", "Acme"}, {"k1", "Apex"}} {
		if err := create(call[0], call[1]); err != nil {
			t.Fatal(err)
		}
		keys[call[0]+call[1]] = h.saw().key
	}
	first := keys["k1Acme"]
	if first.Caller != "person:staff:ann" || first.RequestID != "k1" || first.Method != customerv1.CustomerService_CreateGroup_FullMethodName {
		t.Errorf("key %+v", first)
	}
	if string(first.Fingerprint) != string(keys["k2Acme"].Fingerprint) || string(first.Fingerprint) == string(keys["k1Apex"].Fingerprint) {
		t.Error("the fingerprint is not that of what the request asks for")
	}
}

func TestChain_LimitsDeadlines(t *testing.T) {
	var left time.Duration
	h := &handlers{answer: func(ctx context.Context) error {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return nil
	}}
	env := servertest.Start(t, h.register)
	conn := env.As(ann)
	for brought, most := range map[time.Duration]time.Duration{time.Hour: time.Minute, 5 * time.Second: 5 * time.Second} {
		ctx, cancel := context.WithTimeout(context.Background(), brought)
		if err := getCustomer(ctx, t, conn); err != nil || left > most || left < most-4*time.Second {
			t.Errorf("%v became %v, %v", brought, left, err)
		}
		cancel()
	}
}

func TestChain_SaysDeadlineExceededWhateverTheHandlerMadeOfIt(t *testing.T) {
	config := server.Default("127.0.0.1:0")
	config.MaxDeadline = time.Millisecond
	h := &handlers{answer: func(ctx context.Context) error { <-ctx.Done(); return errors.New("tx closed") }}
	env := servertest.StartWith(t, config, h.register)
	if err := getCustomer(servertest.Context(t), t, env.As(ann)); !errors.Is(err, rpcerr.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestChain_WritesOneLineForEachCall(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	ctx := metadata.AppendToOutgoingContext(servertest.Context(t), server.RequestIDHeader, "req-1",
		"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
	if err := getCustomer(ctx, t, env.As(servertest.Partner("softcat", "customers:read"))); err != nil {
		t.Fatal(err)
	}
	h.answer = func(context.Context) error { return fault.New("NOT_FOUND", "no cus_1") }
	var trailer metadata.MD
	if err := getCustomer(ctx, t, env.As(ann), grpc.Trailer(&trailer)); err == nil {
		t.Fatal("no error")
	}
	if got := trailer.Get(server.RequestIDHeader); len(got) != 1 || got[0] != "req-1" {
		t.Errorf("trailer %v", trailer)
	}
	common := map[string]any{
		"method": "/holdfast.customer.v1.CustomerService/GetCustomer", "request_id": "req-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
	}
	want := []map[string]any{
		{"code": "OK", "caller": "PARTNER", "subject": "cli_softcat", "partner_id": "softcat"},
		{"code": "NotFound", "caller": "CHANNEL", "subject": "staff:ann", "reason": "NOT_FOUND"},
	}
	var got []map[string]any
	for i, line := range env.Logs.FilterMessage("call").All() {
		fields := line.ContextMap()
		delete(fields, "duration")
		got = append(got, fields)
		for k, v := range common {
			want[i][k] = v
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestChain_ReplacesUnsoundRequestIDs(t *testing.T) {
	var got string
	h := &handlers{answer: func(ctx context.Context) error { got = server.RequestID(ctx); return nil }}
	env := servertest.Start(t, h.register)
	ctx := metadata.AppendToOutgoingContext(servertest.Context(t), server.RequestIDHeader, `x","level":"error`)
	if err := getCustomer(ctx, t, env.As(ann)); err != nil || len(got) != 24 {
		t.Errorf("id %q, %v", got, err)
	}
}

func TestChain_MeasuresCallsByMethodAndCode(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	if err := getCustomer(servertest.Context(t), t, env.As(ann)); err != nil {
		t.Fatal(err)
	}
	families, err := env.Telemetry.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, f := range families {
		if f.GetName() != "rpc_server_duration_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
		}
	}
	if diff := cmp.Diff([]string{"OK", "holdfast.customer.v1.CustomerService/GetCustomer"}, labels); diff != "" {
		t.Error(diff)
	}
}

func TestChain_AnswersUnknownMethods(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	err := env.As(ann).Invoke(servertest.Context(t), "/holdfast.customer.v1.Nothing/Get", &customerv1.GetCustomerRequest{}, &customerv1.Customer{})
	if !errors.Is(err, rpcerr.Unimplemented) {
		t.Errorf("got %v", err)
	}
}

func TestChain_ExaminesStreams(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	upload := func(caller auth.Caller, rows int) error {
		s, err := customerv1.NewImportServiceClient(env.As(caller)).UploadRows(servertest.Context(t))
		if err != nil {
			return err
		}
		if err := s.Send(&customerv1.UploadRowsRequest{ImportId: "imp_1", Rows: make([]*customerv1.ImportRow, rows)}); err != nil {
			return err
		}
		_, err = s.CloseAndRecv()
		return err
	}
	if err := upload(ann, 0); err != nil || h.saw().caller.Subject != "staff:ann" {
		t.Errorf("a sound upload: %v by %v", err, h.saw().caller)
	}
	if err := upload(ann, 5001); !errors.Is(err, rpcerr.RequestInvalid) {
		t.Errorf("too many rows: %v", err)
	}
	if err := upload(servertest.Partner("softcat"), 0); !errors.Is(err, rpcerr.PermissionDenied) {
		t.Errorf("a partner: %v", err)
	}
}

func TestDial_PassesOnIdentityAndIds(t *testing.T) {
	h := &handlers{}
	upstream := servertest.Start(t, h.register)
	commission := upstream.Dial(server.DialDeps{Tokens: upstream.Issuer.Tokens(t, "commission")})
	var inner, outer string
	h.answer = func(ctx context.Context) error {
		inner = server.RequestID(ctx) + trace.SpanContextFromContext(ctx).TraceID().String()
		return nil
	}
	middle := &handlers{answer: func(ctx context.Context) error {
		outer = server.RequestID(ctx) + trace.SpanContextFromContext(ctx).TraceID().String()
		return getCustomer(auth.ActFor(ctx, "softcat"), t, commission)
	}}
	if err := getCustomer(servertest.Context(t), t, servertest.Start(t, middle.register).As(ann)); err != nil {
		t.Fatal(err)
	}
	if got := h.saw(); got.caller.String() != "service:commission:softcat" || inner != outer || inner == "" {
		t.Errorf("upstream saw %v, ids %s, not %s", got.caller, inner, outer)
	}
}

func TestDial_ReturnsRefusalsButNotThoseOfItsOwnIdentity(t *testing.T) {
	h := &handlers{answer: func(context.Context) error { return fault.New("NOT_FOUND", "no cus_1") }}
	env := servertest.Start(t, h.register)
	known := env.Dial(server.DialDeps{Tokens: env.Issuer.Tokens(t, "commission")})
	if err := getCustomer(servertest.Context(t), t, known); !errors.Is(err, fault.New("NOT_FOUND", "")) {
		t.Errorf("got %v", err)
	}
	stranger := env.Dial(server.DialDeps{Tokens: env.Issuer.Tokens(t, "crawler")})
	err := getCustomer(servertest.Context(t), t, stranger)
	if err == nil || rpcerr.ReasonOf(err) != "INTERNAL" {
		t.Errorf("got %v, which callers see as %s", err, rpcerr.ReasonOf(err))
	}
}

func TestDial_ForwardsCallersAndNeverLendsTheGateway(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	gateway := env.Dial(server.DialDeps{Tokens: env.Issuer.Tokens(t, "gateway"), Forward: true})
	token := env.Issuer.Token(t, servertest.Partner("softcat", "customers:read"))
	if err := getCustomer(auth.Forward(servertest.Context(t), token), t, gateway); err != nil || h.saw().caller.PartnerID != "softcat" {
		t.Errorf("forwarded: %v as %v", err, h.saw().caller)
	}
	if err := getCustomer(servertest.Context(t), t, gateway); !errors.Is(err, rpcerr.Unauthenticated) {
		t.Errorf("without a caller: %v", err)
	}
}

func TestDial_IsUnavailableWithoutAToken(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	source := auth.NewTokenSource(func(context.Context) (string, time.Time, error) {
		return "", time.Time{}, errors.New("partner is down")
	})
	err := getCustomer(servertest.Context(t), t, env.Dial(server.DialDeps{Tokens: source}))
	if rpcerr.ReasonOf(err) != "UNAVAILABLE" {
		t.Errorf("got %v", err)
	}
}
