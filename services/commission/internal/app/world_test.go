package app_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// today is the day of the tests: the renewal due on 2026-04-01 is open.
const today = "2026-03-02"

// monday is the instant at which they begin.
var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// The renewal that most tests are about.
const (
	subscription = "sub_1"
	renewalID    = "rnw_1_20260401"
	due          = "2026-04-01"
)

// world is the application with a database and a queue of its own, over a
// customer and a partner service that hold what a test puts there.
type world struct {
	t        testing.TB
	db       *pg.DB
	ownerURL string // of the database, for those who do what a migration may
	store    *postgres.Store
	app      *app.App
	queue    *jobs.Queue
	customer *contracts
	partner  *sellers
	conduct  *conduct
	accounts *accounts
	debtor   bankfile.Account
	rates    *rates
	lines    map[string][]string // of statements, by partner
	now      atomic.Pointer[time.Time]
	dial     func() *grpc.ClientConn
}

func newWorld(t testing.TB) *world {
	t.Helper()
	cfg := pgtest.Config(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()})
	must(t, queue.Migrate(t.Context(), cfg.OwnerURL))
	db, err := pg.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(db.Close)
	w := &world{t: t, db: db, ownerURL: cfg.OwnerURL, store: postgres.New(db), customer: newContracts(), partner: newSellers(), conduct: newConduct(), accounts: newAccounts(), lines: map[string][]string{}, rates: &rates{}}
	w.at(monday)
	below := servertest.Start(t, func(to grpc.ServiceRegistrar) {
		customerv1.RegisterSubscriptionServiceServer(to, w.customer)
		customerv1.RegisterEventServiceServer(to, w.customer)
		customerv1.RegisterCatalogueServiceServer(to, w.rates)
		customerv1.RegisterCustomerServiceServer(to, w.customer.customers)
		partnerv1.RegisterPartnerServiceServer(to, w.partner)
		partnerv1.RegisterCodeServiceServer(to, w.partner)
		partnerv1.RegisterConductServiceServer(to, w.conduct)
		partnerv1.RegisterTransferServiceServer(to, w.conduct)
		partnerv1.RegisterEventServiceServer(to, w.conduct)
		partnerv1.RegisterPayoutAccountServiceServer(to, w.accounts)
	})
	tokens := below.Issuer.Tokens(t, "commission")
	w.dial = func() *grpc.ClientConn { return below.Dial(server.DialDeps{Tokens: tokens}) }
	w.restart()
	return w
}

// restart is a new process: nothing is left but the database.
func (w *world) restart() {
	w.t.Helper()
	zone, err := calendar.LoadZone("Europe/London")
	must(w.t, err)
	conn := w.dial()
	w.app = app.New(app.Parts{
		Store: w.store, Now: func() time.Time { return *w.now.Load() }, Zone: zone,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Customers: customerv1.NewCustomerServiceClient(conn), Feed: customerv1.NewEventServiceClient(conn), Partners: partnerv1.NewPartnerServiceClient(conn), Codes: partnerv1.NewCodeServiceClient(conn),
		Conduct: partnerv1.NewConductServiceClient(conn), Transfers: partnerv1.NewTransferServiceClient(conn), Verdicts: partnerv1.NewEventServiceClient(conn),
		Accounts: partnerv1.NewPayoutAccountServiceClient(conn), Debtor: w.debtor,
	})
	w.queue, err = jobs.NewQueue(w.db.SystemPool(), w.app, zap.NewNop())
	must(w.t, err)
	w.app.UseJobs(w.queue)
}

// at sets the clock.
func (w *world) at(t time.Time) { w.now.Store(&t) }

// on sets the clock to nine in the morning of a day.
func (w *world) on(day string) {
	d, err := calendar.ParseDate(day)
	must(w.t, err)
	w.at(d.Time().Add(9 * time.Hour))
}

