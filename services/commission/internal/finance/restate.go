package finance

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Restatement says that from a day on a source earns otherwise than it did: a
// transfer has divided it, or a verdict has changed what is withheld of it.
type Restatement struct {
	SourceID string
	From     calendar.Date
	Cause    string // "transfer:…" or "case:…"
}

// Restate brings the accruals of what was invoiced of sources up to date with how
// they are divided and what is withheld of them. It belongs into the transaction
// that has changed that, at its end: a later one would also find what has changed
// since, and give it this one's day.
func Restate(ctx context.Context, tx *postgres.Store, at time.Time, list ...Restatement) error {
	if len(list) == 0 {
		return nil
	}
	var sourceIDs []string
	for _, r := range list {
		sourceIDs = append(sourceIDs, r.SourceID)
	}
	if err := tx.LockSources(ctx, sourceIDs); err != nil {
		return err
	}
	invoiceIDs, err := tx.InvoicesOfSources(ctx, sourceIDs)
	if err != nil || len(invoiceIDs) == 0 {
		return err
	}
	var b books
	if err := b.open(ctx, tx, invoiceIDs, nil); err != nil {
		return err
	}
	sources, err := restatedSources(ctx, tx, sourceIDs)
	if err != nil {
		return err
	}
	for _, r := range list {
		for _, id := range invoiceIDs {
			if err := b.restate(b.invoices[id], sources[r.SourceID], r, at); err != nil {
				return err
			}
		}
	}
	return b.settle(ctx, tx, posting{caller.Actor(ctx), at, ledger.DayOf(at)})
}

// restatedSources reads what was booked under ids, and of what was imported how it
// is divided: whoever came first keeps what the import has brought, so without a
// division there is nothing to restate of it.
func restatedSources(ctx context.Context, tx *postgres.Store, ids []string) (map[string]*earnings.Source, error) {
	sources, err := tx.BookedSources(ctx, ids)
	if err != nil {
		return nil, err
	}
	divided, err := tx.DividedImports(ctx, ids)
	if err != nil {
		return nil, err
	}
	maps.Copy(sources, divided)
	return sources, tx.Outcomes(ctx, sources)
}

// restate gives the accruals of an invoice's lines the claims that a source has
// by now.
func (b *books) restate(i *billing.Invoice, source *earnings.Source, r Restatement, at time.Time) error {
	for _, l := range i.Lines {
		switch {
		case l.SourceID != r.SourceID:
			continue
		case source == nil:
			return fmt.Errorf("source %s was invoiced and is gone", r.SourceID)
		}
		earned, err := source.Earns(l.Instalment, l.Amount)
		if err != nil {
			return err
		}
		for n := range b.accruals[i.ID] {
			accrual := &b.accruals[i.ID][n]
			if accrual.LineNumber == l.Number {
				accrual.Restate(claimOf(accrual, earned), r.From, r.Cause)
			}
		}
		for _, e := range earned {
			b.begin(i, l, source, e, r, at)
		}
		b.touch(i.ID)
	}
	return nil
}

// claimOf returns what an accrual claims of what is earned; nothing if it is not
// among it any more.
func claimOf(accrual *earnings.Accrual, earned []earnings.Earning) ledger.Claim {
	for _, e := range earned {
		if accrual.For(e) {
			return e.Claim
		}
	}
	last := accrual.Claims[len(accrual.Claims)-1]
	return ledger.Claim{First: last.First, Span: last.Span}
}

// begin adds the accrual of who did not earn by a line until now.
func (b *books) begin(i *billing.Invoice, l billing.Line, source *earnings.Source, e earnings.Earning, r Restatement, at time.Time) {
	for _, accrual := range b.accruals[i.ID] {
		if accrual.LineNumber == l.Number && accrual.For(e) {
			return
		}
	}
	if !e.Earns() {
		return
	}
	claim := e.Claim
	e.Claim.Earned, e.Claim.Held = 0, 0
	accrual := source.Accrue(e, i.ID, l.Number, l.Instalment, i.Issued)
	accrual.ID, accrual.FxSetID, accrual.CreateTime = ident.New("acr_"), i.FxSetID, at
	accrual.Restate(claim, r.From, r.Cause)
	b.accruals[i.ID] = append(b.accruals[i.ID], accrual)
}
