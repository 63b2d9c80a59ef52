package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

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
