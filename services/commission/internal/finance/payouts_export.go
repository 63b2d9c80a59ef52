package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
)

// ExportPayoutBatch returns the order by which the bank is asked to pay a batch.
// The first export fixes what is in it: the debtor, and the payouts that wait for
// the bank. The numbers of the accounts are asked for each time and kept nowhere.
func (a *App) ExportPayoutBatch(ctx context.Context, id string) (bankfile.Order, error) {
	b, waiting, err := a.exported(ctx, id)
	if err != nil {
		return bankfile.Order{}, err
	}
	if b.ExportTime.IsZero() {
		if err := a.fixFile(ctx, id, waiting); err != nil {
			return bankfile.Order{}, err
		}
	}
	return a.order(ctx, b)
}

// exported reads a batch that can be exported, with the payouts that wait for
// the bank.
func (a *App) exported(ctx context.Context, id string) (b payout.Batch, waiting []payout.Payout, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if b, err = tx.PayoutBatch(ctx, id); err != nil {
			return err
		}
		if err := b.CheckExport(); err != nil {
			return err
		}
		waiting, err = tx.PayoutsOf(ctx, id, payout.Instructed)
		return err
	})
	return b, waiting, err
}

// fixFile fixes what is in a batch's file, unless somebody else was faster. That
// an account was closed must be found out before.
func (a *App) fixFile(ctx context.Context, id string, waiting []payout.Payout) error {
	if a.debtor.Holder == "" {
		return payout.ErrDebtorMissing.Because("no account is configured that payouts are paid from; set COMMISSION_PAYOUT_DEBTOR_NAME and the account's numbers")
	}
	if _, err := a.transfersOf(ctx, waiting); err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		b, err := tx.PayoutBatchForUpdate(ctx, id)
		if err != nil || !b.ExportTime.IsZero() {
			return err
		}
		fixed := b.Exported(a.now())
		filed, err := tx.FixFile(ctx, fixed, a.debtor)
		switch {
		case err != nil:
			return err
		case filed == 0:
			return payout.ErrState.Because("no payout of batch " + id + " waits for the bank; there is nothing to export")
		}
		return a.appendBatch(ctx, tx, "payout_batch.exported", fixed)
	})
}

// order reads the file of a batch, which is fixed.
func (a *App) order(ctx context.Context, b payout.Batch) (bankfile.Order, error) {
	o := bankfile.Order{ID: b.ID, CreateTime: b.ApproveTime, ExecuteOn: b.ExecuteOn, Currency: b.Currency}
	var filed []payout.Payout
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		o.Debtor, filed, err = tx.FileOf(ctx, b.ID)
		return err
	})
	if err != nil {
		return o, err
	}
	o.Transfers, err = a.transfersOf(ctx, filed)
	return o, err
}
