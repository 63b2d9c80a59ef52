// Package app is what the commission service can do about contracts, and the
// margins in them: one method for each RPC, which loads, asks the rules and saves
// in one transaction. The service's jobs come in by the same methods. What follows
// for the ledger is package finance's, of which app needs [finance.Restate] alone.
package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/memory"
)

// Jobs enqueues durable work in the transaction that causes it.
type Jobs interface {
	// BookSubmission drives a submission to BOOKED or REJECTED.
	BookSubmission(ctx context.Context, tx pgx.Tx, submissionID string) error
	// RecordQuote tells customer of a quote.
	RecordQuote(ctx context.Context, tx pgx.Tx, quoteID string) error
	// RecordOrder tells partner of a booked order.
	RecordOrder(ctx context.Context, tx pgx.Tx, submissionID string) error
	// DivideTerms divides the terms of a subscription that transfers fell into.
	DivideTerms(ctx context.Context, tx pgx.Tx, subscriptionID string) error
}

// Parts are what an App works with. Zone is the vendor's time zone.
type Parts struct {
	Store         *postgres.Store
	Subscriptions customerv1.SubscriptionServiceClient
	Customers     customerv1.CustomerServiceClient
	Catalogue     customerv1.CatalogueServiceClient
	Feed          customerv1.EventServiceClient
	Partners      partnerv1.PartnerServiceClient
	Codes         *codes.Reader
	Conduct       partnerv1.ConductServiceClient
	Transfers     partnerv1.TransferServiceClient
	Verdicts      partnerv1.EventServiceClient
	Now           func() time.Time
	Zone          *time.Location
}

// App is the contracts' half of the commission service without its transport.
type App struct {
	store         *postgres.Store
	subscriptions customerv1.SubscriptionServiceClient
	customers     customerv1.CustomerServiceClient
	catalogue     customerv1.CatalogueServiceClient
	feed          customerv1.EventServiceClient
	partners      partnerv1.PartnerServiceClient
	codes         *codes.Reader
	conduct       partnerv1.ConductServiceClient
	transfers     partnerv1.TransferServiceClient
	verdicts      partnerv1.EventServiceClient // partner's feed
	jobs          Jobs
	now           func() time.Time
	zone          *time.Location

	// What reads without effect remember for a moment.
	cards    *memory.Memory[struct{}, []margin.RateCard]
	terms    *memory.Memory[sellerOn, selling.Terms]
	families *memory.Memory[struct{}, map[string]bool]

	// fail is nil but in tests, which stop a saga where they like.
	fail func(step) error
}

// New returns an App. It can enqueue nothing until UseJobs gave it a queue.
func New(p Parts) *App {
	a := &App{
		store:         p.Store,
		subscriptions: p.Subscriptions,
		customers:     p.Customers,
		catalogue:     p.Catalogue,
		feed:          p.Feed,
		partners:      p.Partners,
		codes:         p.Codes,
		conduct:       p.Conduct,
		transfers:     p.Transfers,
		verdicts:      p.Verdicts,
		now:           func() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }, // as precise as what is stored
		zone:          p.Zone,
	}
	a.cards = memory.New(p.Now, a.loadCards)
	a.terms = memory.New(p.Now, a.loadTerms)
	a.families = memory.New(p.Now, a.loadFamilies)
	return a
}

// UseJobs sets the job queue, whose workers need the App and so come later.
func (a *App) UseJobs(jobs Jobs) { a.jobs = jobs }

// today is the vendor's date.
func (a *App) today() calendar.Date { return calendar.DateOf(a.now(), a.zone) }
