package moneymodel

import (
	"math"
	"slices"
)

// The days of the code of practice that is in force in the tests.
const (
	holdDays    = 30
	overdueDays = 90
)

// Standing is where what a line earns somebody is on a day.
type Standing struct{ Accrued, Due, Held int64 }

// paid is what counts as paid of a line by a day, where a payment counts after so
// many days. What the vendor credits for a fault of its own is as good as paid.
func (l *Line) paid(day Day, after int) (all int64) {
	for _, f := range l.Of.Facts {
		isPaid := f.Kind == "PAYMENT" && f.On <= day && day < f.Gone
		isExcused := f.Kind == "CREDIT_NOTE" && f.Cause == "VENDOR_FAULT" && f.On <= day
		if (isPaid || isExcused) && f.On+Day(after) <= day {
			all += f.Parts[l.index()]
		}
	}
	return all
}

// credited is what the customer owes less by a day, and the partner does not earn.
func (l *Line) credited(day Day) (all int64) {
	for _, f := range l.Of.Facts {
		if f.Kind == "CREDIT_NOTE" && f.Cause != "VENDOR_FAULT" && f.On <= day {
			all += f.Parts[l.index()]
		}
	}
	return all
}

func (l *Line) index() int {
	for n, other := range l.Of.Lines {
		if other == l {
			return n
		}
	}
	panic("the line is not on its invoice")
}

// standing is where a claim on the line is on a day.
func (l *Line) standing(c Claim, day Day) Standing {
	if day < l.Of.Issued {
		return Standing{}
	}
	credited, paid, due := l.credited(day), l.paid(day, 0), l.paid(day, holdDays)
	left := l.Amount - credited // the line's units before this one are left
	overdue := day > l.Of.Due+overdueDays && left > paid
	if left <= due { // nothing is open
		due = l.Amount
	}
	of := func(amount int64) (kept, mature int64) {
		kept = amount - l.eaten(amount, c, left)
		if overdue {
			kept = smaller(kept, part(amount, paid, l.Amount))
		}
		return kept, smaller(kept, part(amount, due, l.Amount))
	}
	earned, mature := of(c.Earned)
	held, _ := of(c.Held)
	return Standing{Accrued: earned - mature, Due: mature, Held: held}
}

// eaten is what credits, which have left so many units of the line, take of an
// amount.
func (l *Line) eaten(amount int64, c Claim, left int64) int64 {
	gone := int64(0)
	switch {
	case left <= c.First:
		gone = c.Span
	case left < c.First+c.Span:
		gone = c.First + c.Span - left
	}
	return part(amount, gone, c.Span)
}

// part is so much of an amount, rounded: half a unit is added, and what is left of
// a unit then dropped.
func part(amount, over, under int64) int64 {
	switch {
	case under == 0:
		return 0
	case amount < 0:
		return -part(-amount, over, under)
	case amount > 0 && over > math.MaxInt64/4/amount:
		panic("the amounts of tests are smaller")
	}
	return (2*amount*over + under) / (2 * under)
}

// smaller is the amount that is nearer to zero.
func smaller(a, b int64) int64 {
	if max(a, -a) < max(b, -b) {
		return a
	}
	return b
}

// on is the claim in force on a day: the last of those that had begun.
func on(claims []Claim, day Day) Claim {
	current := claims[0]
	for _, c := range claims {
		if c.From <= day {
			current = c
		}
	}
	return current
}

// Restate gives the lines of sources the claims that these have by now, from a day
// on.
func (b *Book) Restate(from Day, sources ...*Source) {
	var touched []*Invoice
	for _, i := range b.Invoices {
		for _, l := range i.Lines {
			if slices.Contains(sources, l.Source) {
				l.restate(from)
				touched = append(touched, i)
			}
		}
	}
	b.Settle(touched...)
}

func (l *Line) restate(from Day) {
	now := l.Source.claims(l.Number, l.Amount)
	for k, c := range now {
		if l.accruals[k] == nil && c.worth() {
			l.accruals[k] = &accrual{line: l, claims: []Claim{{From: l.Of.Issued, First: c.First, Span: c.Span}}}
		}
	}
	for k, a := range l.accruals {
		last := a.claims[len(a.claims)-1]
		next, still := now[k]
		if !still {
			next = Claim{First: last.First, Span: last.Span}
		}
		next.From = last.From
		if next == last {
			continue
		}
		next.From = max(from, last.From)
		a.claims = append(a.claims, next)
	}
}
