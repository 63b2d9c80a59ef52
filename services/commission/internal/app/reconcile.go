package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	// sweepAge is how old an undecided submission is before the sweeper looks
	// for its job.
	sweepAge = time.Minute
	// feedLag is how far the book may be behind before the reconciler wonders.
	feedLag = 10 * time.Minute
	// reconcileSpan is how far back bookings are compared. A backup that is
	// restored is younger.
	reconcileSpan = 35 * 24 * time.Hour
	sweepBatch    = 1000
)

// JobKinds are the queue's names of the jobs that a submission may need.
type JobKinds struct {
	Book   string // drives it
	Record string // tells partner of a booked order
}

// Sweep gives a job to each submission that has something to be done and no job
// for it, and returns how many.
func (a *App) Sweep(ctx context.Context, kinds JobKinds) (swept int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		before := a.now().Add(-sweepAge)
		stranded, err := tx.StrandedSubmissions(ctx, before, kinds.Book, sweepBatch)
		if err != nil {
			return err
		}
		untold, err := tx.UntoldOrders(ctx, before, kinds.Record, sweepBatch)
		if err != nil {
			return err
		}
		swept = len(stranded) + len(untold)
		for _, id := range stranded {
			if err := a.jobs.BookSubmission(ctx, tx.Tx(), id); err != nil {
				return err
			}
		}
		for _, id := range untold {
			if err := a.jobs.RecordOrder(ctx, tx.Tx(), id); err != nil {
				return err
			}
		}
		return nil
	})
	return swept, err
}

// Reconcile compares what is booked here with the contracts. Each difference is
// repaired where that is possible, and is an error of the result where it is
// not. After a restored backup of either side, this is what brings them
// together again.
func (a *App) Reconcile(ctx context.Context) (repaired int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	var unshown []string
	var unknown []postgres.UnknownBooking
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		now := a.now()
		if unshown, err = tx.UnshownBookings(ctx, now.Add(-reconcileSpan), now.Add(-feedLag), sweepBatch); err != nil {
			return err
		}
		unknown, err = tx.UnknownBookings(ctx, sweepBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, id := range unshown {
		problems = append(problems, a.commitAgain(ctx, id))
	}
	for _, booking := range unknown {
		problems = append(problems, a.adopt(ctx, booking))
	}
	for _, problem := range problems {
		if problem == nil {
			repaired++
		}
	}
	return repaired, errors.Join(problems...)
}

// commitAgain repeats the request of a booked submission: a contract that has
// what it booked answers as it did, one that has lost it gets it again.
func (a *App) commitAgain(ctx context.Context, id string) error {
	s, err := a.GetSubmission(ctx, id)
	if err != nil {
		return err
	}
	deed := a.deedOf(s)
	c, err := contract.Read(ctx, a.subscriptions, s.SubscriptionID)
	switch {
	case errors.Is(err, contract.ErrNotServed): // an order's is lost as a whole
	case err != nil:
		return err
	case deed.shown(s, c):
		return nil // the book is behind
	}
	ctx = auth.ActFor(ctx, s.PartnerID)
	_, err = deed.commit(ctx, s)
	if refusal, ok := fault.Of(rpcerr.FromStatus(err)); ok && refusal.Reason == etagMismatch {
		s.SubscriptionEtag = "" // the contract's revisions began anew
		_, err = deed.commit(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("submission %s is booked, but its contract does not have it: %w", id, err)
	}
	return nil
}

// adopt books a submission that is contract. A submission that is gone can't
// be: what it earned has to be entered by people.
func (a *App) adopt(ctx context.Context, b postgres.UnknownBooking) error {
	if b.State == "" {
		return fmt.Errorf("a term of subscription %s is contract by submission %s, which is not stored here", b.SubscriptionID, b.SubmissionID)
	}
	s, err := a.GetSubmission(ctx, b.SubmissionID)
	if err != nil {
		return err
	}
	_, err = a.book(ctx, s)
	return err
}
