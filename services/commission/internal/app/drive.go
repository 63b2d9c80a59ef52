package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	// driveTime bounds what a caller waits for the commit point. The job goes on.
	driveTime = 8 * time.Second
	// driveAttempts bounds how often a drive follows changes that do not concern the
	// submission; the job comes back.
	driveAttempts = 4
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

// drive asks the contract and stores the answer. It works as the system for the
// submission's partner, whoever called.
func (a *App) drive(ctx context.Context, s records.Submission) (records.Submission, error) {
	ctx = auth.ActFor(pg.WithScope(ctx, pg.System()), s.PartnerID)
	deed := a.deedOf(s)
	for range driveAttempts {
		if err := a.at(beforeCommit); err != nil {
			return s, err
		}
		asked, err := deed.commit(ctx, s)
		if failed := a.at(afterCommit); failed != nil {
			return s, failed
		}
		switch s = asked; {
		case err == nil && !s.Open():
			return s, nil
		case err == nil:
			return a.book(ctx, s)
		}
		refusal, err := lastWord(rpcerr.FromStatus(err))
		if err != nil {
			return s, fmt.Errorf("commit submission %s of subscription %s: %w", s.ID, s.SubscriptionID, err)
		}
		now, again, err := deed.follow(ctx, s, refusal)
		switch {
		case err != nil:
			return s, err
		case !now.Open():
			return now, nil
		case !again:
			return a.reject(ctx, s, refusal)
		}
		s = now
	}
	return s, errUndecided
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
	"COTERM_DATE_OUT_OF_RANGE", "SEAT_REDUCTION_AT_RENEWAL_ONLY", "PRODUCT_UNKNOWN", "UPLIFT_BPS_OUT_OF_RANGE", "ALREADY_EXISTS",
	"DOMAIN_INVALID", "COUNTRY_UNKNOWN", "TIME_ZONE_INVALID",
}

// lastWord tells a refusal that stays from an answer that is not known.
func lastWord(err error) (*fault.Error, error) {
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != etagMismatch && !slices.Contains(final, refusal.Reason) {
		return nil, err
	}
	return refusal, nil
}
