package finance

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// Fact is what billing tells: an invoice that was issued, or something about one.
// Err is set for one that could not be read.
type Fact struct {
	Invoice *billing.Invoice // lines have source, instalment and amount
	About   *billing.Fact
	Err     error
}

// Recorded is an invoice with what its instalments earn.
type Recorded struct {
	Invoice  *billing.Invoice
	Accruals []earnings.Accrual
}

// FactResult is the invoice after a fact, or why the fact was refused.
type FactResult struct {
	Recorded
	Refusal *fault.Error
}

// recordAttempts bounds how often facts are looked at again because another
// call has stored some of them meanwhile.
const recordAttempts = 3

// RecordFact records one fact; a refusal is an error.
func (a *App) RecordFact(ctx context.Context, f Fact) (Recorded, error) {
	results, err := a.record(ctx, []Fact{f}, true)
	if err != nil {
		return Recorded{}, err
	}
	return results[0].Recorded, nil
}

// RecordFacts records facts in their order, all that are accepted in one
// transaction, and returns a result for each.
func (a *App) RecordFacts(ctx context.Context, facts []Fact) ([]FactResult, error) {
	return a.record(ctx, facts, false)
}

// told is what the idempotency key remembers of a fact: the invoice goes on.
type told struct {
	InvoiceID string       `json:"invoice_id,omitempty"`
	Refusal   *fault.Error `json:"refusal,omitempty"`
}

func (a *App) record(ctx context.Context, facts []Fact, strict bool) ([]FactResult, error) {
	rates, err := a.ratesFor(ctx, facts)
	if err != nil {
		return nil, err
	}
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return nil, err
	}
	terms, err := a.importedTerms(ctx, sourcesOf(facts))
	if err != nil {
		return nil, err
	}
	var answers []told
	var r *recording
	for attempt := 1; ; attempt++ {
		r = &recording{actor: caller.Actor(ctx), now: a.now(), today: a.moneyDay(), rates: rates, policies: policies, terms: terms}
		answers = nil
		err := a.store.InTx(ctx, func(tx *postgres.Store) error {
			return idem.Do(ctx, tx.Tx(), &answers, func() (err error) {
				answers, err = r.record(ctx, tx, facts, strict)
				return err
			})
		})
		if err == nil {
			break
		}
		if !errors.Is(err, postgres.ErrTold) || attempt == recordAttempts {
			return nil, err
		}
	}
	return a.factResults(ctx, answers)
}

// sourcesOf are the sources that invoices name.
func sourcesOf(facts []Fact) (ids []string) {
	for _, f := range facts {
		if f.Invoice == nil {
			continue
		}
		for _, l := range f.Invoice.Lines {
			ids = append(ids, l.SourceID)
		}
	}
	return ids
}

// factResults reads the invoices as they stand.
func (a *App) factResults(ctx context.Context, answers []told) ([]FactResult, error) {
	ids := map[string]bool{}
	for _, t := range answers {
		if t.Refusal == nil {
			ids[t.InvoiceID] = true
		}
	}
	found, err := a.readInvoices(ctx, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	results := make([]FactResult, len(answers))
	for i, t := range answers {
		results[i] = FactResult{Recorded: found[t.InvoiceID], Refusal: t.Refusal}
	}
	return results, nil
}

func (a *App) readInvoices(ctx context.Context, ids []string) (map[string]Recorded, error) {
	found := make(map[string]Recorded, len(ids))
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		clear(found)
		invoices, err := tx.Invoices(ctx, ids)
		if err != nil {
			return err
		}
		accruals, err := tx.AccrualsOf(ctx, ids)
		for id, i := range invoices {
			found[id] = Recorded{Invoice: i, Accruals: accruals[id]}
		}
		return err
	})
	return found, err
}

// GetInvoice returns an invoice with what its instalments earn.
func (a *App) GetInvoice(ctx context.Context, id string) (Recorded, error) {
	found, err := a.readInvoices(ctx, []string{id})
	if err == nil && found[id].Invoice == nil {
		err = billing.ErrNoInvoice
	}
	return found[id], err
}

// AccrualFilter says which accruals to list.
type AccrualFilter = postgres.AccrualFilter

// GetAccrual returns an accrual.
func (a *App) GetAccrual(ctx context.Context, id string) (earnings.Accrual, error) {
	var accrual earnings.Accrual
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		accrual, err = tx.Accrual(ctx, id)
		return err
	})
	return accrual, err
}

// ListAccruals returns up to limit accruals before an id, newest first.
func (a *App) ListAccruals(ctx context.Context, f AccrualFilter, before string, limit int) ([]earnings.Accrual, error) {
	var list []earnings.Accrual
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Accruals(ctx, f, before, limit)
		return err
	})
	return list, err
}
