package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// followChange looks at what changed in the subscription since the submission
// was calculated. What does not concern it, such as a recorded quote, gives the
// submission a new etag, stored before it is used: whoever carries on must
// repeat the same request. Anything else makes the submission stale, for the
// reason that holds returns.
func (a *App) followChange(ctx context.Context, s records.Submission, holds func(records.Submission, contract.Contract) *fault.Error) (changed records.Submission, again bool, err error) {
	c, err := contract.Read(ctx, a.subscriptions, s.SubscriptionID)
	if errors.Is(err, contract.ErrNotServed) {
		s, err = a.reject(ctx, s, asFault(renewal.CheckPartner(s.PartnerID, "")))
		return s, false, err
	}
	if err != nil {
		return s, false, err
	}
	if a.deedOf(s).shown(s, c) {
		s, err = a.book(ctx, s)
		return s, false, err
	}
	if stale := holds(s, c); stale != nil {
		s, err = a.reject(ctx, s, stale)
		return s, false, err
	}
	return a.newEtag(ctx, s, c.Etag)
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

// stillRenews returns nil if a renewal's figures are those that the contract
// gives now. A quote's are binding.
func stillRenews(s records.Submission, c contract.Contract) *fault.Error {
	if err := c.CheckRunning(); err != nil {
		return asFault(err)
	}
	if err := renewal.CheckPartner(s.PartnerID, c.PartnerOn(s.Term.Start)); err != nil {
		return asFault(err)
	}
	old, there := c.Ending(s.Term.Start)
	if !there {
		return renewal.ErrPreviewStale.Because("the term that was to be renewed has another end by now; read the subscription again")
	}
	if s.QuoteID != "" {
		return nil
	}
	sale, err := c.Renewed(old).Sale(s.Wish(), s.Calculation.Mode, fixedRate(s))
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
