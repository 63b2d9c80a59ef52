package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Refusals of invoices' shapes.
var (
	errDueBeforeIssue = fault.New("DATE_INVALID", "the due date lies before the issue date")
	errNothing        = fault.New("AMOUNT_INVALID", "the invoice comes to nothing")
)

// recording is one transaction that records facts.
type recording struct {
	app      *App
	actor    string
	now      time.Time
	today    calendar.Date
	rates    map[calendar.Date]fxRates
	policies codePolicies
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
	return answers, r.settle(ctx, tx, r.app, posting{r.actor, r.now, r.today})
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

// issue records an invoice.
func (r *recording) issue(i billing.Invoice) error {
	if known := r.invoices[i.ID]; known != nil {
		return fault.At("invoice.invoice_id", billing.Same(i.ID, known.Fingerprint, i.Fingerprint))
	}
	i.Lines = slices.Clone(i.Lines)
	if err := r.check(&i); err != nil {
		return err
	}
	rates := r.rates[i.Issued]
	if err := rates.check(i.Issued, string(i.Currency)); err != nil {
		return err
	}
	policy := r.policies.at(i.Issued)
	i.HoldDays, i.OverdueDays, i.CodeVersionID = policy.holdDays, policy.overdueDays, policy.ID
	i.FxSetID, i.Actor, i.Recorded = rates.setID, r.actor, r.now
	for n := range i.Lines {
		if err := r.accrue(&i, &i.Lines[n]); err != nil {
			return err
		}
	}
	r.invoices[i.ID] = &i
	r.told.Invoices = append(r.told.Invoices, &i)
	return nil
}

// check holds an invoice against what was booked.
func (r *recording) check(i *billing.Invoice) error {
	switch {
	case i.Issued.After(r.today):
		return billing.ErrInFuture.Because(fmt.Sprintf("%s lies in the future; today is %s in UTC", i.Issued, r.today)).On("invoice.issue_date")
	case i.Due.Before(i.Issued):
		return errDueBeforeIssue.Because(fmt.Sprintf("the invoice is due on %s, before it was issued on %s", i.Due, i.Issued)).On("invoice.due_date")
	case i.Amount() <= 0:
		return errNothing.On("invoice.lines")
	}
	seen := map[postgres.Instalment]bool{}
	for n := range i.Lines {
		l := &i.Lines[n]
		at := postgres.Instalment{SourceID: l.SourceID, Number: l.Instalment}
		field := fmt.Sprintf("invoice.lines[%d]", n)
		source := r.sources[l.SourceID]
		if source == nil {
			return earnings.ErrUnknown.Because(fmt.Sprintf("nothing was booked or imported as %q", l.SourceID), "source_id", l.SourceID).On(field + ".source_id")
		}
		if source.Unlocked() {
			return margin.ErrLockMissing.Because(
				fmt.Sprintf("the margin of subscription %s is not locked yet; import the agreed margin, or have channel operations accept the rate card's", source.SubscriptionID),
				"subscription_id", source.SubscriptionID).On(field + ".source_id")
		}
		if err := source.CheckAmount(l.Instalment, i.Money(l.Amount)); err != nil {
			return within(field, err)
		}
		other := r.invoiced[at]
		if other == i.ID { // told by another call, after the invoices were read
			return postgres.ErrTold
		}
		if other != "" || seen[at] {
			return earnings.ErrInvoiced.Because(
				fmt.Sprintf("instalment %d of %s is on an invoice already", at.Number, at.SourceID), "invoice_id", other).On(field + ".instalment")
		}
		seen[at] = true
		l.Number, l.SubscriptionID = n+1, source.SubscriptionID
	}
	return nil
}

// within puts the field of a refusal into the one that holds it.
func within(field string, err error) error {
	refusal, ok := fault.Of(err)
	switch {
	case !ok:
		return err
	case refusal.Field == "":
		return refusal.On(field)
	}
	return refusal.On(field + "." + refusal.Field)
}

// accrue adds what a line of a new invoice earns.
func (r *recording) accrue(i *billing.Invoice, l *billing.Line) error {
	source := r.sources[l.SourceID]
	r.explain(source)
	earned, err := source.Earns(l.Instalment, l.Amount)
	if err != nil {
		return err
	}
	for _, e := range earned {
		if e.Earns() {
			accrual := source.Accrue(e, i.ID, l.Number, l.Instalment, i.Issued)
			accrual.ID, accrual.FxSetID, accrual.CreateTime = ident.New("acr_"), i.FxSetID, r.now
			r.accruals[i.ID] = append(r.accruals[i.ID], accrual)
		}
	}
	r.invoiced[postgres.Instalment{SourceID: l.SourceID, Number: l.Instalment}] = i.ID
	r.touch(i.ID)
	return nil
}

// explain keeps the calculation of an imported term, the first time that one of
// its instalments is invoiced.
func (r *recording) explain(s *earnings.Source) {
	if s.CalculationID != "" || s.RelationshipID == "" {
		return
	}
	s.CalculationID = ident.New("cal_")
	r.calculations = append(r.calculations, records.Calculation{
		Calculation: s.Calculation, ID: s.CalculationID, PartnerID: s.PartnerID, SubscriptionID: s.SubscriptionID, RelationshipID: s.RelationshipID, CreateTime: r.now,
	})
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