// subscribe adds a yearly subscription of 200 seats at 120.00 GBP that softcat
// serves with a margin locked at 2,000 basis points, and projects it.
func (w *world) subscribe(id string, how ...func(*customerv1.Subscription)) {
	w.t.Helper()
	sub := &customerv1.Subscription{
		SubscriptionId: id, CustomerId: "cus_1", CustomerName: "Harbour Legal", CustomerSegment: "ENTERPRISE", CustomerCountryCode: "GB",
		ProductId: "email-security-plus", FamilyId: "email-security", Seats: 200, UnitPrice: gbp("120.00"), UpliftBps: 500, TermMonths: 12,
		Billing: customerv1.Billing_BILLING_PREPAID, AnchorDate: "2025-04-01", FirstStartDate: "2025-04-01", TimeZone: "Europe/London",
		TermStartDate: "2025-04-01", TermEndDate: due, TermNet: gbp("24000.00"), PartnerId: "softcat", PartnerFromDate: "2025-04-01",
		State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		Terms: []*customerv1.Term{{
			StartDate: "2025-04-01", EndDate: due, TermMonths: 12, Seats: 200, UnitPrice: gbp("120.00"), Billing: customerv1.Billing_BILLING_PREPAID,
		}},
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: "softcat", FromDate: "2025-04-01"}},
	}
	for _, change := range how {
		change(sub)
	}
	w.customer.add(sub)
	w.lock(id, "softcat", 2000)
	w.project()
}

func gbp(amount string) *typev1.Money { return &typev1.Money{CurrencyCode: "GBP", Amount: amount} }

// lock gives a subscription the margin that was agreed for it.
func (w *world) lock(id, partner string, bps money.Bps) {
	w.t.Helper()
	from := calendar.On(2025, time.April, 1)
	must(w.t, w.system(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.InsertRelationships(ctx, []records.Relationship{{
			Relationship: margin.Relationship{
				ID: "rel_" + id, SubscriptionID: id, PartnerID: partner, Mode: margin.Resale, From: from, Lock: margin.Lock{Rate: bps, On: from},
			},
			Revision: 1, CreateTime: monday,
		}})
		return err
	}))
}

// system runs a transaction that sees everything.
func (w *world) system(fn func(context.Context, *postgres.Store) error) error {
	ctx := pg.WithScope(context.Background(), pg.System())
	return w.store.InTx(ctx, func(tx *postgres.Store) error { return fn(ctx, tx) })
}

// project brings the book up to date.
func (w *world) project() {
	w.t.Helper()
	position := app.FeedStart
	for more := true; more; {
		var err error
		position, more, err = w.app.PullBook(context.Background(), position)
		must(w.t, err)
	}
}

// Callers of the tests.
var (
	softcat = servertest.Partner("softcat", "renewals:read", "renewals:write", "quotes:write")
	cdw     = servertest.Partner("cdw", "renewals:read", "renewals:write", "quotes:write")
	anna    = servertest.Person("anna", auth.Channel)
)

// as is a call of c without an idempotency key.
func as(c auth.Caller) context.Context {
	scope := pg.System()
	if c.PartnerID != "" {
		scope = pg.Partner(c.PartnerIDs...)
	}
	return auth.With(pg.WithScope(context.Background(), scope), c)
}

// keyed is a call of c with an idempotency key, for a request that prints so.
func keyed(c auth.Caller, key string, request any) context.Context {
	print := sha256.Sum256(fmt.Appendf(nil, "%+v", request))
	return idem.WithKey(as(c), idem.Key{Caller: c.String(), RequestID: key, Method: "/test", Fingerprint: print[:]})
}

var keys atomic.Int64

// submit submits an order of softcat's with a fresh key.
func (w *world) submit(o app.Order) (records.Submission, error) {
	return w.app.SubmitRenewal(keyed(softcat, fmt.Sprint("key-", keys.Add(1)), o), o)
}

func order(id string) app.Order { return app.Order{Offer: app.Offer{RenewalID: id}} }

// booked returns the booked terms of a subscription.
func (w *world) booked(id string) []postgres.BookedTerm {
	w.t.Helper()
	var terms []postgres.BookedTerm
	must(w.t, w.system(func(ctx context.Context, tx *postgres.Store) (err error) {
		terms, err = tx.BookedTerms(ctx, id)
		return err
	}))
	return terms
}

