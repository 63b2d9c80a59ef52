package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// upkeepBatch bounds what a task of the clock takes on at once.
const upkeepBatch = 1000

// ExpireTransfers ends the requests whose last day has passed, and returns how
// many. Whoever looks sees them expired before; this is what tells the feed,
// and forgets the address of a contact that nobody will write to any more.
func (a *App) ExpireTransfers(ctx context.Context) (expired int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	var due []transfers.ID
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		due, err = tx.TransfersToExpire(ctx, a.today(), upkeepBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range due {
		if err := a.expireTransfer(ctx, id); err != nil {
			return expired, err
		}
		expired++
	}
	return expired, nil
}

func (a *App) expireTransfer(ctx context.Context, id transfers.ID) error {
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		current, err := tx.TransferForUpdate(ctx, id)
		if err != nil {
			return err
		}
		ended, ok := current.Expire(a.today())
		if !ok {
			return nil
		}
		if err := tx.EndTransfer(ctx, ended); err != nil {
			return err
		}
		if err := a.closeDelivery(ctx, tx, id); err != nil {
			return err
		}
		return a.recordTransfer(ctx, tx, "transfer.expired", ended)
	})
}

// SweepTransfers gives a job to each transfer that has something left to do and
// none, and returns how many. The kinds are the queue's names of the two jobs.
func (a *App) SweepTransfers(ctx context.Context, deliverKind, carryKind string) (swept int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		deliveries, err := tx.StrandedDeliveries(ctx, deliverKind, upkeepBatch)
		if err != nil {
			return err
		}
		for _, id := range deliveries {
			if err := a.jobs.DeliverConsent(ctx, tx.Tx(), id); err != nil {
				return err
			}
		}
		carries, err := tx.StrandedCarries(ctx, carryKind, upkeepBatch)
		if err != nil {
			return err
		}
		for _, id := range carries {
			if err := a.jobs.CarryOut(ctx, tx.Tx(), id); err != nil {
				return err
			}
		}
		swept = len(deliveries) + len(carries)
		return nil
	})
	return swept, err
}
