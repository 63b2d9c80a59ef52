package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
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

// Restate brings the accruals of what was invoiced of a source up to date with
// how it is divided and what is withheld of it. It may run at any time, any number
// of times and by several at once.
func (a *App) Restate(ctx context.Context, r Restatement) error {
	ctx = asItself(ctx)
	terms, err := a.importedTerms(ctx, []string{r.SourceID})
	if err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockSource(ctx, r.SourceID); err != nil {
			return err
		}
		invoiceIDs, err := tx.InvoicesOfSource(ctx, r.SourceID)
		if err != nil || len(invoiceIDs) == 0 {
			return err
		}
		var b books
		if err := b.open(ctx, tx, invoiceIDs, nil); err != nil {
			return err
		}
		sources, err := loadSources(ctx, tx, []string{r.SourceID}, terms)
		if err != nil {
			return err
		}
		source := sources[r.SourceID]
		if source == nil {
			return fmt.Errorf("source %s was invoiced and is gone", r.SourceID)
		}
		for _, id := range invoiceIDs {
			if err := b.restate(b.invoices[id], source, r, a); err != nil {
				return err
			}
		}
		return b.settle(ctx, tx, a, posting{actor(ctx), a.now(), a.moneyDay()})
	})
}

// restate gives the accruals of an invoice's lines the claims that a source has
// by now.
func (b *books) restate(i *billing.Invoice, source *earnings.Source, r Restatement, a *App) error {
	for _, l := range i.Lines {
		if l.SourceID != source.ID {
			continue
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
			b.begin(i, l, source, e, r, a)
		}
	}
	b.touch(i.ID)
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
func (b *books) begin(i *billing.Invoice, l billing.Line, source *earnings.Source, e earnings.Earning, r Restatement, a *App) {
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
	accrual.ID, accrual.FxSetID, accrual.CreateTime = ident.New("acr_"), i.FxSetID, a.now()
	accrual.Restate(claim, r.From, r.Cause)
	b.accruals[i.ID] = append(b.accruals[i.ID], accrual)
}

// restateWithheld orders what follows for the ledger, from today on, from
// withholdings that a verdict has changed. What was divided in the same
// transaction is left to the job that does so from the transfer's first day on: of
// two jobs the second would find nothing to change.
func (a *App) restateWithheld(ctx context.Context, tx *postgres.Store, changed []records.Withholding, divided map[string]bool) error {
	for _, w := range changed {
		source := strings.TrimSuffix(w.SourceID, records.RewardSource(""))
		root, err := tx.RootSource(ctx, source)
		if err != nil {
			return err
		}
		if divided[root] {
			continue
		}
		if err := a.jobs.Restate(ctx, tx.Tx(), Restatement{SourceID: root, From: a.moneyDay(), Cause: "case:" + w.CaseID}); err != nil {
			return err
		}
	}
	return nil
}