// submissions returns those of a renewal, newest first.
func (w *world) submissions(id string) []records.Submission {
	w.t.Helper()
	list, err := w.app.ListSubmissions(as(anna), app.SubmissionFilter{RenewalID: id}, "", 100)
	must(w.t, err)
	return list
}

func wantReason(t testing.TB, err error, reason fault.Reason) {
	t.Helper()
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != reason {
		t.Errorf("got %v; want %s", err, reason)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errKilled = errors.New("the process was killed")

// rates is a catalogue with one set of exchange rates, of today unless it is of
// every day, and one product, which has a price in pounds and in these currencies.
type rates struct {
	customerv1.UnimplementedCatalogueServiceServer
	everyDay bool
	prices   map[string]string // by currency
}

func (c *rates) FindFxSet(_ context.Context, r *customerv1.FindFxSetRequest) (*customerv1.FxSet, error) {
	if r.GetOnDate() != today && !c.everyDay {
		return nil, fault.New("FX_RATE_MISSING", "there is no set for this day")
	}
	set := &customerv1.FxSet{FxSetId: "fxs_1", BaseCurrency: "USD", Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "1.27"}}}
	for currency := range c.prices {
		set.Rates = append(set.Rates, &customerv1.FxRate{CurrencyCode: currency, Rate: "1"})
	}
	return set, nil
}

func (*rates) ListProductFamilies(context.Context, *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	return &customerv1.ListProductFamiliesResponse{ProductFamilies: []*customerv1.ProductFamily{{FamilyId: "email-security"}}}, nil
}

// sellers answer what commission asks of partner: softcat, cdw and insight sell,
// under one code of practice. All are settled as agency says, but for those that
// resell.
type sellers struct {
	partnerv1.UnimplementedPartnerServiceServer
	partnerv1.UnimplementedCodeServiceServer
	suspended atomic.Bool
	only      string // that is, all if empty
	noCode    atomic.Bool
	agency    atomic.Bool
	resell    []string
	agreed    func(partner, on string) *partnerv1.Agreement // but for how it settles; nil for one that all have
}

func newSellers() *sellers { return &sellers{} }

func (s *sellers) GetSellingTerms(_ context.Context, r *partnerv1.GetSellingTermsRequest) (*partnerv1.SellingTerms, error) {
	state := partnerv1.PartnerState_PARTNER_STATE_ACTIVE
	if s.suspended.Load() && (s.only == "" || s.only == r.GetPartnerId()) {
		state = partnerv1.PartnerState_PARTNER_STATE_SUSPENDED
	}
	kind := partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	if r.GetPartnerId() == "direct" {
		kind = partnerv1.PartnerType_PARTNER_TYPE_DIRECT
	}
	mode := partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE
	if s.agency.Load() && !slices.Contains(s.resell, r.GetPartnerId()) {
		mode = partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	}
	agreement := &partnerv1.Agreement{AgreementId: "agr_1"}
	if s.agreed != nil {
		agreement = s.agreed(r.GetPartnerId(), r.GetOnDate())
	}
	agreement.SettlementMode = mode
	return &partnerv1.SellingTerms{
		Partner:   &partnerv1.Partner{PartnerId: r.GetPartnerId(), Type: kind, Selling: true, State: state},
		Agreement: agreement,
	}, nil
}

func (s *sellers) ListCodeVersions(context.Context, *partnerv1.ListCodeVersionsRequest) (*partnerv1.ListCodeVersionsResponse, error) {
	if s.noCode.Load() {
		return &partnerv1.ListCodeVersionsResponse{}, nil
	}
	return &partnerv1.ListCodeVersionsResponse{CodeVersions: []*partnerv1.CodeVersion{{
		CodeVersionId: "cod_1", EffectiveDate: "2020-01-01", State: partnerv1.PolicyState_POLICY_STATE_APPROVED,
		RenewalOpenDays: new(int32(90)), RenewalGraceDays: new(int32(30)), RenewalLapsedDays: new(int32(60)),
		CapBps: new(int32(500)), CapMonths: new(int32(12)),
	}}}, nil
}
