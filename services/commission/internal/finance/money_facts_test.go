package finance_test

import (
	"context"
	"fmt"
	"sync"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// telling is a fact as billing tells it, with the reason for which it has to be
// refused, or "".
type telling struct {
	fact  finance.Fact
	about *moneymodel.Invoice
	want  string
}

// drawDay is today, or a day up to so many before.
func (m *machine) drawDay(back int) moneymodel.Day {
	if drawFrom(m, "when", true, true, false) {
		return m.model.Today
	}
	return m.model.Today - moneymodel.Day(rapid.IntRange(0, back).Draw(m.rt, "days ago"))
}

// wrong is true once in a while.
func (m *machine) wrong() bool { return rapid.IntRange(0, 11).Draw(m.rt, "wrong") == 7 }

// offerInvoice draws an invoice of up to three instalments, and issues it in the
// model. Like the other offers, it may have none.
func (m *machine) offerInvoice() (telling, bool) {
	of := m.drawSource()
	i := &moneymodel.Invoice{ID: m.key("I"), Currency: of.Currency, Issued: m.drawDay(150)}
	i.Due = i.Issued + drawFrom(m, "terms", moneymodel.Day(0), 14, 30, 30, 60)
	for range rapid.IntRange(1, 3).Draw(m.rt, "lines") {
		s := of
		if other := m.drawSource(); other.Currency == i.Currency {
			s = other
		}
		m.addLine(i, s)
	}
	if len(i.Lines) == 0 {
		return telling{}, false
	}
	if m.wrong() {
		i.Issued = m.model.Today + 1
	}
	return telling{m.invoiceOf(i), i, m.model.Issue(i)}, true
}

// drawSource draws something that was sold.
func (m *machine) drawSource() *moneymodel.Source {
	return drawFrom(m, "term", drawFrom(m, "sold", m.sold...).sources...)
}

// addLine adds the first instalment that is not invoiced, or by mistake any.
func (m *machine) addLine(i *moneymodel.Invoice, s *moneymodel.Source) {
	number := 1
	for s.Invoiced[number] != "" || onInvoice(i, s, number) {
		number++
	}
	if number > s.Instalments() && !m.wrong() {
		return
	}
	if m.wrong() {
		number = rapid.IntRange(1, s.Instalments()+1).Draw(m.rt, "number")
	}
	net, price := s.Net(number)
	amount := drawFrom(m, "amount", net, price)
	if m.wrong() || amount == 0 {
		amount++
	}
	i.Lines = append(i.Lines, &moneymodel.Line{Source: s, Number: number, Amount: amount})
}

func onInvoice(i *moneymodel.Invoice, s *moneymodel.Source, number int) bool {
	for _, l := range i.Lines {
		if l.Source == s && l.Number == number {
			return true
		}
	}
	return false
}

// offerFact draws a fact of a kind about an invoice, and tells it the model.
func (m *machine) offerFact(kind, cause string) (telling, bool) {
	if len(m.model.Invoices) == 0 {
		return telling{}, false
	}
	i := drawFrom(m, "invoice", m.model.Invoices...)
	f := moneymodel.Fact{Kind: kind, ID: m.key(kind[:1]), On: m.drawDay(120), Cause: cause}
	open, creditable := i.Open()
	most := open
	if kind == "CREDIT_NOTE" {
		most = creditable
		f.Line = rapid.IntRange(0, len(i.Lines)).Draw(m.rt, "line")
	}
	if most == 0 && !m.wrong() {
		return telling{}, false
	}
	f.Amount = drawFrom(m, "so much", most, most, (most+1)/2, most/3, 1, most+1)
	if rapid.Bool().Draw(m.rt, "odd") {
		f.Amount = rapid.Int64Range(0, most+1).Draw(m.rt, "minor")
	}
	if m.wrong() {
		f.On = m.model.Today + 1
	}
	return telling{m.factAbout(i, f), i, m.model.Tell(i, f)}, true
}

// offerTakeBack draws a payment to take back, perhaps one that was already.
func (m *machine) offerTakeBack() (telling, bool) {
	var payments []string
	invoices := map[string]*moneymodel.Invoice{}
	for _, i := range m.model.Invoices {
		for _, f := range i.Facts {
			if f.Kind == "PAYMENT" {
				payments = append(payments, f.ID)
				invoices[f.ID] = i
			}
		}
	}
	if len(payments) == 0 {
		return telling{}, false
	}
	f := moneymodel.Fact{Kind: "PAYMENT_REVERSAL", ID: m.key("R"), On: m.drawDay(60), Reverse: drawFrom(m, "payment", payments...)}
	i := invoices[f.Reverse]
	return telling{m.factAbout(i, f), i, m.model.Tell(i, f)}, true
}

func (m *machine) invoiceOf(i *moneymodel.Invoice) finance.Fact {
	told := &billing.Invoice{ID: i.ID, Currency: money.Currency(i.Currency), Issued: dateOf(i.Issued), Due: dateOf(i.Due)}
	for _, l := range i.Lines {
		told.Lines = append(told.Lines, billing.Line{SourceID: l.Source.ID, Instalment: l.Number, Amount: l.Amount})
	}
	told.Fingerprint = fmt.Append(nil, *told)
	return finance.Fact{Invoice: told}
}

func (m *machine) factAbout(i *moneymodel.Invoice, f moneymodel.Fact) finance.Fact {
	told := &billing.Fact{
		Kind: billing.Kind(f.Kind), ID: f.ID, InvoiceID: i.ID, On: dateOf(f.On), Amount: f.Amount, Currency: money.Currency(i.Currency),
		Cause: billing.Cause(f.Cause), LineNumber: f.Line, Reverses: f.Reverse,
	}
	told.Fingerprint = fmt.Append(nil, *told)
	return finance.Fact{About: told}
}

// tells tells facts, and wants of each what the model says.
func (m *machine) tells(list ...telling) {
	m.t.Helper()
	facts := make([]finance.Fact, len(list))
	for i, one := range list {
		facts[i] = one.fact
	}
	ctx := keyed(biller, m.key("key"), facts)
	refusals := make([]error, len(list))
	if len(list) == 1 {
		refusals[0] = m.tellsTwice(ctx, facts[0])
	} else {
		results, err := m.Finance.RecordFacts(ctx, facts)
		must(m.t, err)
		for i, r := range results {
			if r.Refusal != nil {
				refusals[i] = r.Refusal
			}
		}
	}
	for i, one := range list {
		m.wantRefusal(refusals[i], one.want, describe(one.fact))
		if one.want == "" {
			m.told = append(m.told, one)
		}
	}
	if len(list) > 1 || list[0].want == "" {
		m.again = append(m.again, func() error {
			_, err := m.Finance.RecordFacts(ctx, facts)
			return err
		})
	}
}

// tellsTwice tells a fact, sometimes by two callers at once, who both are answered
// alike.
func (m *machine) tellsTwice(ctx context.Context, f finance.Fact) error {
	m.t.Helper()
	if drawFrom(m, "alone", true, true, true, false) {
		_, err := m.Finance.RecordFact(ctx, f)
		return err
	}
	other := keyed(biller, m.key("key"), f)
	var first, second error
	var both sync.WaitGroup
	both.Go(func() { _, first = m.Finance.RecordFact(ctx, f) })
	both.Go(func() { _, second = m.Finance.RecordFact(other, f) })
	both.Wait()
	one, _ := fault.Of(first)
	if another, _ := fault.Of(second); (first == nil) != (second == nil) || first != nil && one.Reason != another.Reason {
		m.rt.Fatalf("one is answered %v, the other %v", first, second)
	}
	return first
}

// describe is a fact in words.
func describe(f finance.Fact) string {
	if i := f.Invoice; i != nil {
		return fmt.Sprintf("invoice %s of %s, due %s: %+v", i.ID, i.Issued, i.Due, i.Lines)
	}
	return fmt.Sprintf("%s %s of %d on %s about %s, line %d, %s", f.About.Kind, f.About.ID, f.About.Amount, f.About.On, f.About.InvoiceID, f.About.LineNumber, f.About.Cause)
}

// wantRefusal wants an error with a reason, or none for "".
func (m *machine) wantRefusal(err error, want, what string) {
	m.t.Helper()
	refusal, refused := fault.Of(err)
	switch {
	case err == nil && want == "":
	case refused && string(refusal.Reason) == want:
		m.refused[want]++
	default:
		m.rt.Fatalf("%v; want reason %q of %s", err, want, what)
	}
}
