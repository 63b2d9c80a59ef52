package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

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
