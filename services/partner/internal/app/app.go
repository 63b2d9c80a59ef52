// Package app is what the partner service does: one method for each RPC, of
// the same name. A method loads, asks the rules and saves, with the event of
// the change, in one transaction.
package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// App is the partner service.
type App struct {
	store  *postgres.DB
	zone   *time.Location
	now    func() time.Time
	tokens Tokens
	peers  Peers
	mail   Mail
	jobs   Jobs
}

// Peers are the clients of the service below: who is protected, and by what.
type Peers struct {
	Customers     customerv1.CustomerServiceClient
	Subscriptions customerv1.SubscriptionServiceClient
	Catalogue     customerv1.CatalogueServiceClient
}

// Config is what an App works with.
type Config struct {
	Store  *postgres.DB
	Zone   *time.Location // where the vendor's days begin and end
	Now    func() time.Time
	Tokens Tokens
	Peers  Peers
	Mail   Mail
}

// New returns the App. It can enqueue nothing until UseJobs gave it a queue.
func New(cfg Config) *App {
	return &App{store: cfg.Store, zone: cfg.Zone, now: cfg.Now, tokens: cfg.Tokens, peers: cfg.Peers, mail: cfg.Mail}
}

// Jobs enqueues durable work in the transaction that causes it.
type Jobs interface {
	// DeliverConsent finds out what a transfer moves and asks the customer.
	DeliverConsent(ctx context.Context, tx pgx.Tx, id transfers.ID) error
	// CarryOut changes the contracts that a transfer moves.
	CarryOut(ctx context.Context, tx pgx.Tx, id transfers.ID) error
}

// UseJobs sets the job queue, whose workers need the App and so come later.
func (a *App) UseJobs(jobs Jobs) { a.jobs = jobs }

// instant is now as the database keeps it, so that an answer is the same when
// it is repeated.
func (a *App) instant() time.Time { return a.now().UTC().Truncate(time.Microsecond) }

// today is the date where the vendor is.
func (a *App) today() calendar.Date { return calendar.DateOf(a.now(), a.zone) }

// once runs effect in a transaction at most once per request id, and returns
// what it left in *answer, or what the first call with the id did.
func once[T any](ctx context.Context, a *App, answer *T, effect func(*postgres.Store) error) error {
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), answer, func() error { return effect(tx) })
	})
}

// change is something that has happened to a resource.
type change struct {
	kind     string // such as "partner.suspended"
	id       string
	partner  string
	revision revision.Number
	snapshot any // the resource after the change
}

// record puts a change into the feed, in the transaction of its effect.
func (a *App) record(ctx context.Context, tx *postgres.Store, c change) error {
	snapshot, err := json.Marshal(c.snapshot)
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", c.id, err)
	}
	return events.Append(ctx, tx.Tx(), events.Event{
		Kind: c.kind, ResourceID: c.id, Revision: int64(c.revision), Actor: actor(ctx), PartnerID: c.partner,
		OccurredAt: a.instant(), Snapshot: snapshot,
	})
}

// actor names who is behind a change: the caller, or the service itself.
func actor(ctx context.Context) string {
	caller, ok := auth.From(ctx)
	if !ok {
		return "service:partner"
	}
	return caller.String()
}
