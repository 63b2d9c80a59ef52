// Package commissiontest is the commission service without its transport, for tests:
// over a database of its own, and over doubles of customer and partner that behave
// as their contracts promise and hold what a test puts there.
package commissiontest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Today is the day of the tests: the renewal due on 2026-04-01 is open.
const Today = "2026-03-02"

// Monday is the instant at which they begin.
var Monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// The renewal that most tests are about.
const (
	Subscription = "sub_1"
	RenewalID    = "rnw_1_20260401"
	Due          = "2026-04-01"
)

// World is the application, in its two halves, with a database and a queue of its own, over a
// customer and a partner service that hold what a test puts there.
type World struct {
	T        testing.TB
	DB       *pg.DB
	OwnerURL string // of the database, for those who do what a migration may
	Store    *postgres.Store
	App      *app.App
	Finance  *finance.App
	Queue    *jobs.Queue
	Customer *contracts
	Partner  *sellers
	Conduct  *conduct
	Accounts *accounts
	Debtor   bankfile.Account
	Rates    *rates
	Now      atomic.Pointer[time.Time]
	dial     func() *grpc.ClientConn
}

// New returns a world on Monday, which ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	cfg := pgtest.Config(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()})
	Must(t, queue.Migrate(t.Context(), cfg.OwnerURL))
	db, err := pg.Open(t.Context(), cfg)
	Must(t, err)
	t.Cleanup(db.Close)
	w := &World{T: t, DB: db, OwnerURL: cfg.OwnerURL, Store: postgres.New(db), Customer: newContracts(), Partner: newSellers(), Conduct: newConduct(), Accounts: newAccounts(), Rates: &rates{}}
	w.At(Monday)
	below := servertest.Start(t, func(to grpc.ServiceRegistrar) {
		customerv1.RegisterSubscriptionServiceServer(to, w.Customer)
		customerv1.RegisterEventServiceServer(to, w.Customer)
		customerv1.RegisterCatalogueServiceServer(to, w.Rates)
		customerv1.RegisterCustomerServiceServer(to, w.Customer.Customers)
		partnerv1.RegisterPartnerServiceServer(to, w.Partner)
		partnerv1.RegisterCodeServiceServer(to, w.Partner)
		partnerv1.RegisterConductServiceServer(to, w.Conduct)
		partnerv1.RegisterTransferServiceServer(to, w.Conduct)
		partnerv1.RegisterEventServiceServer(to, w.Conduct)
		partnerv1.RegisterPayoutAccountServiceServer(to, w.Accounts)
	})
	tokens := below.Issuer.Tokens(t, "commission")
	w.dial = func() *grpc.ClientConn { return below.Dial(server.DialDeps{Tokens: tokens}) }
	w.Restart()
	return w
}

// Restart is a new process: nothing is left but the database.
func (w *World) Restart() {
	w.T.Helper()
	zone, err := calendar.LoadZone("Europe/London")
	Must(w.T, err)
	conn, now := w.dial(), func() time.Time { return *w.Now.Load() }
	versions := codes.NewReader(partnerv1.NewCodeServiceClient(conn), now)
	w.App = app.New(app.Parts{
		Store: w.Store, Now: now, Zone: zone, Codes: versions,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Customers: customerv1.NewCustomerServiceClient(conn), Feed: customerv1.NewEventServiceClient(conn),
		Partners: partnerv1.NewPartnerServiceClient(conn), Conduct: partnerv1.NewConductServiceClient(conn),
		Transfers: partnerv1.NewTransferServiceClient(conn), Verdicts: partnerv1.NewEventServiceClient(conn),
	})
	w.Finance = finance.New(finance.Parts{
		Store: w.Store, Now: now, Zone: zone, Codes: versions,
		Subscriptions: customerv1.NewSubscriptionServiceClient(conn), Catalogue: customerv1.NewCatalogueServiceClient(conn),
		Partners: partnerv1.NewPartnerServiceClient(conn), Accounts: partnerv1.NewPayoutAccountServiceClient(conn), Debtor: w.Debtor,
	})
	w.Queue, err = jobs.NewQueue(w.DB.SystemPool(), w.App, w.Finance, zap.NewNop())
	Must(w.T, err)
	w.App.UseJobs(w.Queue)
	w.Finance.UseJobs(w.Queue)
}

// At sets the clock.
func (w *World) At(t time.Time) { w.Now.Store(&t) }

// On sets the clock to nine in the morning of a day.
func (w *World) On(day string) {
	d, err := calendar.ParseDate(day)
	Must(w.T, err)
	w.At(d.Time().Add(9 * time.Hour))
}

// Subscribe adds a yearly subscription of 200 seats at 120.00 GBP that softcat
// serves with a margin locked at 2,000 basis points, and projects it.
func (w *World) Subscribe(id string, how ...func(*customerv1.Subscription)) {
	w.T.Helper()
	sub := &customerv1.Subscription{
		SubscriptionId: id, CustomerId: "cus_1", CustomerName: "Harbour Legal", CustomerSegment: "ENTERPRISE", CustomerCountryCode: "GB",
		ProductId: "email-security-plus", FamilyId: "email-security", Seats: 200, UnitPrice: GBP("120.00"), UpliftBps: 500, TermMonths: 12,
		Billing: customerv1.Billing_BILLING_PREPAID, AnchorDate: "2025-04-01", FirstStartDate: "2025-04-01", TimeZone: "Europe/London",
		TermStartDate: "2025-04-01", TermEndDate: Due, TermNet: GBP("24000.00"), PartnerId: "softcat", PartnerFromDate: "2025-04-01",
		State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		Terms: []*customerv1.Term{{
			StartDate: "2025-04-01", EndDate: Due, TermMonths: 12, Seats: 200, UnitPrice: GBP("120.00"), Billing: customerv1.Billing_BILLING_PREPAID,
		}},
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: "softcat", FromDate: "2025-04-01"}},
	}
	for _, change := range how {
		change(sub)
	}
	w.Customer.Add(sub)
	w.Lock(id, "softcat", 2000)
	w.Project()
}

// GBP is an amount in pounds.
func GBP(amount string) *typev1.Money { return &typev1.Money{CurrencyCode: "GBP", Amount: amount} }

// Lock gives a subscription the margin that was agreed for it.
func (w *World) Lock(id, partner string, bps money.Bps) {
	w.T.Helper()
	from := calendar.On(2025, time.April, 1)
	Must(w.T, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.InsertRelationships(ctx, []records.Relationship{{
			Relationship: margin.Relationship{
				ID: "rel_" + id, SubscriptionID: id, PartnerID: partner, Mode: margin.Resale, From: from, Lock: margin.Lock{Rate: bps, On: from},
			},
			Revision: 1, CreateTime: Monday,
		}})
		return err
	}))
}

// System runs a transaction that sees everything.
func (w *World) System(fn func(context.Context, *postgres.Store) error) error {
	ctx := pg.WithScope(context.Background(), pg.System())
	return w.Store.InTx(ctx, func(tx *postgres.Store) error { return fn(ctx, tx) })
}

// Project brings the book up to date.
func (w *World) Project() {
	w.T.Helper()
	position := app.FeedStart
	for more := true; more; {
		var err error
		position, more, err = w.App.PullBook(context.Background(), position)
		Must(w.T, err)
	}
}
