package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// RenewalOrder is the order of a list of renewals.
type RenewalOrder int

// The orders.
const (
	ByDueDate RenewalOrder = iota
	ByValue                // renewal net, highest first, within one currency
)

// ListRenewals returns up to limit renewals after a key, nil for the first
// page, as they stand today.
func (a *App) ListRenewals(ctx context.Context, f postgres.RenewalFilter, order RenewalOrder, after *postgres.RenewalKey, limit int) ([]records.Renewal, error) {
	var list []records.Renewal
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if order == ByValue {
			list, err = tx.RenewalsByValue(ctx, f, a.now(), after, limit)
			return err
		}
		list, err = tx.RenewalsByDue(ctx, f, a.now(), after, limit)
		return err
	})
	return list, err
}

// SummarizeRenewals adds up all renewals that fit, by state and currency.
func (a *App) SummarizeRenewals(ctx context.Context, f postgres.RenewalFilter) ([]records.RenewalSums, error) {
	var sums []records.RenewalSums
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		sums, err = tx.SumRenewals(ctx, f, a.now())
		return err
	})
	return sums, err
}

// GetRenewal returns a renewal as it stands today, or records.ErrNoRenewal.
func (a *App) GetRenewal(ctx context.Context, id string) (records.Renewal, error) {
	var found records.Renewal
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Renewal(ctx, id, a.now())
		return err
	})
	return found, err
}

// Preview is a renewal with what a submission would book.
type Preview struct {
	Renewal     records.Renewal
	Calculation records.Calculation
}

// PreviewRenewal decides as SubmitRenewal does, and stores nothing.
func (a *App) PreviewRenewal(ctx context.Context, o Offer) (Preview, error) {
	g := a.lookUp(ctx, o.RenewalID)
	var expected *records.Relationship
	return patiently(func() (Preview, error) {
		var p Preview
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			if p.Renewal, err = tx.Renewal(ctx, o.RenewalID, a.now()); err != nil {
				return err
			}
			p.Calculation, _, err = a.appraise(ctx, tx, appraisal{grounds: g, offer: o, renewal: p.Renewal, expected: expected, quote: tx.Quote})
			return err
		})
		return p, err
	}, a.catchUp(ctx, g, func() error {
		begun, err := a.ExpectedRelationship(ctx, g.tenure())
		expected = &begun
		return err
	}))
}

// patiently tries an attempt again after remedy has removed what made it fail,
// which it does for two different failures at most. remedy returns false for a
// failure that it can't help.
func patiently[T any](attempt func() (T, error), remedy func(error) (bool, error)) (T, error) {
	for range 2 {
		result, err := attempt()
		if err == nil {
			return result, nil
		}
		helped, failed := remedy(err)
		if !helped {
			return result, err
		}
		if failed != nil {
			return result, failed
		}
	}
	return attempt()
}

// catchUp is the remedy for tables that are behind what customer says: a
// renewal that the feed has not brought yet, a relationship that a change of
// partner began.
func (a *App) catchUp(ctx context.Context, g grounds, relationship func() error) func(error) (bool, error) {
	return func(err error) (bool, error) {
		switch {
		case errors.Is(err, errRelationshipMissing):
			return true, relationship()
		case g.missed(err):
			return true, a.refreshBook(ctx, g.contract.id)
		}
		return false, nil
	}
}

// ensured is the remedy that stores the missing relationship.
func (a *App) ensured(ctx context.Context, g grounds) func() error {
	return func() error {
		_, err := a.EnsureRelationship(ctx, g.tenure())
		return err
	}
}

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
				decided.LateApprover = person(ctx)
			}
			if err := save(tx, decided); err != nil {
				return err
			}
			return a.appendEvent(ctx, tx, events.Event{
				Kind: kind, ResourceID: decided.ID, Revision: int64(decided.Revision), Actor: actor(ctx), PartnerID: decided.PartnerID,
			}, decided)
		})
	})
	return decided, err
}

// appendEvent adds an event with its resource as it is after the change.
func (a *App) appendEvent(ctx context.Context, tx *postgres.Store, e events.Event, resource any) error {
	snapshot, err := json.Marshal(resource)
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", e.ResourceID, err)
	}
	e.OccurredAt, e.Snapshot = a.now(), snapshot
	return events.Append(ctx, tx.Tx(), e)
}
