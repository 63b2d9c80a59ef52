package finance

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// PostPayouts posts the payouts of an approved batch, each in a transaction of
// its own, and then marks the batch INSTRUCTED. It may run at any time, any
// number of times and by several at once: a payout is posted by whoever locks it
// first. An error means that it has to run again.
func (a *App) PostPayouts(ctx context.Context, batchID string) error {
	ctx = caller.AsItself(ctx)
	var left []payout.Payout
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		b, err := tx.PayoutBatch(ctx, batchID)
		if err != nil || b.State != payout.BatchApproved {
			return err
		}
		left, err = tx.PayoutsOf(ctx, batchID, payout.Proposed)
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range left {
		if err := a.postPayout(ctx, p); err != nil {
			return fmt.Errorf("post payout %s: %w", p.ID, err)
		}
	}
	if err := a.at(afterPayouts); err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *postgres.Store) error { return a.advanceBatch(ctx, tx, batchID) })
}

// postPayout posts a payout if all is as it was approved, and skips it
// otherwise. The account is looked at before the transaction: once more when the
// file is made, since no number is kept here.
func (a *App) postPayout(ctx context.Context, p payout.Payout) error {
	if err := a.at(beforePayout); err != nil {
		return err
	}
	found, known, err := a.destination(ctx, p.PartnerID, p.Amount.Currency, p.ExecuteOn)
	if err != nil {
		return err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		locked, err := tx.PayoutsForUpdate(ctx, p.ID)
		if err != nil || locked[p.ID].State != payout.Proposed {
			return err // somebody else was faster
		}
		latest, err := latestOf(ctx, tx, p)
		if err != nil {
			return err
		}
		posted := locked[p.ID].Post(payout.Posting{Due: dueOf(latest), Account: accountOf(found), Found: known, At: a.now(), Today: a.moneyDay()})
		if posted.State == payout.Skipped {
			return a.skipPayout(ctx, tx, posted)
		}
		return a.settlePayouts(ctx, tx, posted)
	})
	if err != nil {
		return err
	}
	return a.at(afterPayout)
}

// latestOf returns the latest closed statement of a payout's partner and
// currency. Whoever closes the next one or disputes a line waits, or was faster.
func latestOf(ctx context.Context, tx *postgres.Store, p payout.Payout) (statement.Statement, error) {
	currency := string(p.Amount.Currency)
	if err := tx.LockStatements(ctx, p.PartnerID, currency); err != nil {
		return statement.Statement{}, err
	}
	return tx.LatestStatementForUpdate(ctx, p.PartnerID, currency)
}

// dueOf is a statement as payouts see it.
func dueOf(s statement.Statement) payout.Due {
	return payout.Due{
		StatementID: s.ID, PartnerID: s.PartnerID, Document: s.DocumentNumber, Month: s.Month.First(), Open: s.State == statement.Closed,
		Closing: s.Amount(s.ClosingMinor), Paid: s.Amount(s.PaidMinor), Held: s.Amount(s.HeldMinor), Minimum: s.Amount(s.MinimumMinor),
	}
}

// skipPayout saves that a payout is not posted.
func (a *App) skipPayout(ctx context.Context, tx *postgres.Store, p payout.Payout) error {
	if err := tx.SavePayouts(ctx, p); err != nil {
		return err
	}
	return a.appendEvent(ctx, tx, events.Event{
		Kind: "payout.skipped", ResourceID: p.ID, Revision: int64(p.Revision), Actor: caller.Actor(ctx), PartnerID: p.PartnerID,
	}, p)
}

// advanceBatch brings a batch to the state that its payouts have come to.
func (a *App) advanceBatch(ctx context.Context, tx *postgres.Store, id string) error {
	b, err := tx.PayoutBatchForUpdate(ctx, id)
	if err != nil {
		return err
	}
	before := b.State
	advanced, moved := b.Advance(a.now())
	if !moved {
		return nil
	}
	if err := tx.SavePayoutBatch(ctx, advanced); err != nil {
		return err
	}
	if before == payout.BatchApproved {
		if err := a.appendBatch(ctx, tx, "payout_batch.instructed", advanced); err != nil {
			return err
		}
	}
	if advanced.State == payout.BatchCompleted {
		return a.appendBatch(ctx, tx, "payout_batch.completed", advanced)
	}
	return nil
}

// SweepPayouts gives a job to each approved batch that is not posted and has
// none, and returns how many.
func (a *App) SweepPayouts(ctx context.Context, jobKind string) (swept int, err error) {
	ctx = caller.AsItself(ctx)
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		stranded, err := tx.StrandedBatches(ctx, a.now().Add(-sweepAge), jobKind, sweepBatch)
		if err != nil {
			return err
		}
		swept = len(stranded)
		for _, id := range stranded {
			if err := a.jobs.PostPayouts(ctx, tx.Tx(), id); err != nil {
				return err
			}
		}
		return nil
	})
	return swept, err
}
