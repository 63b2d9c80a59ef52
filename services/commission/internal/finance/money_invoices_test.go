package finance_test

import (
	"context"
	"fmt"
	"slices"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
)

// agrees lets a partner agree to self-billing, or end that, from a day on that is to
// come or, as the paper was late, over.
func (m *machine) agrees() {
	m.agree(drawFrom(m, "partner", sellersOfMoney...), m.model.Today+drawFrom(m, "from", moneymodel.Day(0), 0, 1, 25, -20))
}

func (m *machine) agree(partner string, from moneymodel.Day) {
	m.model.Agree(partner, moneymodel.Agreement{ID: m.key("agr"), From: from, SelfBilling: drawFrom(m, "self-billing", true, false)})
}

// agreed is how partner answers for an agreement.
func (m *machine) agreed(partner, on string) *partnerv1.Agreement {
	a := m.model.Agreed(partner, moneymodel.ParseDay(on))
	told := &partnerv1.Agreement{AgreementId: a.ID, SelfBilling: a.SelfBilling}
	if a.SelfBilling {
		told.TaxId = "GB123456789"
	}
	return told
}

// wantInvoice wants a closed statement to be a self-billed invoice if the agreement
// of its date says so and it has lines, and not otherwise.
func (m *machine) wantInvoice(got stated, want *moneymodel.Statement) {
	m.t.Helper()
	if got.Agreement != want.Agreement || (got.Number != "") != (want.Agreement != "") {
		m.rt.Fatalf("statement %+v; want an invoice under agreement %q", got, want.Agreement)
	}
	if got.Number == "" {
		return
	}
	if got.Number <= m.numbered[got.owner()] {
		m.rt.Fatalf("number %s of %+v does not come after %s", got.Number, got.owner(), m.numbered[got.owner()])
	}
	m.numbers, m.numbered[got.owner()] = append(m.numbers, got.Number), got.Number
}

// wantNumbers wants the numbers of invoices to have no gaps.
func (m *machine) wantNumbers() {
	m.t.Helper()
	slices.Sort(m.numbers)
	for i, number := range m.numbers {
		if want := fmt.Sprintf("SB-%06d", i+1); number != want {
			m.rt.Fatalf("invoice %d has number %s; want %s", i+1, number, want)
		}
	}
}

// wantLastNumber wants that no number was taken and not used.
func (m *machine) wantLastNumber() {
	m.t.Helper()
	var last int
	must(m.t, m.DB.SystemPool().QueryRow(context.Background(), "SELECT last_number FROM document_series WHERE series = 'SELF_BILLING'").Scan(&last))
	if last != len(m.numbers) {
		m.rt.Fatalf("the last number is %d; want %d", last, len(m.numbers))
	}
}

// prints has a statement written as an invoice, which it may not be.
func (m *machine) prints() {
	list := m.model.Of(m.drawOwner()).List
	if len(list) == 0 {
		m.rt.Skip("there is no statement")
	}
	s := drawFrom(m, "statement", list...)
	want := ""
	if s.Agreement == "" {
		want = "SELF_BILLING_NOT_AGREED"
	}
	_, err := m.Finance.ExportStatement(as(fiona), finance.Export{StatementID: s.ID, Format: drawFrom(m, "format", finance.CSV, finance.HTML), SelfBilled: true})
	m.wantRefusal(err, want, "the invoice of "+s.Month.String())
}
