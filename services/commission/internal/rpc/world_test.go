package rpc_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// world is the commission service behind its real chain, with a database of
// its own, between a customer and a partner service that hold what a test puts
// there.
type world struct {
	*servertest.Env
	t        testing.TB
	db       *pg.DB
	ownerURL string // of the database, for those who do what a migration may
	app      *app.App
	finance  *finance.App
	customer *customerDouble
	partner  *partnerDouble
	accounts *accountsDouble
	clock    *clock
}

// monday is when the tests begin.
var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	cfg := pgtest.Config(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()})
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w := &world{
		t: t, db: db, ownerURL: cfg.OwnerURL,
		customer: newCustomerDouble(), partner: newPartnerDouble(), accounts: newAccountsDouble(), clock: newClock(monday),
	}
	zone, err := calendar.LoadZone("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	below := servertest.Start(t, func(to grpc.ServiceRegistrar) {
		customerv1.RegisterSubscriptionServiceServer(to, w.customer)
		customerv1.RegisterCatalogueServiceServer(to, w.customer.catalogue())
		partnerv1.RegisterPartnerServiceServer(to, w.partner)
		partnerv1.RegisterConductServiceServer(to, conductDouble{})
		partnerv1.RegisterTransferServiceServer(to, conductDouble{})
		partnerv1.RegisterCodeServiceServer(to, conductDouble{})
		partnerv1.RegisterPayoutAccountServiceServer(to, w.accounts)
	})
	conn := below.Dial(server.DialDeps{Tokens: below.Issuer.Tokens(t, "commission")})
	store, versions := postgres.New(w.db), codes.NewReader(partnerv1.NewCodeServiceClient(conn), w.clock.now)
	w.app = app.New(app.Parts{
		Store: store, Now: w.clock.now, Zone: zone,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Feed: customerv1.NewEventServiceClient(conn), Partners: partnerv1.NewPartnerServiceClient(conn), Codes: versions,
		Conduct: partnerv1.NewConductServiceClient(conn), Transfers: partnerv1.NewTransferServiceClient(conn),
	})
	w.finance = finance.New(finance.Parts{
		Store: store, Now: w.clock.now, Zone: zone, Codes: versions,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Partners: partnerv1.NewPartnerServiceClient(conn), Accounts: partnerv1.NewPayoutAccountServiceClient(conn), Debtor: debtor,
	})
	w.Env = servertest.Start(t, func(to grpc.ServiceRegistrar) { rpc.Register(to, w.app, w.finance) })
	return w
}

// clock is the time of the service under test.
type clock struct{ nanos atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.nanos.Store(t.UnixNano())
	return c
}

func (c *clock) now() time.Time           { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) advance(by time.Duration) { c.nanos.Add(int64(by)) }

// The people and programs of the tests.
var (
	anna    = servertest.Person("anna", auth.Channel)
	bert    = servertest.Person("bert", auth.Channel)
	softcat = servertest.Partner("softcat", "margin:read")
	cdw     = servertest.Partner("cdw", "margin:read")
	billing = servertest.Service("billing")
	crm     = servertest.Service("crm")
)

func (w *world) rateCards(c auth.Caller) commissionv1.RateCardServiceClient {
	return commissionv1.NewRateCardServiceClient(w.As(c))
}

func (w *world) margins(c auth.Caller) commissionv1.MarginServiceClient {
	return commissionv1.NewMarginServiceClient(w.As(c))
}

var requests atomic.Int64

// requestID is a fresh idempotency key.
func requestID() string { return fmt.Sprintf("key-%d", requests.Add(1)) }

// approve brings a card with these rates into force from a day on.
func (w *world) approve(effective string, rates ...*commissionv1.Rate) *commissionv1.RateCard {
	w.t.Helper()
	ctx := servertest.Context(w.t)
	card, err := w.rateCards(anna).CreateRateCard(ctx, &commissionv1.CreateRateCardRequest{
		RateCard: &commissionv1.RateCard{DisplayName: "from " + effective, EffectiveDate: effective, Rates: rates}, RequestId: requestID(),
	})
	must(w.t, err)
	_, err = w.rateCards(anna).ProposeRateCard(ctx, &commissionv1.ProposeRateCardRequest{RateCardId: card.GetRateCardId(), RequestId: requestID()})
	must(w.t, err)
	card, err = w.rateCards(bert).ApproveRateCard(ctx, &commissionv1.ApproveRateCardRequest{RateCardId: card.GetRateCardId(), RequestId: requestID()})
	must(w.t, err)
	return card
}

// lock imports a margin and returns its relationship.
func (w *world) lock(subscriptionID, partnerID string, bps int32) *commissionv1.Relationship {
	w.t.Helper()
	ctx := servertest.Context(w.t)
	answer, err := w.margins(anna).BatchImportRelationships(ctx, &commissionv1.BatchImportRelationshipsRequest{
		Relationships: []*commissionv1.RelationshipImport{{SubscriptionId: subscriptionID, PartnerId: partnerID, LockedBps: bps}}, RequestId: requestID(),
	})
	must(w.t, err)
	id := answer.GetResults()[0].GetRelationshipId()
	if id == "" {
		w.t.Fatalf("not locked: %v", answer.GetResults()[0].GetError())
	}
	r, err := w.margins(anna).GetRelationship(ctx, &commissionv1.GetRelationshipRequest{RelationshipId: id})
	must(w.t, err)
	return r
}

func rate(bps int32) *commissionv1.Rate { return &commissionv1.Rate{MarginBps: bps} }

// wantReason fails unless err is a refusal for this reason, naming this field.
func wantReason(t testing.TB, err error, reason fault.Reason, field string) {
	t.Helper()
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != reason || refusal.Field != field {
		t.Errorf("got %v; want %s on %q", err, reason, field)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
