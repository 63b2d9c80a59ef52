package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// followChange looks at what changed in the subscription since the submission
// was calculated. What does not concern the renewal, such as a recorded quote,
// gives the submission a new etag, stored before it is used: whoever carries on
// must repeat the same request. Anything else makes the submission stale.
func (a *App) followChange(ctx context.Context, s records.Submission) (changed records.Submission, again bool, err error) {
	c, err := a.contract(ctx, s.SubscriptionID)
	if errors.Is(err, errNotServed) {
		s, err = a.reject(ctx, s, asFault(renewal.CheckPartner(s.PartnerID, "")))
		return s, false, err
	}
	if err != nil {
		return s, false, err
	}
	if next, there := c.starting(s.Term.Start); there && next.bookedBy == s.ID {
		s, err = a.book(ctx, s)
		return s, false, err
	}
	if stale := stillHolds(s, c); stale != nil {
		s, err = a.reject(ctx, s, stale)
		return s, false, err
	}
	return a.newEtag(ctx, s, c.etag)
}

func (a *App) newEtag(ctx context.Context, s records.Submission, etag string) (records.Submission, bool, error) {
	if err := a.at(beforeNewEtag); err != nil {
		return s, false, err
	}
	var current records.Submission
	err := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		if current, err = tx.SubmissionForUpdate(ctx, s.ID); err != nil || !current.Open() {
			return err
		}
		if current.SubscriptionEtag != s.SubscriptionEtag { // another driver was here
			return nil
		}
		current.SubscriptionEtag = etag
		return tx.SaveSubmissionEtag(ctx, s.ID, etag)
	})
	if err != nil {
		return s, false, err
	}
	return current, current.Open(), a.at(afterNewEtag)
}

// stillHolds returns nil if the submission's figures are those that the
// contract gives now. A quote's are binding.
func stillHolds(s records.Submission, c contract) *fault.Error {
	if !c.cancelDate.IsZero() {
		return renewal.ErrCancelled.Because(
			fmt.Sprintf("subscription %s is cancelled from %s; a new order starts a new one", s.SubscriptionID, c.cancelDate),
			"subscription_id", s.SubscriptionID, "cancel_date", c.cancelDate.String())
	}
	if err := renewal.CheckPartner(s.PartnerID, c.partnerOn(s.Term.Start)); err != nil {
		return asFault(err)
	}
	old, there := c.ending(s.Term.Start)
	if !there {
		return renewal.ErrPreviewStale.Because("the term that was to be renewed has another end by now; read the subscription again")
	}
	if s.QuoteID != "" {
		return nil
	}
	sale, err := c.renewed(old).Sale(renewal.Wish{Months: s.Months, Seats: s.Seats, Billing: s.Billing}, s.Calculation.Mode, fixedRate(s))
	if err != nil {
		return asFault(err)
	}
	now, err := margin.Calculate(sale)
	if err != nil {
		return asFault(err)
	}
	return asFault(renewal.CheckPreview(s.Calculation.Fingerprint, now.Fingerprint))
}

// fixedRate is the rate that the submission was calculated with: what happened
// to the relationship since is of no account to it.
func fixedRate(s records.Submission) margin.Rate {
	rate := margin.Rate{Locked: s.Calculation.Locked, LockedOn: s.Term.Start}
	if s.Calculation.Cap != nil {
		rate.Cap = &margin.Cap{Rate: *s.Calculation.Cap}
	}
	return rate
}

// asFault returns the refusal within err, or nil for none.
func asFault(err error) *fault.Error {
	refusal, ok := fault.Of(err)
	if !ok {
		return nil
	}
	return refusal
}
