package finance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// books are invoices that a transaction has locked, with their accruals.
type books struct {
	invoices map[string]*billing.Invoice
	accruals map[string][]earnings.Accrual
	touched  []string // invoices to settle, each once
}

// open locks invoices, and those of payments, and reads them.
func (b *books) open(ctx context.Context, tx *postgres.Store, invoiceIDs, paymentIDs []string) error {
	locked, err := tx.LockInvoices(ctx, invoiceIDs, paymentIDs)
	if err != nil {
		return err
	}
	if b.invoices, err = tx.Invoices(ctx, locked); err != nil {
		return err
	}
	list, err := tx.AccrualsForSettling(ctx, locked)
	b.accruals = map[string][]earnings.Accrual{}
	for _, accrual := range list {
		b.accruals[accrual.InvoiceID] = append(b.accruals[accrual.InvoiceID], accrual)
	}
	return err
}

func (b *books) touch(invoiceID string) {
	for _, id := range b.touched {
		if id == invoiceID {
			return
		}
	}
	b.touched = append(b.touched, invoiceID)
}

// posting is who posts, and when.
type posting struct {
	actor string
	at    time.Time
	today calendar.Date
}

// settle brings the accruals of the touched invoices up to date, and stores what
// changed with its entries and events.
func (b *books) settle(ctx context.Context, tx *postgres.Store, p posting) error {
	var changed []earnings.Accrual
	var entries []ledger.Entry
	for _, id := range b.touched {
		for i := range b.accruals[id] {
			accrual := &b.accruals[id][i]
			was := accrual.Revision
			missing := accrual.Settle(b.invoices[id].Line(accrual.LineNumber), p.today)
			if accrual.Revision == was {
				continue
			}
			for n := range missing {
				missing[n].ID, missing[n].Posted, missing[n].Actor = ident.New("ent_"), p.at, p.actor
			}
			changed, entries = append(changed, *accrual), append(entries, missing...)
		}
	}
	if err := tx.SaveAccruals(ctx, changed); err != nil {
		return err
	}
	if err := tx.AddEntriesLast(ctx, entries...); err != nil {
		return err
	}
	return appendAccruals(ctx, tx, p, changed)
}

func appendAccruals(ctx context.Context, tx *postgres.Store, p posting, list []earnings.Accrual) error {
	all := make([]events.Event, len(list))
	for i, accrual := range list {
		event, err := events.Showing(events.Event{
			Kind: "accrual.posted", ResourceID: accrual.ID, Revision: int64(accrual.Revision), Actor: p.actor, PartnerID: accrual.PartnerID, OccurredAt: p.at,
		}, accrual)
		if err != nil {
			return err
		}
		all[i] = event
	}
	return events.AppendMany(ctx, tx.Tx(), all)
}

// SettleDue posts what time alone has changed by today, invoice by invoice, and
// returns of how many. An invoice that fails does not hold up the others.
func (a *App) SettleDue(ctx context.Context) (settled int, err error) {
	ctx = caller.AsItself(ctx)
	var problems []error
	for after := ""; ; {
		var due []string
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			due, err = tx.DueInvoices(ctx, a.moneyDay(), after, sweepBatch)
			return err
		})
		if err != nil || len(due) == 0 {
			return settled, errors.Join(append(problems, err)...)
		}
		for _, id := range due {
			if err := a.settleInvoice(ctx, id); err != nil {
				problems = append(problems, fmt.Errorf("settle invoice %s: %w", id, err))
				continue
			}
			settled++
		}
		after = due[len(due)-1]
	}
}

func (a *App) settleInvoice(ctx context.Context, id string) error {
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		var b books
		if err := b.open(ctx, tx, []string{id}, nil); err != nil {
			return err
		}
		b.touch(id)
		return b.settle(ctx, tx, posting{caller.Actor(ctx), a.now(), a.moneyDay()})
	})
}
