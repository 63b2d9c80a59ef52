package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Ids that a bank gets have no underscore: not every bank takes it.
const (
	batchPrefix  = "pob-"
	payoutPrefix = "pay-"
)

// NewBatch asks for a batch. PartnerID is empty for all partners.
type NewBatch struct {
	Currency  string
	PartnerID string
	ExecuteOn calendar.Date
	Only      bool // only to see what it would be
}

// CreatePayoutBatch proposes a batch of all that is payable.
func (a *App) CreatePayoutBatch(ctx context.Context, n NewBatch) (payout.Batch, error) {
	proposal, refused := a.proposal(ctx, n)
	if n.Only {
		return a.previewBatch(ctx, proposal, refused)
	}
	var proposed payout.Batch
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &proposed, func() (err error) {
			if refused != nil {
				return refused
			}
			if err := tx.LockProposals(ctx, proposal.Currency); err != nil {
				return err
			}
			if proposed, err = propose(ctx, tx, proposal); err != nil {
				return err
			}
			return a.addBatch(ctx, tx, &proposed)
		})
	})
	return proposed, err
}

// proposal asks partner for the accounts of those who are due something, before
// any transaction begins. Who comes to be due something meanwhile waits for the
// next batch.
func (a *App) proposal(ctx context.Context, n NewBatch) (payout.Proposal, error) {
	currency, err := money.ParseCurrency(n.Currency)
	if err != nil {
		return payout.Proposal{}, fault.At("currency_code", err)
	}
	p := payout.Proposal{
		Currency: currency, PartnerID: n.PartnerID, ExecuteOn: n.ExecuteOn, By: caller.Person(ctx), At: a.now(), Today: a.moneyDay(),
		NewID: func() string { return ident.New(payoutPrefix) },
	}
	if err := p.Check(); err != nil {
		return p, err
	}
	var due []payout.Due
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		due, err = tx.Due(ctx, currency, n.PartnerID)
		return err
	})
	if err != nil {
		return p, err
	}
	p.Accounts, err = a.accountsFor(ctx, p, due)
	return p, err
}

func propose(ctx context.Context, tx *postgres.Store, p payout.Proposal) (payout.Batch, error) {
	due, err := tx.Due(ctx, p.Currency, p.PartnerID)
	if err != nil {
		return payout.Batch{}, err
	}
	return p.Propose(due)
}

// previewBatch returns the batch without ids, since it will never be.
func (a *App) previewBatch(ctx context.Context, p payout.Proposal, refused error) (preview payout.Batch, err error) {
	if refused != nil {
		return preview, refused
	}
	p.NewID = func() string { return "" }
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		preview, err = propose(ctx, tx, p)
		return err
	})
	return preview, err
}

func (a *App) addBatch(ctx context.Context, tx *postgres.Store, b *payout.Batch) error {
	if b.Count == 0 {
		return payout.ErrNothing.Because("no statement in " + string(b.Currency) + " is payable; ask with validate_only for what is left out, and why")
	}
	b.ID = ident.New(batchPrefix)
	for i := range b.Payouts {
		b.Payouts[i].BatchID = b.ID
	}
	b.Sums = []payout.Sum{{State: payout.Proposed, Count: b.Count, Total: b.Total}}
	if err := tx.InsertPayoutBatch(ctx, *b); err != nil {
		return err
	}
	return a.appendBatch(ctx, tx, "payout_batch.proposed", *b)
}

// GetPayoutBatch returns a batch with its payouts and what it leaves out, or
// payout.ErrNoBatch.
func (a *App) GetPayoutBatch(ctx context.Context, id string) (payout.Batch, error) {
	var found payout.Batch
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if found, err = tx.PayoutBatch(ctx, id); err != nil {
			return err
		}
		found.Payouts, err = tx.PayoutsOf(ctx, id, "")
		return err
	})
	return found, err
}

// BatchFilter says which batches to list.
type BatchFilter = postgres.BatchFilter

// ListPayoutBatches returns up to limit batches before an id, newest first.
func (a *App) ListPayoutBatches(ctx context.Context, f BatchFilter, before string, limit int) ([]payout.Batch, error) {
	var list []payout.Batch
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.PayoutBatches(ctx, f, before, limit)
		return err
	})
	return list, err
}

// GetPayout returns a payout, or payout.ErrNoPayout.
func (a *App) GetPayout(ctx context.Context, id string) (payout.Payout, error) {
	var found payout.Payout
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Payout(ctx, id)
		return err
	})
	return found, err
}

// PayoutFilter says which payouts to list.
type PayoutFilter = postgres.PayoutFilter

// ListPayouts returns up to limit payouts before an id, newest first.
func (a *App) ListPayouts(ctx context.Context, f PayoutFilter, before string, limit int) ([]payout.Payout, error) {
	var list []payout.Payout
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Payouts(ctx, f, before, limit)
		return err
	})
	return list, err
}

// appendBatch appends an event with a batch, without payouts and omissions.
func (a *App) appendBatch(ctx context.Context, tx *postgres.Store, kind string, b payout.Batch) error {
	b.Payouts, b.Omissions = nil, nil
	return a.appendEvent(ctx, tx, events.Event{Kind: kind, ResourceID: b.ID, Revision: int64(b.Revision), Actor: caller.Actor(ctx)}, b)
}
