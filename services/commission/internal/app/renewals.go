package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
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
	f.PartnerID = caller.Whose(ctx, f.PartnerID)
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
	f.PartnerID = caller.Whose(ctx, f.PartnerID)
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
			held, err := tx.RelationshipsOf(ctx, p.Renewal.SubscriptionID)
			if err != nil {
				return err
			}
			p.Calculation, _, err = appraisal{
				grounds: g, offer: o, renewal: p.Renewal, held: held[p.Renewal.SubscriptionID], expected: expected, quote: tx.Quote,
			}.decide(ctx)
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
// which it does for three different failures at most. remedy returns false for a
// failure that it can't help.
func patiently[T any](attempt func() (T, error), remedy func(error) (bool, error)) (T, error) {
	for range 3 {
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

// catchUp is the remedy for tables that are behind what customer and partner
// say: a renewal that the feed has not brought yet, a relationship that a change
// of partner began, a case that is not over.
func (a *App) catchUp(ctx context.Context, g grounds, relationship func() error) func(error) (bool, error) {
	return func(err error) (bool, error) {
		var unread caseUnread
		switch {
		case errors.As(err, &unread):
			g.fresh[unread.relationship.ID] = true
			return true, a.refreshCase(ctx, unread.relationship)
		case errors.Is(err, errRelationshipMissing):
			return true, relationship()
		case g.missed(err):
			return true, a.refreshBook(ctx, g.contract.ID)
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
