package renewal

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const monthsAYear = 12

// Contract is the term that ends.
type Contract struct {
	Anchor    calendar.Date // from which all ends are counted: of a stub, its own end
	Term      calendar.Term
	Months    int // 0 for a stub that led to a common end
	Seats     int64
	UnitPrice money.Amount // per seat and year, at the term's start
	Uplift    money.Bps    // contractual, once a year
	Billing   margin.Billing
}

// Wish is what the new term is to be. What is left zero is not asked for.
type Wish struct {
	Months  int
	End     calendar.Date // co-term: the new term is a stub that ends on this day, without months
	Seats   int64
	Billing margin.Billing
}

// Fill returns the wish with what was not asked for taken from the contract. A
// stub has no length to repeat: it is followed by a year. A wish for a stub has
// no months.
func (w Wish) Fill(c Contract) Wish {
	if w.Months == 0 && w.End.IsZero() {
		if w.Months = c.Months; c.Months == 0 {
			w.Months = monthsAYear
		}
	}
	if w.Seats == 0 {
		w.Seats = c.Seats
	}
	if w.Billing == "" {
		w.Billing = c.Billing
	}
	return w
}

// Sale returns what the renewal sells: the term from the old end, at the
// renewal price. The rate is that of the relationship on the new term's first
// day. A stub ends on the day that was wished, and later terms are counted from
// it. Errors are TERM_UNSUPPORTED, COTERM_DATE_OUT_OF_RANGE, DATE_INVALID,
// SEATS_NOT_POSITIVE and those of money.
func (c Contract) Sale(w Wish, mode margin.Mode, rate margin.Rate) (margin.Sale, error) {
	w = w.Fill(c)
	if w.Seats < 0 {
		return margin.Sale{}, margin.ErrSeatsNotPositive.Because("a renewal needs at least 1 seat; decline it if none is wanted").On("seats")
	}
	old, unit, err := c.Prices()
	if err != nil {
		return margin.Sale{}, err
	}
	return margin.Sale{
		OldSeats: c.Seats, Seats: w.Seats, OldUnitPrice: old, UnitPrice: unit, Uplift: c.Uplift,
		Anchor: c.Anchor, Start: c.Term.End, Months: w.Months, End: w.End, Billing: w.Billing, Mode: mode, Rate: rate,
	}, nil
}

// Prices returns the unit price of the old term's last year and that of the
// new term's first. The price rises once a year, rounded each time and
// compounding on the rounded price: inside a term of several years unless it
// was paid in advance, and at the renewal of a term of a year or more. Monthly
// terms rise at the renewal that begins the next year of the contract, and
// stubs if their last price, or their only one, has stood for a year.
func (c Contract) Prices() (old, unit money.Amount, err error) {
	old = c.UnitPrice
	if !c.Billing.PricedAhead() {
		for range c.laterYears() {
			if old, err = uplifted(old, c.Uplift); err != nil {
				return old, old, err
			}
		}
	}
	if !c.beginsYear() {
		return old, old, nil
	}
	unit, err = uplifted(old, c.Uplift)
	return old, unit, err
}

// laterYears counts the years that begin within the old term, but for its
// first.
func (c Contract) laterYears() int {
	if c.Months > 0 {
		return (c.Months - 1) / monthsAYear
	}
	years := 0
	for c.Term.Start.AddMonths((years + 1) * monthsAYear).Before(c.Term.End) {
		years++
	}
	return years
}

// Net returns what the old term came to with the seats that it has at its end,
// at the prices of its years.
func (c Contract) Net() (money.Amount, error) {
	whole := margin.Sale{
		Seats: c.Seats, UnitPrice: c.UnitPrice, Uplift: c.Uplift, Months: c.Months, Billing: c.Billing, Mode: margin.Resale,
	}
	if c.Months == 0 {
		whole.Start, whole.End = c.Term.Start, c.Term.End
	}
	sold, err := margin.Calculate(whole)
	return sold.Net, err
}

// beginsYear reports whether a year of the contract begins with the new term.
func (c Contract) beginsYear() bool {
	switch {
	case c.Months >= monthsAYear:
		return true
	case c.Months > 0:
		return c.Anchor.MonthsUntil(c.Term.End)%monthsAYear == 0
	case c.Billing.PricedAhead():
		return !c.Term.Start.AddMonths(monthsAYear).After(c.Term.End)
	}
	return c.Term.Start.AddMonths((c.laterYears()+1)*monthsAYear) == c.Term.End
}

// uplifted returns the price after a year, refusing an uplift that is none.
func uplifted(price money.Amount, by money.Bps) (money.Amount, error) {
	if money.CheckBps(by) != nil {
		return price, margin.ErrUpliftOutOfRange.Because("the contract's uplift is not between 0 and 10000 basis points").On("uplift_bps")
	}
	risen, err := price.Uplifted(by)
	if refusal, ok := fault.Of(err); ok {
		return price, refusal.On("unit_price")
	}
	return risen, err
}
