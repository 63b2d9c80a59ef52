package subscriptions

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of what a term is made of.
var (
	ErrSeatsNotPositive = fault.New("SEATS_NOT_POSITIVE", "the number of seats is not positive")
	ErrUpliftOutOfRange = fault.New("UPLIFT_BPS_OUT_OF_RANGE", "the uplift is outside 0 to 10000 basis points")
)

// maxSeats keeps seats × days far from the limits of an integer; beyond it no
// price of a whole minor unit is within range for three years.
const maxSeats = money.MaxMinor / 3

// Term is one term of a subscription: of so many months, or a stub of none.
// Seats are those at its start, FinalSeats those at its end, when some were
// added on the way.
type Term struct {
	ID         string        `json:"id"`
	Span       calendar.Term `json:"span"`
	Months     int           `json:"months"`
	Seats      int64         `json:"seats"`
	FinalSeats int64         `json:"final_seats"`
	UnitPrice  money.Amount  `json:"unit_price"`
	Net        money.Amount  `json:"net"`
	Billing    Billing       `json:"billing"`
	BookedBy   string        `json:"booked_by,omitempty"`
	Cancelled  bool          `json:"cancelled,omitempty"`
}

// Net returns unit price × seats × months ÷ 12, rounded once, or
// ErrSeatsNotPositive, money.ErrNegative or money.ErrOutOfRange.
func Net(unit money.Amount, seats int64, months int) (money.Amount, error) {
	return shareOf(unit, seats, int64(months), monthsAYear)
}

// shareOf returns unit price × seats × part ÷ year, rounded once, where part
// and year are counted in the same days or months.
func shareOf(unit money.Amount, seats, part, year int64) (money.Amount, error) {
	switch {
	case seats <= 0:
		return money.Amount{}, ErrSeatsNotPositive.Because(fmt.Sprintf("%d is not a number of seats; give at least 1", seats)).On("seats")
	case unit.Sign() < 0:
		return money.Amount{}, money.ErrNegative.Because("the unit price can't be negative").On("unit_price")
	case seats > maxSeats:
		return money.Amount{}, money.ErrOutOfRange.Because("the number of seats is out of range").On("seats")
	}
	net, err := unit.MulDiv(seats*part, year)
	if refusal, ok := fault.Of(err); ok {
		return money.Amount{}, refusal.On("unit_price")
	}
	return net, err
}

// newTerm makes a term of its span, months, seats, unit price and billing, in a
// contract with a yearly uplift.
func newTerm(t Term, uplift money.Bps) (Term, error) {
	net, err := t.netOf(t.Seats, uplift)
	if err != nil {
		return Term{}, err
	}
	t.FinalSeats, t.Net = t.Seats, net
	return t, nil
}

const monthsAYear = 12

// netOf returns the net price of the term for a number of seats: that of its
// contract years, added up. From the second year on the unit price rises by the
// uplift, rounded each time, unless all was paid ahead.
func (t Term) netOf(seats int64, uplift money.Bps) (money.Amount, error) {
	switch {
	case t.Months == 0:
		return t.stubNet(seats, uplift)
	case t.Billing == Prepaid:
		return Net(t.UnitPrice, seats, t.Months)
	}
	unit, net := t.UnitPrice, money.Amount{Currency: t.UnitPrice.Currency}
	for left := t.Months; left > 0; left -= monthsAYear {
		year, err := Net(unit, seats, min(left, monthsAYear))
		if err != nil {
			return money.Amount{}, err
		}
		if net, unit, err = nextYear(net, year, unit, uplift); err != nil {
			return money.Amount{}, err
		}
	}
	return net, nil
}

// nextYear adds a year's net to those before it and raises the unit price.
func nextYear(net, year, unit money.Amount, uplift money.Bps) (sum, raised money.Amount, err error) {
	if sum, err = net.Add(year); err == nil {
		raised, err = unit.Uplifted(uplift)
	}
	return sum, raised, fault.At("unit_price", err)
}

// span returns the days of a term from start on and the anchor of the terms
// after it, with refusals on their fields. A term of months lies on the anchor's
// grid; a stub, which has an end instead, makes that end the anchor.
func span(anchor, start calendar.Date, months int, end calendar.Date) (calendar.Term, calendar.Date, error) {
	if !end.IsZero() {
		days, err := stub(start, end, months)
		return days, end, err
	}
	if err := calendar.CheckMonths(months); err != nil {
		return calendar.Term{}, anchor, fault.At("term_months", err)
	}
	days, err := calendar.TermFrom(anchor, start, months)
	return days, anchor, fault.At("term_start_date", err)
}

// standing returns the index of the last term that is not cancelled, or of the
// last at all if all are.
func (s Subscription) standing() int {
	for i, t := range slices.Backward(s.Terms) {
		if !t.Cancelled {
			return i
		}
	}
	return len(s.Terms) - 1
}

// summed returns s with the figures of its last standing term. Seats that fall
// away at that term's end stay so.
func (s Subscription) summed() (Subscription, error) {
	last := s.Terms[s.standing()]
	net, err := last.netOf(last.FinalSeats, s.UpliftBps)
	if err != nil {
		return Subscription{}, err
	}
	if s.Current != last.Span || s.Seats > last.FinalSeats {
		s.Seats = last.FinalSeats
	}
	s.UnitPrice, s.TermMonths = last.UnitPrice, last.Months
	s.Billing, s.Current, s.TermNet = last.Billing, last.Span, net
	return s, nil
}

// checkUplift returns ErrUpliftOutOfRange outside 0 to 10000 basis points.
func checkUplift(b money.Bps) error {
	if money.CheckBps(b) == nil {
		return nil
	}
	return ErrUpliftOutOfRange.Because(fmt.Sprintf("an uplift of %d basis points is outside 0 to 10000", b)).On("uplift_bps")
}
