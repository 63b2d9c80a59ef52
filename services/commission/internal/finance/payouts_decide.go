package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// ApprovePayoutBatch approves what another person has proposed, with the job
// that posts the payouts.
func (a *App) ApprovePayoutBatch(ctx context.Context, id, etag string) (payout.Batch, error) {
	return a.decideBatch(ctx, id, etag, "payout_batch.approved", func(tx *postgres.Store, b payout.Batch, d payout.Decision) (payout.Batch, error) {
		approved, err := b.Approve(d)
		if err != nil {
			return b, err
		}
		if err := tx.SavePayoutBatch(ctx, approved); err != nil {
			return b, err
		}
		return approved, a.jobs.PostPayouts(ctx, tx.Tx(), id)
	})
}

// CancelPayoutBatch gives a proposed batch up, with its payouts.
func (a *App) CancelPayoutBatch(ctx context.Context, id, etag string) (payout.Batch, error) {
	return a.decideBatch(ctx, id, etag, "payout_batch.cancelled", func(tx *postgres.Store, b payout.Batch, d payout.Decision) (payout.Batch, error) {
		cancelled, err := b.Cancel(d)
		if err != nil {
			return b, err
		}
		if err := tx.SavePayoutBatch(ctx, cancelled); err != nil {
			return b, err
		}
		if err := tx.CancelPayouts(ctx, id, d.At); err != nil {
			return b, err
		}
		cancelled.Sums = []payout.Sum{{State: payout.Cancelled, Count: b.Count, Total: b.Total}}
		return cancelled, nil
	})
}

// decideBatch decides about a batch that it has locked; decide saves it.
func (a *App) decideBatch(ctx context.Context, id, etag, kind string,
	decide func(*postgres.Store, payout.Batch, payout.Decision) (payout.Batch, error),
) (payout.Batch, error) {
	var decided payout.Batch
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &decided, func() error {
			current, err := tx.PayoutBatchForUpdate(ctx, id)
			if err != nil {
				return err
			}
			if err := current.Revision.Check(etag); err != nil {
				return err
			}
			decided, err = decide(tx, current, payout.Decision{By: caller.Person(ctx), At: a.now(), Today: a.moneyDay()})
			if err != nil {
				return err
			}
			return a.appendBatch(ctx, tx, kind, decided)
		})
	})
	return decided, err
}
