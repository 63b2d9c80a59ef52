package app

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Order asks to book an offer. Etag is that of the renewal that the caller has
// read; empty if it does not ask.
type Order struct {
	Offer
	PartnerReference string
	Etag             string
}

// SubmitRenewal stores a submission of the order and drives it. It returns the
// submission booked, or, when the commit point does not answer in time, on its
// way; a refusal is an error that names the submission. A call with the key of
// an earlier one gets the same submission as it stands by now.
func (a *App) SubmitRenewal(ctx context.Context, o Order) (records.Submission, error) {
	g := a.lookUp(ctx, o.RenewalID)
	submission, err := patiently(func() (records.Submission, error) {
		return a.submit(ctx, func(tx *postgres.Store) (records.Submission, error) { return a.acceptedRenewal(ctx, tx, g, o) })
	}, a.catchUp(ctx, g, a.ensured(ctx, g)))
	return a.driven(ctx, submission, err)
}

// driven drives a submission that was accepted, and returns its refusal as an
// error.
func (a *App) driven(ctx context.Context, s records.Submission, refused error) (records.Submission, error) {
	if refused != nil {
		return records.Submission{}, refused
	}
	if s.Open() {
		s = a.driveNow(ctx, s)
	}
	return s, s.Refusal()
}

// reference is what the idempotency key remembers: the submission goes on.
type reference struct {
	SubmissionID string `json:"submission_id"`
}

// submit stores idempotency key, submission, calculation, event and job in one
// transaction, or finds the submission that an earlier call with the key made.
// accept decides.
func (a *App) submit(ctx context.Context, accept func(*postgres.Store) (records.Submission, error)) (records.Submission, error) {
	if err := a.at(beforeStore); err != nil {
		return records.Submission{}, err
	}
	var submission records.Submission
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		submission = records.Submission{}
		var ref reference
		err := idem.Do(ctx, tx.Tx(), &ref, func() (err error) {
			if submission, err = accept(tx); err != nil {
				return err
			}
			ref.SubmissionID = submission.ID
			return a.addSubmission(ctx, tx, submission)
		})
		if err != nil || submission.ID != "" {
			return err
		}
		submission, err = tx.Submission(ctx, ref.SubmissionID)
		return err
	})
	if err != nil {
		return records.Submission{}, err
	}
	return submission, a.at(afterStore)
}

// addSubmission adds what comes of an accepted submission to the transaction.
func (a *App) addSubmission(ctx context.Context, tx *postgres.Store, s records.Submission) error {
	if err := tx.AddSubmission(ctx, s); err != nil {
		return err
	}
	if err := a.appendSubmission(ctx, tx, "submission.submitted", s); err != nil {
		return err
	}
	return a.jobs.BookSubmission(ctx, tx.Tx(), s.ID)
}

// acceptedRenewal decides the order. The renewal is locked, so that of many at
// once each sees the one before.
func (a *App) acceptedRenewal(ctx context.Context, tx *postgres.Store, g grounds, o Order) (records.Submission, error) {
	r, held, err := tx.RenewalForSale(ctx, o.RenewalID, a.now())
	if err != nil {
		return records.Submission{}, err
	}
	if err := r.CheckEtag(o.Etag); err != nil {
		return records.Submission{}, err
	}
	calculation, quote, err := appraisal{grounds: g, offer: o.Offer, renewal: r, held: held, quote: tx.QuoteForUpdate}.decide(ctx)
	if err != nil {
		return records.Submission{}, err
	}
	submission := a.newSubmission(ctx, records.OfRenewal, calculation)
	submission.RenewalID, submission.SubscriptionEtag, submission.PartnerReference = g.renewalID, g.contract.Etag, o.PartnerReference
	if quote != nil {
		submission.QuoteID = quote.ID
	}
	return submission, nil
}

// newSubmission is what all kinds of submissions have in common.
func (a *App) newSubmission(ctx context.Context, kind records.Kind, c records.Calculation) records.Submission {
	now := a.now()
	if c.ID == "" { // not a quote's
		c.ID, c.CreateTime = ident.New("cal_"), now
	}
	return records.Submission{
		ID: ident.New(records.SubmissionPrefix), Kind: kind, SubscriptionID: c.SubscriptionID, PartnerID: c.PartnerID, State: records.Submitted,
		Term: c.Term, Months: c.Months, Seats: c.Seats, UnitPrice: c.UnitPrice, Billing: c.Billing, Calculation: c,
		Actor: caller.Actor(ctx), Revision: 1, CreateTime: now,
	}
}

func (a *App) appendSubmission(ctx context.Context, tx *postgres.Store, kind string, s records.Submission) error {
	return a.appendEvent(ctx, tx, events.Event{
		Kind: kind, ResourceID: s.ID, Revision: int64(s.Revision), Actor: s.Actor, PartnerID: s.PartnerID,
	}, s)
}

// BatchItem is one order of many, with its own context, which carries its
// idempotency key.
type BatchItem struct {
	Ctx   context.Context
	Order Order
}

// Outcome is what became of an item.
type Outcome struct {
	Submission records.Submission
	Err        error
}

// batchParallel is how many items of a batch are at work at once: enough to
// hide the calls' latency, few enough to leave connections to others.
const batchParallel = 4

// BatchSubmitRenewals submits each order on its own.
func (a *App) BatchSubmitRenewals(items []BatchItem) []Outcome {
	outcomes := make([]Outcome, len(items))
	var work errgroup.Group
	work.SetLimit(batchParallel)
	for i, item := range items {
		work.Go(func() error {
			outcomes[i].Submission, outcomes[i].Err = a.SubmitRenewal(item.Ctx, item.Order)
			return nil
		})
	}
	_ = work.Wait() // each error stands with its item
	return outcomes
}

// GetSubmission returns a submission, or records.ErrNoSubmission.
func (a *App) GetSubmission(ctx context.Context, id string) (records.Submission, error) {
	var found records.Submission
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Submission(ctx, id)
		return err
	})
	return found, err
}

// ListSubmissions returns up to limit submissions before an id, newest first.
func (a *App) ListSubmissions(ctx context.Context, f postgres.SubmissionFilter, before string, limit int) ([]records.Submission, error) {
	var list []records.Submission
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Submissions(ctx, f, before, limit)
		return err
	})
	return list, err
}
