package ledger

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Posted is what the entries of an accrual have come to for one day.
type Posted struct {
	On calendar.Date
	Standing
}

// A Settlement brings the entries of one accrual up to date with its facts.
// Claims are in the order of their days, and of one day in that of their making;
// there is at least one, and their amounts have one sign. Posted is in the order
// of days. Open is what its entries have come to on Payable and no closed statement
// has yet.
type Settlement struct {
	Line   Line
	Claims []Claim
	Posted []Posted
	Open   int64
}

// Settle returns the entries that are missing by a day, each for the day that it
// belongs to, and the next day on which time alone changes something; the zero
// date if none does. The entries have kind, day, cause, note and postings. When
// the ledger has followed all facts, none is missing.
func (s Settlement) Settle(today calendar.Date) (missing []Entry, next calendar.Date) {
	turns := s.Line.turns(s.Claims)
	m := s.mover()
	posted := s.Posted
	var now Standing
	for i, t := range turns {
		if t.on.After(today) {
			return m.entries, s.change(turns[i:], today)
		}
		for len(posted) > 0 && !posted[0].On.After(t.on) {
			now, posted = now.Plus(posted[0].Standing), posted[1:]
		}
		then := s.at(t.on) // of several turns on one day the first finds all there is to move
		m.move(now, then, t)
		now = then
	}
	return m.entries, calendar.Date{}
}

// at is where the accrual has to stand on a day.
func (s Settlement) at(day calendar.Date) Standing { return s.Line.At(claimOn(s.Claims, day), day) }

// change returns the first of the coming days that changes the standing.
func (s Settlement) change(coming []turn, today calendar.Date) calendar.Date {
	now := s.at(today)
	at := slices.IndexFunc(coming, func(t turn) bool { return s.at(t.on) != now })
	if at < 0 {
		return calendar.Date{}
	}
	return coming[at].on
}

func (s Settlement) mover() mover {
	m := mover{sign: 1, open: s.Open}
	for _, c := range s.Claims {
		if c.Earned < 0 || c.Held < 0 {
			m.sign = -1
		}
	}
	for _, p := range s.Posted {
		m.stated += p.Payable
	}
	m.open, m.stated = m.sign*m.open, m.sign*(m.stated-m.open)
	return m
}

// mover writes down movements. It reckons with amounts above zero; sign is that
// of the accrual's. open is what stands on Payable and on no closed statement, and
// stated what of the payable amount is on one.
type mover struct {
	sign    int64
	open    int64
	stated  int64
	entries []Entry
}

// move adds the entries that lead from one standing to another.
func (m *mover) move(now, then Standing, t turn) {
	if now == then {
		return
	}
	now, then = now.times(m.sign), then.times(m.sign)
	total := then.Accrued + then.Payable - now.Accrued - now.Payable
	held := then.Held - now.Held
	waiting := now.Accrued
	switch {
	case held > 0 && total < 0: // what was earned is contested
		turned := min(held, -total)
		waiting -= m.take(Hold, Held, turned, waiting, t)
		held, total = held-turned, total+turned
	case held < 0 && total > 0: // what was contested is earned
		turned := min(-held, total)
		m.add(Release, t, Transfer(Held, Accrued, turned))
		waiting += turned
		held, total = held+turned, total-turned
	}
	switch {
	case held > 0:
		m.add(Hold, t, Transfer(Expense, Held, held))
	case held < 0:
		m.add(Forfeit, t, Transfer(Held, Expense, -held))
	}
	switch {
	case total > 0:
		m.add(Accrual, t, Transfer(Expense, Accrued, total))
		waiting += total
	case total < 0:
		waiting -= m.take(Clawback, Expense, -total, waiting, t)
	}
	switch due := waiting - then.Accrued; {
	case due > 0:
		m.add(Maturity, t, Transfer(Accrued, Payable, due))
		m.open += due
	case due < 0:
		m.add(Unwinding, t, m.fromPayable(Accrued, -due))
	}
}

// take takes an amount back, first from what is waiting and then from what is
// payable, and returns what it took from the waiting.
func (m *mover) take(kind Kind, to Account, amount, waiting int64, t turn) int64 {
	first := min(amount, max(waiting, 0))
	var postings []Posting
	if first > 0 {
		postings = Transfer(Accrued, to, first)
	}
	if rest := amount - first; rest > 0 {
		postings = append(postings, m.fromPayable(to, rest)...)
	}
	m.add(kind, t, postings)
	return first
}

// fromPayable moves an amount from what is due: first what is open, then what
// closed statements have stated, which the partner owes then. What is neither, as
// the facts are late, a later day of the same settlement gives back.
func (m *mover) fromPayable(to Account, amount int64) []Posting {
	owed := min(amount-min(amount, max(m.open, 0)), max(m.stated, 0))
	m.open, m.stated = m.open-(amount-owed), m.stated-owed
	var postings []Posting
	if owed < amount {
		postings = Transfer(Payable, to, amount-owed)
	}
	if owed > 0 {
		postings = append(postings, Transfer(Receivable, to, owed)...)
	}
	return postings
}

func (m *mover) add(kind Kind, t turn, postings []Posting) {
	if m.sign < 0 {
		for i, p := range postings {
			postings[i].Debit, postings[i].Credit = p.Credit, p.Debit
		}
	}
	m.entries = append(m.entries, Entry{
		Kind: kind, Effective: t.on, Cause: t.cause, Note: note(kind, t.cause), Postings: merged(postings),
	})
}

// merged adds up the postings to one account on one side.
func merged(postings []Posting) []Posting {
	sums := postings[:0:0]
	for _, p := range postings {
		at := slices.IndexFunc(sums, func(s Posting) bool { return s.Account == p.Account && (s.Debit > 0) == (p.Debit > 0) })
		if at < 0 {
			sums = append(sums, p)
			continue
		}
		sums[at].Debit += p.Debit
		sums[at].Credit += p.Credit
	}
	return sums
}
