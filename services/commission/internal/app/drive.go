package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// step is a boundary between two effects of the saga: a process may die at any
// of them, and another carries on.
type step string

// The steps, in their order.
const (
	beforeStore    step = "before the submission is stored"
	afterStore     step = "after the submission is stored"
	beforeRenew    step = "before the contract is asked to renew"
	afterRenew     step = "after the contract was asked to renew"
	beforeNewEtag  step = "before the new etag is stored"
	afterNewEtag   step = "after the new etag is stored"
	beforeConclude step = "before the outcome is stored"
	afterConclude  step = "after the outcome is stored"
)

func (a *App) at(s step) error {
	if a.fail == nil {
		return nil
	}
	return a.fail(s)
}

const (
	// driveTime bounds what a caller waits for the commit point. The job goes on.
	driveTime = 8 * time.Second
	// etagAttempts bounds how often a drive follows changes that do not concern
	// the renewal; the job comes back.
	etagAttempts = 4
)

// errUndecided is returned by a drive that ended without an outcome.
var errUndecided = errors.New("the contract's answer is not known yet")

// driveNow drives a submission for a caller who waits: to its end even if the
// caller has gone, but not for ever. What it could not decide, the job will.
func (a *App) driveNow(ctx context.Context, s records.Submission) records.Submission {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), driveTime)
	defer cancel()
	driven, err := a.drive(ctx, s)
	if err != nil {
		return s
	}
	return driven
}

// BookSubmission drives a stored submission to BOOKED or REJECTED. It may run at
// any time, any number of times and by several at once. An error means that it
// has to run again.
func (a *App) BookSubmission(ctx context.Context, id string) error {
	ctx = pg.WithScope(ctx, pg.System())
	s, err := a.GetSubmission(ctx, id)
	if err != nil || !s.Open() {
		return err
	}
	_, err = a.drive(ctx, s)
	return err
}

// drive asks the contract to renew and stores the answer. It works as the
// system for the submission's partner, whoever called.
func (a *App) drive(ctx context.Context, s records.Submission) (records.Submission, error) {
	ctx = auth.ActFor(pg.WithScope(ctx, pg.System()), s.PartnerID)
	for range etagAttempts {
		if err := a.at(beforeRenew); err != nil {
			return s, err
		}
		_, err := a.subscriptions.RenewSubscription(ctx, renewRequest(s))
		if failed := a.at(afterRenew); failed != nil {
			return s, failed
		}
		if err == nil {
			return a.book(ctx, s)
		}
		refusal, err := lastWord(rpcerr.FromStatus(err))
		switch {
		case err != nil:
			return s, fmt.Errorf("renew subscription %s: %w", s.SubscriptionID, err)
		case refusal.Reason != etagMismatch:
			return a.reject(ctx, s, refusal)
		}
		var again bool
		if s, again, err = a.followChange(ctx, s); err != nil || !again {
			return s, err
		}
	}
	return s, errUndecided
}

func renewRequest(s records.Submission) *customerv1.RenewSubscriptionRequest {
	return &customerv1.RenewSubscriptionRequest{
		SubscriptionId: s.SubscriptionID, ExpectedPartnerId: s.PartnerID, Etag: s.SubscriptionEtag, StartDate: s.Term.Start.String(),
		TermMonths: int32(s.Months), Seats: s.Seats, UnitPrice: moneyOf(s.UnitPrice), Billing: protoBilling(s.Billing), RequestId: s.ID,
	}
}

const etagMismatch fault.Reason = "ETAG_MISMATCH"

// final are the contract's refusals that stay: repeating the same request gets
// the same answer. Everything else (an unreachable or overloaded service, an
// expired token, a key that another driver holds, an error of ours) tells
// nothing about the contract, and the job goes on.
var final = []fault.Reason{
	"NOT_FOUND", "PARTNER_CHANGED", "SUBSCRIPTION_CANCELLED", "TERM_ALREADY_RENEWED", "CUSTOMER_MERGED", "STATE_INVALID",
	"REQUEST_INVALID", "DATE_INVALID", "TERM_UNSUPPORTED", "TERM_EMPTY", "SEATS_NOT_POSITIVE", "CURRENCY_MISMATCH",
	"CURRENCY_UNSUPPORTED", "AMOUNT_INVALID", "AMOUNT_NEGATIVE", "AMOUNT_OUT_OF_RANGE", "AMOUNT_TOO_PRECISE",
}

// lastWord tells a refusal that stays from an answer that is not known.
func lastWord(err error) (*fault.Error, error) {
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != etagMismatch && !slices.Contains(final, refusal.Reason) {
		return nil, err
	}
	return refusal, nil
}

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

// reject stores a refusal, unless the contract has the submission's term all the
// same: then it was booked, and only the answer got lost.
func (a *App) reject(ctx context.Context, s records.Submission, refusal *fault.Error) (records.Submission, error) {
	whole, err := a.contract(auth.ActFor(ctx, ""), s.SubscriptionID)
	if err != nil && !errors.Is(err, errNotServed) {
		return s, err
	}
	if next, there := whole.starting(s.Term.Start); there && next.bookedBy == s.ID {
		return a.book(ctx, s)
	}
	return a.conclude(ctx, s.ID, "submission.rejected", func(tx *postgres.Store, current records.Submission) (records.Submission, error) {
		if !current.Open() {
			return current, nil
		}
		rejected := current.Reject(forCaller(s, refusal), a.now())
		return rejected, tx.SaveRejection(ctx, rejected)
	})
}

// forCaller puts a refusal of the contract into the words of renewals.
func forCaller(s records.Submission, refusal *fault.Error) *fault.Error {
	switch refusal.Reason {
	case "TERM_ALREADY_RENEWED":
		return renewal.ErrAlreadySubmitted.Because("the term from "+s.Term.Start.String()+" is contract already; read the subscription to see it",
			"renewal_id", s.RenewalID)
	case "NOT_FOUND":
		return asFault(renewal.CheckPartner(s.PartnerID, ""))
	}
	return refusal
}

// book stores that the contract has the term, with its margin. It wins over a
// rejection that was stored meanwhile: the contract is the truth.
func (a *App) book(ctx context.Context, s records.Submission) (records.Submission, error) {
	return a.conclude(ctx, s.ID, "submission.booked", func(tx *postgres.Store, current records.Submission) (records.Submission, error) {
		if current.State == records.Booked {
			return current, nil
		}
		booked := current.Book(a.now())
		if err := tx.SaveBooking(ctx, booked); err != nil {
			return current, err
		}
		return booked, a.closeQuote(ctx, tx, booked)
	})
}

func (a *App) conclude(ctx context.Context, id, kind string, decide func(*postgres.Store, records.Submission) (records.Submission, error)) (records.Submission, error) {
	if err := a.at(beforeConclude); err != nil {
		return records.Submission{}, err
	}
	var concluded records.Submission
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		current, err := tx.SubmissionForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if concluded, err = decide(tx, current); err != nil || concluded.Revision == current.Revision {
			return err
		}
		return a.appendSubmission(ctx, tx, kind, concluded)
	})
	if err != nil {
		return concluded, err
	}
	return concluded, a.at(afterConclude)
}
