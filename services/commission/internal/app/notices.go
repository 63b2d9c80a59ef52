package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// Notice is a decision about a renewal that the caller has read at this etag.
type Notice struct {
	RenewalID, Note, Etag string
}

// DeclineRenewal records the customer's notice.
func (a *App) DeclineRenewal(ctx context.Context, n Notice) (records.Renewal, error) {
	return a.decideRenewal(ctx, n, "renewal.declined", renewal.Renewal.Decline, func(tx *postgres.Store, r records.Renewal) error {
		r.DeclineNote = n.Note
		return tx.SaveDecline(ctx, r)
	})
}

// UndoDecline takes the customer's notice back.
func (a *App) UndoDecline(ctx context.Context, n Notice) (records.Renewal, error) {
	return a.decideRenewal(ctx, n, "renewal.decline_undone", renewal.Renewal.UndoDecline, func(tx *postgres.Store, r records.Renewal) error {
		r.DeclineNote = ""
		return tx.SaveDecline(ctx, r)
	})
}

// ApproveLateRenewal lets a lapsed renewal be submitted.
func (a *App) ApproveLateRenewal(ctx context.Context, n Notice) (records.Renewal, error) {
	return a.decideRenewal(ctx, n, "renewal.late_approved", renewal.Renewal.ApproveLate, func(tx *postgres.Store, r records.Renewal) error {
		return tx.SaveLateApproval(ctx, r, n.Note)
	})
}

// decideRenewal applies a rule to a renewal and saves what it made of it.
func (a *App) decideRenewal(ctx context.Context, n Notice, kind string, rule func(renewal.Renewal, calendar.Date) (renewal.Renewal, error), save func(*postgres.Store, records.Renewal) error) (records.Renewal, error) {
	var decided records.Renewal
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &decided, func() error {
			r, err := tx.RenewalForUpdate(ctx, n.RenewalID, a.now())
			if err != nil {
				return err
			}
			if err := r.CheckEtag(n.Etag); err != nil {
				return err
			}
			facts, err := rule(r.Facts(), r.Today)
			if err != nil {
				return err
			}
			decided = r.Decided(facts, r.Today)
			if facts.LateApproved && r.LateApprover == "" {
				decided.LateApprover = caller.Person(ctx)
			}
			if err := save(tx, decided); err != nil {
				return err
			}
			return a.appendEvent(ctx, tx, events.Event{
				Kind: kind, ResourceID: decided.ID, Revision: int64(decided.Revision), Actor: caller.Actor(ctx), PartnerID: decided.PartnerID,
			}, decided)
		})
	})
	return decided, err
}
