package moneymodel

// Account is a partner's account in one currency. Owed is what the ledger has as
// payable and receivable.
type Account struct{ Partner, Currency, Name string }

// The names of accounts.
const (
	Expense   = "EXPENSE"
	Accrued   = "ACCRUED"
	Held      = "HELD"
	Owed      = "OWED"
	Disputed  = "DISPUTED"
	InTransit = "IN_TRANSIT"
	Cash      = "CASH"
)

// Book is all that is known.
type Book struct {
	Today    Day
	Invoices []*Invoice
	Moves    []Move
	Batches  []*Batch
	Accounts map[Owner]*Statements
}

// Owner has statements: a partner in one currency.
type Owner struct{ Partner, Currency string }

// Move is an amount that people or the bank have moved from one account to
// another. Stated says that a statement shows it.
type Move struct {
	Owner
	On       Day
	From, To string
	Amount   int64
	Stated   bool
}

// NewBook is empty.
func NewBook(today Day) *Book { return &Book{Today: today, Accounts: map[Owner]*Statements{}} }

// Sheet is what all accounts come to on a day, credits positive. Accounts with
// nothing are not in it.
func (b *Book) Sheet(day Day) map[Account]int64 {
	sheet := map[Account]int64{}
	add := func(o Owner, name string, amount int64) {
		sheet[Account{o.Partner, o.Currency, name}] += amount
	}
	b.standings(day, func(o Owner, s Standing) {
		add(o, Accrued, s.Accrued)
		add(o, Owed, s.Due)
		add(o, Held, s.Held)
		add(o, Expense, -s.Accrued-s.Due-s.Held)
	})
	for _, m := range b.Moves {
		if m.On <= day {
			add(m.Owner, m.From, -m.Amount)
			add(m.Owner, m.To, m.Amount)
		}
	}
	for account, amount := range sheet {
		if amount == 0 {
			delete(sheet, account)
		}
	}
	return sheet
}

// standings visits where everything that was invoiced stands on a day.
func (b *Book) standings(day Day, visit func(Owner, Standing)) {
	for _, i := range b.Invoices {
		for _, l := range i.Lines {
			for k, claims := range l.accruals {
				visit(Owner{k.of.Partner, i.Currency}, l.standing(on(claims, day), day))
			}
		}
	}
}

// shown is what statements have to show an owner, of all days up to one.
func (b *Book) shown(o Owner, day Day) (all int64) {
	b.standings(day, func(other Owner, s Standing) {
		if other == o {
			all += s.Due
		}
	})
	for _, m := range b.Moves {
		if m.Owner == o && m.Stated && m.On <= day {
			switch Owed {
			case m.To:
				all += m.Amount
			case m.From:
				all -= m.Amount
			}
		}
	}
	return all
}
