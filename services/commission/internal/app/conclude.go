package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// reject stores a refusal, unless the contract has what the submission books all
// the same: then it was booked, and only the answer got lost.
func (a *App) reject(ctx context.Context, s records.Submission, refusal *fault.Error) (records.Submission, error) {
	whole, err := contract.Read(auth.ActFor(ctx, ""), a.subscriptions, s.SubscriptionID)
	if err != nil && !errors.Is(err, contract.ErrNotServed) {
		return s, err
	}
	deed := a.deedOf(s)
	if deed.shown(s, whole) {
		return a.book(ctx, s)
	}
	return a.conclude(ctx, s.ID, "submission.rejected", func(tx *postgres.Store, current records.Submission) (records.Submission, error) {
		if !current.Open() {
			return current, nil
		}
		rejected := current.Reject(deed.words(s, refusal), a.now())
		return rejected, tx.SaveRejection(ctx, rejected)
	})
}

// book stores that the contract has what the submission books, with its margin.
// It wins over a rejection that was stored meanwhile: the contract is the truth.
func (a *App) book(ctx context.Context, s records.Submission) (records.Submission, error) {
	return a.conclude(ctx, s.ID, "submission.booked", func(tx *postgres.Store, current records.Submission) (records.Submission, error) {
		if current.State == records.Booked {
			return current, nil
		}
		booked, err := a.deedOf(current).keep(ctx, tx, current.Book(a.now()))
		if err != nil {
			return current, err
		}
		if err := tx.SaveBooking(ctx, booked); err != nil {
			return current, err
		}
		return booked, a.bookedUnder(ctx, tx, booked)
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
