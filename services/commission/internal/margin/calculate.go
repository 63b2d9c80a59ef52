package margin

import (
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Calculate returns what a sale earns, with its explanation. It returns the
// refusal of the first fact that is wrong, naming its field: the reasons of
// money and dates, SEATS_NOT_POSITIVE, UPLIFT_BPS_OUT_OF_RANGE or
// REQUEST_INVALID, COTERM_DATE_OUT_OF_RANGE.
func Calculate(s Sale) (Calculation, error) {
	if err := s.check(); err != nil {
		return Calculation{}, err
	}
	term, err := s.term()
	if err != nil {
		return Calculation{}, err
	}
	return s.calculate(term)
}

// calculate is Calculate for a sale that was checked.
func (s *Sale) calculate(term calendar.Term) (Calculation, error) {
	var prices [maxYears]year
	years, net, err := s.price(prices[:0])
	if err != nil {
		return Calculation{}, err
	}
	c := Calculation{
		Term: term, Months: s.Months, Billing: s.Billing, Seats: s.Seats, UnitPrice: s.UnitPrice,
		Net: net, Locked: s.Rate.Agreed(), Effective: s.Rate.Effective(s.running().Start), Mode: s.Mode,
	}
	if !s.within.Empty() {
		c.Months, c.UnitPrice = 0, years[0].unit
	}
	if c.Margin, err = net.Portion(c.Effective); err != nil {
		return Calculation{}, err
	}
	if s.Mode == Resale {
		c.BuyPrice = money.Amount{Minor: net.Minor - c.Margin.Minor, Currency: net.Currency}
	}
	if c.Lines, err = s.lines(c.UnitPrice, net, c.Margin); err != nil {
		return Calculation{}, err
	}
	if c.Instalments, err = s.instalments(years, net, c.Margin); err != nil {
		return Calculation{}, err
	}
	reward, err := s.reward(&c, years)
	if err != nil {
		return Calculation{}, err
	}
	explain(s, &c, years, reward)
	return c, nil
}

// term returns the dates of the sale, or the empty term without a contract.
func (s *Sale) term() (calendar.Term, error) {
	if s.byDays() {
		s.Anchor = calendar.Date{}
		return s.running(), nil
	}
	if s.Anchor.IsZero() {
		return calendar.Term{}, nil
	}
	term, err := calendar.TermFrom(s.Anchor, s.Start, s.Months)
	return term, onField(err, "start_date")
}

const (
	monthsAYear = 12
	maxYears    = 3
	maxMonths   = maxYears * monthsAYear
)

// year is a contract year of a term, or the one month of a monthly term. What
// is priced by days has the days that are sold, and those of the whole year, in
// place of months and net.
type year struct {
	months   int
	unit     money.Amount
	net      money.Amount
	first    int // months of the term before it
	days, of int
}

// price appends the years of the term and adds up its net. The unit price
// rises by the uplift every year, rounded each time and compounding on the
// rounded price, unless the term is prepaid. There are no years if the net was
// given.
func (s *Sale) price(years []year) ([]year, money.Amount, error) {
	if s.byDays() {
		return s.priceByDays(years)
	}
	if s.netGiven() {
		return years, s.Net, nil
	}
	net := money.Amount{Currency: s.UnitPrice.Currency}
	unit := s.UnitPrice
	for left := s.Months; left > 0; left -= monthsAYear {
		var err error
		if len(years) > 0 && !s.Billing.PricedAhead() {
			if unit, err = unit.Uplifted(s.Uplift); err != nil {
				return nil, net, onField(err, "unit_price")
			}
		}
		y := year{months: min(left, monthsAYear), unit: unit}
		if y.net, err = seatsFor(unit, s.Seats, y.months); err != nil {
			return nil, net, err
		}
		if net, err = net.Add(y.net); err != nil {
			return nil, net, onField(err, "seats")
		}
		years = append(years, y)
	}
	return years, net, nil
}

// seatsFor returns round(unit × seats × months ÷ 12).
func seatsFor(unit money.Amount, seats int64, months int) (money.Amount, error) {
	num, den := seats, int64(monthsAYear/months)
	net, err := unit.MulDiv(num, den)
	return net, onField(err, "seats")
}

// lines divides net and margin among what is renewed, added and new, by seats.
// A change of seats has a line only for what changes.
func (s *Sale) lines(unit, net, margin money.Amount) ([]Line, error) {
	kept := min(s.OldSeats, s.Seats)
	added, lost := s.Seats-kept, s.OldSeats-kept
	nothing := money.Amount{Currency: net.Currency}
	switch {
	case s.netGiven() && s.Rate.LockedOn.IsZero():
		return []Line{{Kind: New, Net: net, Margin: margin}}, nil
	case s.netGiven():
		return []Line{{Kind: Renewed, Net: net, Margin: margin}}, nil
	case !s.within.Empty() && lost > 0:
		return []Line{{Contracted, lost, unit, nothing, nothing}}, nil
	case !s.within.Empty():
		return []Line{{Expanded, added, unit, net, margin}}, nil
	case s.OldSeats == 0:
		return []Line{{New, added, unit, net, margin}}, nil
	case lost > 0:
		return []Line{{Renewed, kept, unit, net, margin}, {Contracted, lost, unit, nothing, nothing}}, nil
	case added == 0:
		return []Line{{Renewed, kept, unit, net, margin}}, nil
	}
	var buf [4]money.Amount
	bySeats := [...]int64{kept, added}
	parts, err := money.AppendAllocated(buf[:0], net, bySeats[:])
	if err != nil {
		return nil, err
	}
	if parts, err = money.AppendAllocated(parts, margin, bySeats[:]); err != nil {
		return nil, err
	}
	return []Line{{Renewed, kept, unit, parts[0], parts[2]}, {Expanded, added, unit, parts[1], parts[3]}}, nil
}
