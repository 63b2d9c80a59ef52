package finance_test

import (
	"sync"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

// races lets two people close a month while billing tells a fact that may belong to
// it. The statement has the fact, or the next one has it.
func (m *machine) races() {
	m.pass(m.model.Today.FirstOfMonth().PlusMonths(1)) // a day before the service closes by itself
	month := m.model.Today.PlusMonths(-1)
	before := map[moneymodel.Owner]moneymodel.Shown{}
	for _, partner := range sellersOfMoney {
		for _, currency := range currenciesOfMoney {
			o := moneymodel.Owner{Partner: partner, Currency: currency}
			before[o] = m.model.Shown(o, month)
		}
	}
	kind, cause := "PAYMENT", ""
	if drawFrom(m, "credit", true, false) {
		kind, cause = "CREDIT_NOTE", m.drawCause()
	}
	one, is := m.offerFact(kind, cause)
	if !is {
		return
	}
	asked, err := statement.ParseMonth(month.String()[:len("2026-03")])
	must(m.t, err)
	c := finance.CloseMonth{Month: asked}
	keys := []string{m.key("close"), m.key("close")}
	problems := make([]error, len(keys))
	var all sync.WaitGroup
	defer all.Wait()
	for i, key := range keys {
		all.Go(func() { _, problems[i] = m.Finance.CloseStatements(keyed(fiona, key, c), c) })
	}
	m.tells(one)
	all.Wait()
	for _, problem := range problems {
		must(m.t, problem)
	}
	m.raced = &race{before: before, told: one}
	m.adopt()
	m.raced = nil
	m.settles(one)
}

// race is a fact that was told while statements were closed, with what these would
// have shown without it.
type race struct {
	before map[moneymodel.Owner]moneymodel.Shown
	told   telling
}

// close closes a month in the model as the service has. The fact is on the statement;
// or it came after it; or it was written, and not stored yet, when that was closed.
func (r *race) close(m *machine, month moneymodel.Day, got stated) (*moneymodel.Statement, error) {
	o := got.owner()
	without, with, stated := r.before[o], m.model.Shown(o, month), m.model.Of(o).Stated()
	if with != without && with.Through-stated == got.Lines && with.Before-stated == got.Prior {
		m.model.SettleOf(o, r.told.about, nil)
		return m.model.Close(o, month, with)
	}
	closed, err := m.model.Close(o, month, without)
	if err != nil {
		return nil, err
	}
	undo := m.model.SettleOf(o, r.told.about, nil)
	owed := moneymodel.Account{Partner: o.Partner, Currency: o.Currency, Name: moneymodel.Receivable}
	if m.sheet(m.model.Today)[owed] != m.model.Owes(o) {
		undo()
		m.model.SettleOf(o, r.told.about, closed)
	}
	return closed, nil
}
