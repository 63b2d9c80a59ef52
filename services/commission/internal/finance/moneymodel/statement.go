package moneymodel

import "fmt"

// The days on which the service reckons with statements.
const (
	disputeDays = 30
	graceDays   = 5
)

// minimums are the smallest payouts, by currency; others have none.
var minimums = map[string]int64{"GBP": 50_00}

// Statement is what was closed of a month, named by its first day.
type Statement struct {
	ID                             string
	Month                          Day
	Opening, Lines, Prior, Closing int64
	Paid                           int64
	State                          string // CLOSED, CARRIED, PAYING or PAID
	DisputeUntil                   Day
	Agreement                      string // that makes it an invoice; or ""
}

// Statements are an owner's, oldest first, with its disputes.
type Statements struct {
	List     []*Statement
	Disputes []*Dispute
}

// Dispute holds an amount from the day that it was opened.
type Dispute struct {
	Line string
	Held int64
	On   Day
	Open bool
}

// Of is an owner's statements.
func (b *Book) Of(o Owner) *Statements {
	if b.Accounts[o] == nil {
		b.Accounts[o] = &Statements{}
	}
	return b.Accounts[o]
}

// Latest is the last one closed, or nil.
func (s *Statements) Latest() *Statement {
	if len(s.List) == 0 {
		return nil
	}
	return s.List[len(s.List)-1]
}

// Stated is what all statements have shown.
func (s *Statements) Stated() (all int64) {
	for _, one := range s.List {
		all += one.Lines
	}
	return all
}

// Left is what the statements have left to pay, or to set off.
func (s *Statements) Left() int64 {
	if s.Latest() == nil {
		return 0
	}
	return s.Latest().Closing - s.Latest().Paid
}

// Close is the statement of a month, of what is known to have to be shown. It is an
// error if that can't be closed.
func (b *Book) Close(o Owner, month Day, known Shown) (*Statement, error) {
	of := b.Of(o)
	next := month.PlusMonths(1)
	switch latest := of.Latest(); {
	case b.Today < next:
		return nil, fmt.Errorf("the month from %s is not over on %s", month, b.Today)
	case latest != nil && latest.Month >= month:
		return nil, fmt.Errorf("the month from %s is closed, up to that from %s", month, latest.Month)
	case latest != nil && of.Left() != 0 && latest.Month.PlusMonths(1) != month:
		return nil, fmt.Errorf("the month from %s is closed, but the one after that from %s has to be before it", month, latest.Month)
	}
	s := &Statement{Month: month, Opening: of.Left(), DisputeUntil: b.Today + disputeDays}
	if latest := of.Latest(); latest != nil && latest.State == "CLOSED" {
		latest.State = "CARRIED"
	}
	s.Lines, s.Prior, s.State = known.Through-of.Stated(), known.Before-of.Stated(), "CARRIED"
	s.Closing = s.Opening + s.Lines
	of.List = append(of.List, s)
	if payable := s.Closing - of.held(); payable > 0 && payable >= minimums[o.Currency] {
		s.State = "CLOSED"
	}
	last := next - 1
	shown := b.show(o, s, last)
	if agreed := b.Agreed(o.Partner, last); agreed.SelfBilling && shown > 0 {
		s.Agreement = agreed.ID
	}
	return s, nil
}

// show puts on a statement what it shows, which is so much, and sets off what is
// owed either way.
func (b *Book) show(o Owner, s *Statement, last Day) (shown int) {
	payable := int64(0)
	b.accruals(func(other Owner, a *accrual) {
		if other != o {
			return
		}
		for i := range a.postings {
			if p := &a.postings[i]; p.shownOn == nil && p.on <= last {
				p.shownOn = s
				shown++
			}
		}
		due, _ := a.posted(func(p posting) bool { return p.shownOn != nil })
		payable += due
	})
	for i := range b.Moves {
		m := &b.Moves[i]
		if m.Owner != o {
			continue
		}
		if m.Stated && m.shownOn == nil && m.On <= last && m.Amount != 0 {
			m.shownOn = s
			shown++
		}
		if !m.Stated || m.shownOn != nil {
			payable += m.to(Payable)
		}
	}
	if over := payable - max(s.Closing, 0); over != 0 {
		b.Moves = append(b.Moves, Move{Owner: o, On: last, From: Payable, To: Receivable, Amount: over})
	}
	return shown
}

// Shown is what statements have to show an owner up to a month, and before it.
type Shown struct{ Through, Before int64 }

// Shown adds up what is known now.
func (b *Book) Shown(o Owner, month Day) Shown {
	return Shown{Through: b.shown(o, month.PlusMonths(1)-1), Before: b.shown(o, month-1)}
}

// held is what open disputes hold that no statement has shown.
func (s *Statements) held() (all int64) {
	for _, d := range s.Disputes {
		if d.Open && (s.Latest() == nil || d.On >= s.Latest().Month.PlusMonths(1)) {
			all += d.Held
		}
	}
	return all
}

// Payable is what a payout would pay an owner.
func (b *Book) Payable(o Owner) int64 {
	of := b.Of(o)
	if of.Latest() == nil || of.Latest().State != "CLOSED" {
		return 0
	}
	payable := of.Left() - of.held()
	if least := max(minimums[o.Currency], 1); payable < least || of.Left() < least {
		return 0
	}
	return payable
}

// PaidFrom reports whether a statement, or a later one with its balance, is paid or
// being paid.
func (s *Statements) PaidFrom(id string) bool {
	found := false
	for _, one := range s.List {
		found = found || one.ID == id
		if found && (one.State == "PAYING" || one.State == "PAID") {
			return true
		}
	}
	return false
}

// Post moves an amount between two accounts, today.
func (b *Book) Post(o Owner, from, to string, amount int64, stated bool) {
	b.Moves = append(b.Moves, Move{Owner: o, On: b.Today, From: from, To: to, Amount: amount, Stated: stated})
}

// Disputed reports whether a dispute about a line is open.
func (s *Statements) Disputed(line string) bool {
	for _, d := range s.Disputes {
		if d.Line == line && d.Open {
			return true
		}
	}
	return false
}
