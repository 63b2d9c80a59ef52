package partner_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap/zaptest"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// nobodysCustomers knows no domain, and notes who asks.
type nobodysCustomers struct {
	customerv1.UnimplementedCustomerServiceServer
	asked atomic.Pointer[auth.Caller]
}

func (c *nobodysCustomers) LookupCustomer(ctx context.Context, _ *customerv1.LookupCustomerRequest) (*customerv1.Customer, error) {
	caller, _ := auth.From(ctx)
	c.asked.Store(&caller)
	return nil, fault.New("NOT_FOUND", "there is no such customer")
}

// serveCustomers runs a customer service that trusts the keys which partner
// publishes.
func serveCustomers(t *testing.T, cfg partner.Config, customers *nobodysCustomers) {
	t.Helper()
	published, err := auth.FetchKeys(cfg.Server.AdminAddr + ":/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.New(auth.Config{Issuers: []auth.Issuer{auth.Own("holdfast", "holdfast", published)}})
	if err != nil {
		t.Fatal(err)
	}
	observed, err := telemetry.Start(t.Context(), "customer", "test")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Default(cfg.Customer.Target), server.Deps{
		Log: zaptest.NewLogger(t), Telemetry: observed, Verifier: verifier,
		Register: func(to grpc.ServiceRegistrar) { customerv1.RegisterCustomerServiceServer(to, customers) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("customer: %v", err)
		}
		if err := observed.Shutdown(context.Background()); err != nil {
			t.Errorf("telemetry: %v", err)
		}
	})
}

func TestRun_CallsCustomerWithATokenOfItsOwn(t *testing.T) {
	cfg, _ := configure(t)
	customers := &nobodysCustomers{}
	run(t, cfg)
	serveCustomers(t, cfg, customers)
	ctx := servertest.Context(t)
	anonymous := dial(t, cfg, nil)
	conn := dial(t, cfg, auth.NewTokenSource(func(ctx context.Context) (string, time.Time, error) {
		answer, err := partnerv1.NewTokenServiceClient(anonymous).IssueToken(ctx, &partnerv1.IssueTokenRequest{
			GrantType: "client_credentials", ClientId: "commission", ClientSecret: secret,
		}, grpc.WaitForReady(true))
		return answer.GetAccessToken(), time.Now().Add(time.Minute), err
	}))
	_, err := partnerv1.NewConductServiceClient(conn).EvaluateOrder(ctx, &partnerv1.EvaluateOrderRequest{
		PartnerId: "direct", Domain: "nowhere.example", FamilyId: "email-security", StartDate: "2026-04-01",
	}, grpc.WaitForReady(true))
	if refusal, ok := fault.Of(err); !ok || refusal.Reason != "POLICY_MISSING" {
		t.Errorf("got %v", err)
	}
	want := auth.Caller{Subject: "partner", ClientID: "partner", Roles: []auth.Kind{auth.Service}, Service: "partner"}
	if diff := cmp.Diff(&want, customers.asked.Load(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
