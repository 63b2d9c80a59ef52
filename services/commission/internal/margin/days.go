package margin

import (
	"fmt"
	"math/bits"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// dayUnits is the common denominator of days in a contract year, which has 365
// or 366 of them: what is priced by days is a whole number of dayUnits-ths of a
// minor unit, and is rounded once, when all is added up.
const dayUnits = 365 * 366

// byDays reports whether the term is priced by actual days: a stub, or the rest
// of a running term.
func (s *Sale) byDays() bool { return !s.End.IsZero() }

// running is the term whose contract years and months are counted: the sale's
// own, or the one that a change of seats falls into.
func (s *Sale) running() calendar.Term {
	if s.within.Empty() {
		return calendar.Term{Start: s.Start, End: s.End}
	}
	return s.within
}

// month returns the first day of the n-th month of the running term. Months
// are counted from the anchor; those of a stub, whose end the anchor is, from
// its start, and so are those of a term that is not on the anchor's grid any
// more: a stub that was booked since has moved the anchor.
func (s *Sale) month(n int) calendar.Date {
	term := s.running()
	if n > 0 && n == s.Months {
		return term.End
	}
	elapsed := s.Anchor.MonthsUntil(term.Start)
	if s.Months == 0 || s.Anchor.IsZero() || s.Anchor.AddMonths(elapsed) != term.Start {
		return term.Start.AddMonths(n)
	}
	return s.Anchor.AddMonths(elapsed + n)
}

// part returns what the sale covers of so many months from the n-th on.
func (s *Sale) part(n, months int) calendar.Term {
	return calendar.Term{Start: calendar.Max(s.month(n), s.Start), End: calendar.Min(s.month(n+months), s.End)}
}

// priceByDays is price for a term with an end of its own: the sum, over the
// contract years that it touches, of unit price × seats × days ÷ days in that
// year. The unit price rises as in a whole term. Of a net that was given, the
// years only tell the days.
func (s *Sale) priceByDays(years []year) ([]year, money.Amount, error) {
	var sum dayPrice
	var err error
	unit, uplift := s.UnitPrice, s.Uplift
	switch {
	case s.netGiven():
		unit, uplift = money.Amount{Minor: 1, Currency: s.Net.Currency}, 0
	case s.Billing.PricedAhead():
		uplift = 0
	}
	for n := 0; n < maxMonths && s.month(n).Before(s.End); n += monthsAYear {
		if n > 0 {
			if unit, err = unit.Uplifted(uplift); err != nil {
				return nil, unit, onField(err, "unit_price")
			}
		}
		y := year{first: n, unit: unit, days: s.part(n, monthsAYear).Days(), of: s.month(n).DaysUntil(s.month(n + monthsAYear))}
		if y.days == 0 {
			continue
		}
		if dayUnits%y.of != 0 {
			return nil, unit, calendar.ErrDateInvalid.Because(
				fmt.Sprintf("the term %s does not last %d months; read the subscription again", s.running(), s.Months)).On("effective_date")
		}
		sum = sum.plus(dayPriceOf(y, s.sold()))
		years = append(years, y)
	}
	if s.netGiven() {
		return years, s.Net, nil
	}
	net, err := sum.rounded(s.UnitPrice.Currency)
	return years, net, onField(err, "seats")
}

// dayPrice is a number of dayUnits-ths of a minor unit.
type dayPrice struct{ hi, lo uint64 }

// beyond is more than any amount.
var beyond = dayPrice{hi: dayUnits}

// dayPriceOf returns unit price × seats × days ÷ days of the year, exactly.
func dayPriceOf(y year, seats int64) dayPrice {
	hi, yearly := bits.Mul64(uint64(y.unit.Minor), uint64(seats))
	if hi > 0 { // a day of it would be out of range
		return beyond
	}
	hi, lo := bits.Mul64(yearly, uint64(y.days*(dayUnits/y.of)))
	return dayPrice{hi, lo}
}

func (p dayPrice) plus(q dayPrice) dayPrice {
	lo, carry := bits.Add64(p.lo, q.lo, 0)
	hi, _ := bits.Add64(p.hi, q.hi, carry)
	return dayPrice{hi, lo}
}

// rounded returns the amount, half away from zero, or money.ErrOutOfRange.
func (p dayPrice) rounded(c money.Currency) (money.Amount, error) {
	if p.hi >= dayUnits {
		return money.New(money.MaxMinor+1, c)
	}
	minor, rest := bits.Div64(p.hi, p.lo, dayUnits)
	if rest >= dayUnits-rest {
		minor++
	}
	return money.New(int64(min(minor, money.MaxMinor+1)), c)
}
