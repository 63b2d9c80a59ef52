package moneymodel

import "fmt"

// Account is a partner's account in one currency.
type Account struct{ Partner, Currency, Name string }

// The names of accounts.
const (
	Expense    = "EXPENSE"
	Accrued    = "ACCRUED"
	Held       = "HELD"
	Payable    = "PAYABLE"
	Receivable = "RECEIVABLE"
	Disputed   = "DISPUTED"
	InTransit  = "IN_TRANSIT"
	Cash       = "CASH"
)

// Book is all that is known.
type Book struct {
	Today      Day
	Invoices   []*Invoice
	Moves      []Move
	Batches    []*Batch
	Accounts   map[Owner]*Statements
	Agreements map[string][]Agreement // by partner, in the order of their days
}

// Owner has statements: a partner in one currency.
type Owner struct{ Partner, Currency string }

// Move is an amount that people or the bank have moved from one account to
// another. Stated says that it is for a statement to show.
type Move struct {
	Owner
	On       Day
	From, To string
	Amount   int64
	Stated   bool
	shownOn  *Statement
}

// NewBook is empty.
func NewBook(today Day) *Book {
	return &Book{Today: today, Accounts: map[Owner]*Statements{}, Agreements: map[string][]Agreement{}}
}

// Sheet is what all accounts come to on a day, credits positive. Accounts with
// nothing are not in it.
func (b *Book) Sheet(day Day) map[Account]int64 {
	sheet := map[Account]int64{}
	add := func(o Owner, name string, amount int64) {
		sheet[Account{o.Partner, o.Currency, name}] += amount
	}
	b.accruals(func(o Owner, a *accrual) {
		s := a.standing(day)
		payable, receivable := a.posted(func(p posting) bool { return p.on <= day })
		if payable+receivable != s.Due {
			panic(fmt.Sprintf("%s has %d due on %s, of which %d are not written down", a.line.Of.ID, s.Due, day, s.Due-payable-receivable))
		}
		add(o, Accrued, s.Accrued)
		add(o, Payable, payable)
		add(o, Receivable, receivable)
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

// accruals visits all that was invoiced, with who earns it.
func (b *Book) accruals(visit func(Owner, *accrual)) {
	for _, i := range b.Invoices {
		for _, l := range i.Lines {
			for k, a := range l.accruals {
				visit(Owner{k.of.Partner, i.Currency}, a)
			}
		}
	}
}

// shown is what statements have to show an owner, of all days up to one.
func (b *Book) shown(o Owner, day Day) (all int64) {
	b.accruals(func(other Owner, a *accrual) {
		if other == o {
			all += a.standing(day).Due
		}
	})
	for _, m := range b.Moves {
		if m.Owner == o && m.Stated && m.On <= day {
			all += m.to(Payable)
		}
	}
	return all
}

// Owes is what an owner's account Receivable comes to, of all days.
func (b *Book) Owes(o Owner) (all int64) {
	b.accruals(func(other Owner, a *accrual) {
		if other == o {
			_, receivable := a.posted(func(posting) bool { return true })
			all += receivable
		}
	})
	for _, m := range b.Moves {
		if m.Owner == o {
			all += m.to(Receivable)
		}
	}
	return all
}

// to is what the move adds to an account.
func (m Move) to(account string) int64 {
	switch account {
	case m.To:
		return m.Amount
	case m.From:
		return -m.Amount
	}
	return 0
}
