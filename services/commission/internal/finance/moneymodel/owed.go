package moneymodel

import (
	"maps"
	"slices"
)

// accrual is what a line earns somebody: its claims, in the order of their making,
// and what of them was due, as it was written down.
type accrual struct {
	line     *Line
	claims   []Claim
	postings []posting
}

// posting is what was written of an accrual for a day: it became due, or was due no
// more. A posting is on one statement, or not yet on any.
type posting struct {
	on                  Day
	payable, receivable int64
	shownOn             *Statement
}

// standing is where the accrual is on a day.
func (a *accrual) standing(day Day) Standing { return a.line.standing(on(a.claims, day), day) }

// posted adds up postings.
func (a *accrual) posted(which func(posting) bool) (payable, receivable int64) {
	for _, p := range a.postings {
		if which(p) {
			payable, receivable = payable+p.payable, receivable+p.receivable
		}
	}
	return payable, receivable
}

// days are those on which an accrual may change, in their order.
func (a *accrual) days() []Day {
	i := a.line.Of
	days := map[Day]bool{i.Issued: true, i.Due + overdueDays + 1: true}
	for _, c := range a.claims {
		days[c.From] = true
	}
	for _, f := range i.Facts {
		days[f.On], days[f.On+holdDays], days[f.Gone] = true, true, true
	}
	return slices.Sorted(maps.Keys(days))
}

// Settle writes down what has become due of invoices by today, and what of it is due
// no more, day by day.
func (b *Book) Settle(invoices ...*Invoice) {
	for _, i := range invoices {
		for _, l := range i.Lines {
			for _, a := range l.accruals {
				a.settle(b.Today, nil)
			}
		}
	}
}

// SettleOf does so for one owner, by somebody who may not have seen a statement that
// was closed at the same time. What it returns undoes it.
func (b *Book) SettleOf(o Owner, i *Invoice, unseen *Statement) (undo func()) {
	before := map[*accrual]int{}
	for _, l := range i.Lines {
		for k, a := range l.accruals {
			if (Owner{k.of.Partner, i.Currency}) == o {
				before[a] = len(a.postings)
				a.settle(b.Today, unseen)
			}
		}
	}
	return func() {
		for a, n := range before {
			a.postings = a.postings[:n]
		}
	}
}

func (a *accrual) settle(today Day, unseen *Statement) {
	for _, day := range a.days() {
		if day > today {
			return
		}
		payable, receivable := a.posted(func(p posting) bool { return p.on <= day })
		if due := a.standing(day).Due - payable - receivable; due != 0 {
			a.postings = append(a.postings, a.posting(day, due, unseen))
		}
	}
}

// posting is how a change of what is due is written. More is payable. Less of it is
// taken from what is payable and on no statement; the partner owes the rest, as far
// as statements have shown it.
func (a *accrual) posting(day Day, change int64, unseen *Statement) posting {
	isOpen := func(p posting) bool { return p.shownOn == nil || p.shownOn == unseen }
	open, taken := a.posted(isOpen)
	payable, receivable := a.posted(func(p posting) bool { return !isOpen(p) })
	shown := payable + receivable + taken
	if a.deducts() {
		back := -a.owed(-change, -open, -shown)
		return posting{on: day, payable: change - back, receivable: back}
	}
	back := a.owed(change, open, shown)
	return posting{on: day, payable: change - back, receivable: back}
}

// owed is what of a change the partner owes, below zero, where so much is open and
// statements have shown so much.
func (a *accrual) owed(change, open, shown int64) int64 {
	beyond := max(-change-max(open, 0), 0)
	return -min(beyond, max(shown, 0))
}

// deducts reports whether the partner does not earn by the accrual, but pays.
func (a *accrual) deducts() bool {
	return slices.ContainsFunc(a.claims, func(c Claim) bool { return c.Earned < 0 })
}
