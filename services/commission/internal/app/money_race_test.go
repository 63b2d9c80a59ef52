package app_test

import (
	"sync"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

// races lets two people close a month while billing tells a fact that may belong to
// it. The statement has the fact, or the next one has it.
func (m *machine) races() {
	m.pass(m.model.Today.FirstOfMonth().PlusMonths(1)) // a day before the service closes by itself
	month := m.model.Today.PlusMonths(-1)
	m.raced = map[moneymodel.Owner]moneymodel.Shown{}
	for _, partner := range sellersOfMoney {
		for _, currency := range currenciesOfMoney {
			o := moneymodel.Owner{Partner: partner, Currency: currency}
			m.raced[o] = m.model.Shown(o, month)
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
	c := app.CloseMonth{Month: asked}
	keys := []string{m.key("close"), m.key("close")}
	problems := make([]error, len(keys))
	var all sync.WaitGroup
	defer all.Wait()
	for i, key := range keys {
		all.Go(func() { _, problems[i] = m.app.CloseStatements(keyed(fiona, key, c), c) })
	}
	m.tells(one)
	all.Wait()
	for _, problem := range problems {
		must(m.t, problem)
	}
	m.adopt()
	m.raced = nil
}
