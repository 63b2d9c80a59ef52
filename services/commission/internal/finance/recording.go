package finance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// recording is one transaction that records facts.
type recording struct {
	actor    string
	now      time.Time
	today    calendar.Date
	rates    map[calendar.Date]fxRates
	policies codes.Versions
	terms    map[string]importedTerm

	books
	sources  map[string]*earnings.Source
	invoiced map[postgres.Instalment]string
	known    map[postgres.FactKey]billing.Fact
	told     postgres.Told

	calculations []records.Calculation // of imported terms, to explain what they earn
}

// record records facts in their order. Strictly, the first refusal is returned;
// otherwise each has its place.
func (r *recording) record(ctx context.Context, tx *postgres.Store, facts []Fact, strict bool) ([]told, error) {
	if err := r.load(ctx, tx, facts); err != nil {
		return nil, err
	}
	answers := make([]told, len(facts))
	for i, f := range facts {
		id, err := r.tell(f)
		refusal, refused := fault.Of(err)
		if err != nil && (strict || !refused || errors.Is(err, postgres.ErrTold)) {
			return nil, err
		}
		answers[i] = told{InvoiceID: id, Refusal: refusal}
	}
	if err := tx.AddTold(ctx, r.told); err != nil {
		return nil, err
	}
	for _, c := range r.calculations {
		if err := tx.InsertCalculation(ctx, c); err != nil {
			return nil, err
		}
	}
	return answers, r.settle(ctx, tx, posting{r.actor, r.now, r.today})
}

// load locks and reads all that the facts are about.
func (r *recording) load(ctx context.Context, tx *postgres.Store, facts []Fact) error {
	var invoices, payments []string
	var keys []postgres.FactKey
	for _, f := range facts {
		switch {
		case f.Err != nil:
		case f.Invoice != nil:
			invoices = append(invoices, f.Invoice.ID)
		default:
			invoices = append(invoices, f.About.InvoiceID)
			keys = append(keys, postgres.FactKey{Kind: f.About.Kind, ID: f.About.ID})
			if f.About.Kind == billing.PaymentReversal {
				payments = append(payments, f.About.Reverses)
			}
		}
	}
	sources := sourcesOf(facts)
	if len(sources) > 0 {
		if err := tx.ShareSources(ctx, sources); err != nil {
			return err
		}
	}
	if err := r.open(ctx, tx, invoices, payments); err != nil {
		return err
	}
	if err := r.loadSources(ctx, tx, sources); err != nil {
		return err
	}
	var err error
	r.known, err = tx.KnownFacts(ctx, keys)
	return err
}

func (r *recording) loadSources(ctx context.Context, tx *postgres.Store, ids []string) (err error) {
	if len(ids) == 0 {
		return nil
	}
	if r.sources, err = loadSources(ctx, tx, ids, r.terms); err != nil {
		return err
	}
	r.invoiced, err = tx.InvoicedInstalments(ctx, ids)
	return err
}

// tell records a fact and returns its invoice.
func (r *recording) tell(f Fact) (string, error) {
	switch {
	case f.Err != nil:
		return "", f.Err
	case f.Invoice != nil:
		return f.Invoice.ID, r.issue(*f.Invoice)
	}
	return r.about(*f.About)
}

// about records a fact about an invoice that was issued.
func (r *recording) about(f billing.Fact) (string, error) {
	if known, there := r.known[postgres.FactKey{Kind: f.Kind, ID: f.ID}]; there {
		return known.InvoiceID, fault.At(idField(f.Kind), billing.Same(f.ID, known.Fingerprint, f.Fingerprint))
	}
	if f.Kind == billing.PaymentReversal {
		f.InvoiceID = r.invoiceOfPayment(f.Reverses)
	}
	invoice := r.invoices[f.InvoiceID]
	switch {
	case invoice == nil && f.Kind == billing.PaymentReversal:
		return "", billing.ErrNoPayment.On("payment_reversal.payment_id")
	case invoice == nil:
		return "", billing.ErrNoInvoice.On(object(f.Kind) + ".invoice_id")
	}
	f.Actor, f.Recorded = r.actor, r.now
	before := slices.Clone(invoice.Lines)
	f, err := invoice.Tell(f, r.today)
	if err != nil {
		return "", within(object(f.Kind), err)
	}
	r.known[postgres.FactKey{Kind: f.Kind, ID: f.ID}] = f
	r.told.Facts = append(r.told.Facts, f)
	r.voided(invoice, before)
	r.touch(invoice.ID)
	return invoice.ID, nil
}

// voided notes the lines that a correction has left nothing of.
func (r *recording) voided(i *billing.Invoice, before []billing.Line) {
	for n, l := range i.Lines {
		if !l.Voided || before[n].Voided {
			continue
		}
		delete(r.invoiced, postgres.Instalment{SourceID: l.SourceID, Number: l.Instalment})
		if !slices.Contains(r.told.Invoices, i) {
			r.told.Voided = append(r.told.Voided, postgres.VoidedLine{InvoiceID: i.ID, Number: l.Number})
		}
	}
}

func (r *recording) invoiceOfPayment(id string) string {
	for _, i := range r.invoices {
		for _, f := range i.Facts {
			if f.Kind == billing.Payment && f.ID == id {
				return i.ID
			}
		}
	}
	return ""
}

// object is the field of a request that holds a fact.
func object(k billing.Kind) string {
	switch k {
	case billing.PaymentReversal:
		return "payment_reversal"
	case billing.CreditNote:
		return "credit_note"
	}
	return "payment"
}

func idField(k billing.Kind) string { return object(k) + "." + object(k) + "_id" }
