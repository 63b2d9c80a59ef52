package rpc_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
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
	app      *app.App
	customer *customerDouble
	partner  *partnerDouble
	clock    *clock
}

// monday is when the tests begin.
var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, db: pgtest.New(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()}),
		customer: newCustomerDouble(), partner: newPartnerDouble(), clock: newClock(monday),
	}
	zone, err := calendar.LoadZone("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	below := servertest.Start(t, func(to grpc.ServiceRegistrar) {
		customerv1.RegisterSubscriptionServiceServer(to, w.customer)
		customerv1.RegisterCatalogueServiceServer(to, w.customer.catalogue())
		partnerv1.RegisterPartnerServiceServer(to, w.partner)
	})
	conn := below.Dial(server.DialDeps{Tokens: below.Issuer.Tokens(t, "commission")})
	w.app = app.New(app.Parts{
		Store: postgres.New(w.db), Now: w.clock.now, Zone: zone,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Feed: customerv1.NewEventServiceClient(conn), Partners: partnerv1.NewPartnerServiceClient(conn), Codes: partnerv1.NewCodeServiceClient(conn),
	})
	w.Env = servertest.Start(t, func(to grpc.ServiceRegistrar) { rpc.Register(to, w.app) })
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

// customerDouble answers what commission asks of customer.
type customerDouble struct {
	customerv1.UnimplementedSubscriptionServiceServer
	mu    sync.Mutex
	subs  map[string]*customerv1.Subscription
	calls atomic.Int64
}

func newCustomerDouble() *customerDouble {
	return &customerDouble{subs: map[string]*customerv1.Subscription{}}
}

// subscribe adds a subscription of 24,000.00 GBP a year that partner has served
// from its first day.
func (c *customerDouble) subscribe(id, partner string) *customerv1.Subscription {
	sub := &customerv1.Subscription{
		SubscriptionId: id, ExternalId: "crm-" + id, PartnerId: partner, FamilyId: "email-security", CustomerSegment: "ENTERPRISE",
		FirstStartDate: "2025-04-01", PartnerFromDate: "2025-04-01", TermStartDate: "2025-04-01", TermEndDate: "2026-04-01", TimeZone: "Europe/London",
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: partner, FromDate: "2025-04-01"}},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs[id] = sub
	return sub
}

func (c *customerDouble) GetSubscription(_ context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	c.calls.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if sub, ok := c.subs[r.GetSubscriptionId()]; ok {
		return sub, nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such subscription")
}

func (c *customerDouble) BatchGetSubscriptions(_ context.Context, r *customerv1.BatchGetSubscriptionsRequest) (*customerv1.BatchGetSubscriptionsResponse, error) {
	c.calls.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &customerv1.BatchGetSubscriptionsResponse{}
	for _, id := range r.GetSubscriptionIds() {
		if sub, ok := c.subs[id]; ok {
			answer.Subscriptions = append(answer.Subscriptions, sub)
		}
	}
	for _, sub := range c.subs {
		if slices.Contains(r.GetExternalIds(), sub.GetExternalId()) {
			answer.Subscriptions = append(answer.Subscriptions, sub)
		}
	}
	return answer, nil
}

func (c *customerDouble) catalogue() customerv1.CatalogueServiceServer {
	return &catalogueDouble{of: c}
}

type catalogueDouble struct {
	customerv1.UnimplementedCatalogueServiceServer
	of *customerDouble
}

func (c *catalogueDouble) ListProductFamilies(context.Context, *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	c.of.calls.Add(1)
	return &customerv1.ListProductFamiliesResponse{
		ProductFamilies: []*customerv1.ProductFamily{{FamilyId: "archiving"}, {FamilyId: "email-security"}},
	}, nil
}

// partnerDouble answers what commission asks of partner.
type partnerDouble struct {
	partnerv1.UnimplementedPartnerServiceServer
	terms map[string]*partnerv1.SellingTerms
	calls atomic.Int64
}

func newPartnerDouble() *partnerDouble {
	terms := map[string]*partnerv1.SellingTerms{}
	add := func(id string, kind partnerv1.PartnerType, mode partnerv1.SettlementMode) *partnerv1.SellingTerms {
		terms[id] = &partnerv1.SellingTerms{
			Partner:   &partnerv1.Partner{PartnerId: id, Type: kind, State: partnerv1.PartnerState_PARTNER_STATE_ACTIVE},
			Agreement: &partnerv1.Agreement{AgreementId: "agr_" + id, PartnerId: id, SettlementMode: mode},
		}
		return terms[id]
	}
	resale, agency := partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE, partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	add("softcat", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale)
	add("cdw", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale)
	add("agent", partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT, agency)
	add("lapsed", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale).Agreement = nil
	add("supplier", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER, resale).Agreement = nil
	add("direct", partnerv1.PartnerType_PARTNER_TYPE_DIRECT, resale).Agreement = nil
	suspended := add("suspended", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale).Partner
	suspended.State, suspended.SuspendDate = partnerv1.PartnerState_PARTNER_STATE_SUSPENDED, "2026-03-01"
	return &partnerDouble{terms: terms}
}

func (p *partnerDouble) GetSellingTerms(_ context.Context, r *partnerv1.GetSellingTermsRequest) (*partnerv1.SellingTerms, error) {
	p.calls.Add(1)
	if terms, ok := p.terms[r.GetPartnerId()]; ok {
		return terms, nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such partner")
}

func (p *partnerDouble) ListPartners(context.Context, *partnerv1.ListPartnersRequest) (*partnerv1.ListPartnersResponse, error) {
	answer := &partnerv1.ListPartnersResponse{}
	for _, id := range slices.Sorted(maps.Keys(p.terms)) {
		answer.Partners = append(answer.Partners, p.terms[id].GetPartner())
	}
	return answer, nil
}
