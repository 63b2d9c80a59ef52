package rpc_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// The callers of the tests.
var (
	channel    = servertest.Person("ada", auth.Channel)
	admin      = servertest.Person("root", auth.Admin, auth.Finance)
	commission = servertest.Service("commission")
	partner    = servertest.Service("partner")
	softcat    = servertest.Partner("softcat", "customers:read", "subscriptions:read", "catalogue:read")
	northwind  = servertest.Partner("northwind", "customers:read", "subscriptions:read", "catalogue:read")
)

// harness is the service over a database of its own.
type harness struct {
	t   testing.TB
	ctx context.Context
	db  *pg.DB
	env *servertest.Env
}

// schema is the service's database.
var schema = pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()}

// start serves the service as it is run: service and database go by the
// machine's time.
func start(t testing.TB) *harness {
	t.Helper()
	return serve(t, pgtest.New(t, schema), time.Now)
}

// startOn serves the service on a clock that is so far ahead.
func startOn(t testing.TB, ahead *atomic.Int64) *harness {
	t.Helper()
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	cfg := pgtest.Config(t, schema)
	cfg.Clock = now
	db, err := pg.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(db.Close)
	return serve(t, db, now)
}

func serve(t testing.TB, db *pg.DB, now func() time.Time) *harness {
	t.Helper()
	service := app.New(postgres.New(db), now)
	return &harness{
		t: t, ctx: servertest.Context(t), db: db,
		env: servertest.Start(t, func(r grpc.ServiceRegistrar) { rpc.Register(r, service) }),
	}
}

func (h *harness) customers(c auth.Caller) customerv1.CustomerServiceClient {
	return customerv1.NewCustomerServiceClient(h.env.As(c))
}

func (h *harness) catalogue(c auth.Caller) customerv1.CatalogueServiceClient {
	return customerv1.NewCatalogueServiceClient(h.env.As(c))
}

func (h *harness) subscriptions(c auth.Caller) customerv1.SubscriptionServiceClient {
	return customerv1.NewSubscriptionServiceClient(h.env.As(c))
}

func (h *harness) imports(c auth.Caller) customerv1.ImportServiceClient {
	return customerv1.NewImportServiceClient(h.env.As(c))
}

func (h *harness) events(c auth.Caller) customerv1.EventServiceClient {
	return customerv1.NewEventServiceClient(h.env.As(c))
}

// sequence stamps all events.
func (h *harness) sequence() {
	h.t.Helper()
	for {
		n, err := events.SequenceOnce(h.ctx, h.db.SystemPool())
		must(h.t, err)
		if n == 0 {
			return
		}
	}
}

var requests atomic.Int64

// rid is a fresh request id.
func rid() string { return fmt.Sprintf("request-%d", requests.Add(1)) }

// day is the date so many days from today, in UTC.
func day(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }

func gbp(amount string) *typev1.Money { return &typev1.Money{CurrencyCode: "GBP", Amount: amount} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantReason checks reason, code and field of a refusal; want is a reason or a
// reason and a field with a blank between.
func wantReason(t testing.TB, err error, want string) {
	t.Helper()
	refusal, ok := fault.Of(err)
	if !ok {
		t.Fatalf("got %v, want %s", err, want)
	}
	got := string(refusal.Reason)
	if refusal.Field != "" {
		got += " " + refusal.Field
	}
	if got != want {
		t.Fatalf("got %q (%s), want %q", got, refusal.Message, want)
	}
	entry, known := rpcerr.Lookup(refusal.Reason)
	if s, _ := status.FromError(err); !known || s.Code() != entry.Code || entry.Code == codes.Internal {
		t.Fatalf("%s is answered with %s, want %s", want, s.Code(), entry.Code)
	}
}

// acme is a customer as the tests create it.
func acme() *customerv1.Customer {
	return &customerv1.Customer{
		DisplayName: "Acme Legal LLP", PrimaryDomain: "acme-legal.example", Segment: customerv1.Segment_SEGMENT_MID_MARKET,
		Sector: customerv1.Sector_SECTOR_LEGAL, CountryCode: "GB", TimeZone: "Europe/London",
	}
}

// stock puts a product on the catalogue.
func (h *harness) stock() {
	h.t.Helper()
	c := h.catalogue(admin)
	_, err := c.CreateProductFamily(h.ctx, &customerv1.CreateProductFamilyRequest{
		ProductFamily: &customerv1.ProductFamily{FamilyId: "email-security", DisplayName: "Email security"}, RequestId: rid(),
	})
	must(h.t, err)
	_, err = c.CreateProduct(h.ctx, &customerv1.CreateProductRequest{
		Product: &customerv1.Product{ProductId: "gateway", DisplayName: "Gateway", FamilyId: "email-security"}, RequestId: rid(),
	})
	must(h.t, err)
}

// customer creates a customer with a domain.
func (h *harness) customer(domain string) *customerv1.Customer {
	h.t.Helper()
	c := acme()
	c.PrimaryDomain, c.DisplayName = domain, "Customer "+domain
	created, err := h.customers(channel).CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: c, RequestId: rid()})
	must(h.t, err)
	return created
}

// order is a year of 200 seats for a customer, from softcat, ending in 30 days.
func order(customerID string) *customerv1.CreateSubscriptionRequest {
	start := time.Now().UTC().AddDate(0, 0, 30).AddDate(-1, 0, 0)
	return &customerv1.CreateSubscriptionRequest{
		CustomerId: customerID, ProductId: "gateway", PartnerId: "softcat", Seats: 200, UnitPrice: gbp("120.00"), UpliftBps: 500,
		TermMonths: 12, Billing: customerv1.Billing_BILLING_PREPAID, StartDate: start.Format(time.DateOnly), RequestId: rid(),
	}
}

// subscription creates a customer with a subscription.
func (h *harness) subscription() *customerv1.Subscription {
	h.t.Helper()
	domain := fmt.Sprintf("customer-%d.example", requests.Add(1))
	created, err := h.subscriptions(commission).CreateSubscription(h.ctx, order(h.customer(domain).GetCustomerId()))
	must(h.t, err)
	return created
}

// renewal renews a subscription as it stands.
func renewal(s *customerv1.Subscription) *customerv1.RenewSubscriptionRequest {
	return &customerv1.RenewSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: s.GetPartnerId(), Etag: s.GetEtag(), StartDate: s.GetTermEndDate(),
		TermMonths: 12, Seats: 200, UnitPrice: gbp("126.00"), RequestId: rid(),
	}
}
