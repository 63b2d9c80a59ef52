// Package finance is the money half of what the commission service can do: what
// billing tells, the ledger, statements with their disputes, reconciliations,
// payouts, seals and forecasts. It is used as package app is: one method for each
// RPC, which loads, asks the rules and saves in one transaction, and the service's
// jobs come in by the same methods.
//
// Of contracts it knows what is booked and what customer says. Package app, where
// they are made, it does not know; app calls [Restate] where a transfer or a verdict
// has changed what was invoiced.
package finance

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/memory"
)

const (
	// sweepAge is how old a batch of payouts is before the sweeper looks for its job.
	sweepAge = time.Minute
	// sweepBatch is how much a job looks at, at once.
	sweepBatch = 1000
)

// Jobs enqueues durable work in the transaction that causes it.
type Jobs interface {
	// PostPayouts posts the payouts of an approved batch.
	PostPayouts(ctx context.Context, tx pgx.Tx, batchID string) error
}

// Parts are what an App works with. Zone is the vendor's time zone, Vendor what
// its statements print of it, Debtor the account that payouts are paid from; the
// latter may be missing.
type Parts struct {
	Store         *postgres.Store
	Subscriptions customerv1.SubscriptionServiceClient
	Catalogue     customerv1.CatalogueServiceClient
	Partners      partnerv1.PartnerServiceClient
	Accounts      partnerv1.PayoutAccountServiceClient
	Codes         *codes.Reader
	Now           func() time.Time
	Zone          *time.Location
	Vendor        document.Vendor
	Debtor        bankfile.Account
}

// App is the money half of the commission service without its transport.
type App struct {
	store         *postgres.Store
	subscriptions customerv1.SubscriptionServiceClient
	catalogue     customerv1.CatalogueServiceClient
	partners      partnerv1.PartnerServiceClient
	accounts      partnerv1.PayoutAccountServiceClient
	codes         *codes.Reader
	jobs          Jobs
	now           func() time.Time
	zone          *time.Location
	vendor        document.Vendor
	debtor        bankfile.Account
	fxSets        *memory.Memory[calendar.Date, fxRates] // sets are never changed

	// fail is nil but in tests, which stop a batch of payouts where they like.
	fail func(step) error
}

// New returns an App. It can enqueue nothing until UseJobs gave it a queue.
func New(p Parts) *App {
	a := &App{
		store:         p.Store,
		subscriptions: p.Subscriptions,
		catalogue:     p.Catalogue,
		partners:      p.Partners,
		accounts:      p.Accounts,
		codes:         p.Codes,
		now:           func() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }, // as precise as what is stored
		zone:          p.Zone,
		vendor:        p.Vendor,
		debtor:        p.Debtor,
	}
	a.fxSets = memory.New(p.Now, a.loadFxSet)
	return a
}

// UseJobs sets the job queue, whose workers need the App and so come later.
func (a *App) UseJobs(jobs Jobs) { a.jobs = jobs }

// today is the vendor's date.
func (a *App) today() calendar.Date { return calendar.DateOf(a.now(), a.zone) }

// moneyDay is today in UTC, by which the ledger reckons.
func (a *App) moneyDay() calendar.Date { return ledger.DayOf(a.now()) }

// appendEvent adds an event with its resource as it is after the change.
func (a *App) appendEvent(ctx context.Context, tx *postgres.Store, e events.Event, resource any) error {
	e.OccurredAt = a.now()
	e, err := events.Showing(e, resource)
	if err != nil {
		return err
	}
	return events.Append(ctx, tx.Tx(), e)
}
