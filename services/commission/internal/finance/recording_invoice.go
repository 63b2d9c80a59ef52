package finance

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Refusals of invoices' shapes.
var (
	errDueBeforeIssue = fault.New("DATE_INVALID", "the due date lies before the issue date")
	errNothing        = fault.New("AMOUNT_INVALID", "the invoice comes to nothing")
)

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
	policy := r.policies.At(i.Issued)
	i.HoldDays, i.OverdueDays, i.CodeVersionID = policy.HoldDays, policy.OverdueDays, policy.ID
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
