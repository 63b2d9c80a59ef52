package margin

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrReductionAtRenewalOnly is returned for fewer seats within a term.
var ErrReductionAtRenewalOnly = fault.New("SEAT_REDUCTION_AT_RENEWAL_ONLY", "seats can be removed only at renewal")

// SeatChange is another number of seats from a day within a running term.
type SeatChange struct {
	OldSeats, Seats int64        // just before, and from the day on
	UnitPrice       money.Amount // per seat and year at the running term's start
	Uplift          money.Bps    // how much the contract raises it each year

	Anchor  calendar.Date // of the contract; the term's start if it is no date
	Term    calendar.Term // that runs
	Months  int           // of that term, 0 for a stub
	From    calendar.Date // first day of the change
	Billing Billing
	Mode    Mode
	Rate    Rate // of the running term: Relationship.RateOn(Term.Start)
}

// CalculateSeatChange returns what a change of seats earns, with its
// explanation: a calculation whose term is the rest of the running one, whose
// seats are the new number, and whose only line is what is added. The rate is
// that of the running term, cap included.
//
// Fewer seats are refused with ErrReductionAtRenewalOnly, unless the term is a
// month: they then fall away with the next one, and no money moves. Other
// refusals are those of Calculate, DATE_INVALID for a day outside the term, and
// REQUEST_INVALID for the number of seats that there are already.
func CalculateSeatChange(c SeatChange) (Calculation, error) {
	s := Sale{
		OldSeats: c.OldSeats, Seats: c.Seats, UnitPrice: c.UnitPrice, Uplift: c.Uplift, Anchor: c.Anchor, Start: c.From, Months: c.Months, End: c.Term.End,
		Billing: c.Billing, Mode: c.Mode, Rate: c.Rate, within: c.Term,
	}
	if err := s.check(); err != nil {
		return Calculation{}, err
	}
	if err := c.check(); err != nil {
		return Calculation{}, err
	}
	return s.calculate(calendar.Term{Start: c.From, End: c.Term.End})
}

func (c SeatChange) check() error {
	switch {
	case !c.Term.Contains(c.From):
		return calendar.ErrDateInvalid.Because(
			fmt.Sprintf("%s is not a day of the running term %s; give one of its days", c.From, c.Term),
			"start_date", c.Term.Start.String(), "end_date", c.Term.End.String()).On("effective_date")
	case c.OldSeats == c.Seats:
		return ErrUnknownValue.Because(fmt.Sprintf("the subscription has %d seats already; give another number", c.Seats)).On("seats")
	case c.Seats < c.OldSeats && c.Months != 1:
		return ErrReductionAtRenewalOnly.Because(
			fmt.Sprintf("the term has %d seats until %s; renew it with fewer then", c.OldSeats, c.Term.End),
			"seats", strconv.FormatInt(c.OldSeats, 10), "end_date", c.Term.End.String()).On("seats")
	}
	return nil
}

func explainSeatChange(e *explanation, s *Sale) {
	step := e.step(RuleSeats, PredictableRevenue)
	step.Inputs = e.inputs("old_seats", s.OldSeats, "seats", s.Seats, "effective_date", s.Start)
	if s.Seats > s.OldSeats {
		step.Sentence = e.text(s.Seats-s.OldSeats, " seats are added to ", s.OldSeats, " from ", s.Start, " on, at the same rate as the others.")
		return
	}
	step.Sentence = e.text(s.OldSeats-s.Seats, " of ", s.OldSeats, " seats fall away from ", s.End, " on, with the next month; the one that runs stays as it is.")
}
