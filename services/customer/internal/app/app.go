// Package app is what the customer service does: one method for each RPC, of
// the same name. Each loads, asks the rules, and saves, in one transaction that
// also holds the event and the idempotency key.
package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// App is the customer service without its door.
type App struct {
	store *postgres.Store
	now   func() time.Time
	mail  Mail
	jobs  Jobs
}

// Jobs enqueues durable work in the transaction that causes it.
type Jobs interface {
	// DeliverInvitation asks somebody, after a while.
	DeliverInvitation(ctx context.Context, tx pgx.Tx, id surveys.InvitationID, after time.Duration) error
}

// UseJobs sets the job queue, whose workers need the App and so come later.
func (a *App) UseJobs(jobs Jobs) { a.jobs = jobs }

// UseMail sets the way to those who are asked.
func (a *App) UseMail(m Mail) { a.mail = m }

// New returns the service over a store. now tells the time, in any zone.
func New(store *postgres.Store, now func() time.Time) *App {
	return &App{store: store, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// mutate runs effect in a transaction at most once for the request's id.
func mutate[T any](ctx context.Context, a *App, effect func(tx *postgres.Store) (T, error)) (T, error) {
	var answer T
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &answer, func() (err error) {
			answer, err = effect(tx)
			return err
		})
	})
	return answer, err
}

// read runs query at one moment of the database.
func read[T any](ctx context.Context, a *App, query func(tx *postgres.Store) (T, error)) (T, error) {
	var answer T
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		answer, err = query(tx)
		return err
	})
	return answer, err
}

// publish appends an event with the resource after the change.
func publish(ctx context.Context, tx *postgres.Store, e events.Event, resource any) error {
	snapshot, err := json.Marshal(resource)
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", e.ResourceID, err)
	}
	e.Snapshot, e.Actor = snapshot, actor(ctx)
	return events.Append(ctx, tx.Tx(), e)
}

// publishCustomer appends an event of a customer.
func publishCustomer(ctx context.Context, tx *postgres.Store, kind string, c customers.Customer) error {
	return publish(ctx, tx, events.Event{
		Kind: kind, ResourceID: string(c.ID), Revision: c.Revision, OccurredAt: c.UpdateTime,
	}, c)
}

// actor names the caller.
func actor(ctx context.Context) string {
	caller, _ := auth.From(ctx)
	return caller.String()
}
