package margin

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of sales.
var (
	ErrSeatsNotPositive = fault.New("SEATS_NOT_POSITIVE", "seats must be at least 1")
	ErrUpliftOutOfRange = fault.New("UPLIFT_BPS_OUT_OF_RANGE", "the uplift is outside 0 to 10000 basis points")
	ErrCotermOutOfRange = fault.New("COTERM_DATE_OUT_OF_RANGE", "the co-term date does not fit")
	ErrUnknownValue     = fault.New("REQUEST_INVALID", "the value is not one of those offered")
)

// Mode says who invoices the customer, and so what is owed to the partner.
type Mode string

// Settlement modes.
const (
	Resale Mode = "RESALE" // the partner buys at net less margin; margin is never paid out
	Agency Mode = "AGENCY" // the vendor invoices the customer at net and owes the margin
)

// Billing says when the customer is invoiced.
type Billing string

// Billings.
const (
	Prepaid Billing = "PREPAID" // once, at the term's start
	Annual  Billing = "ANNUAL"  // at the start of each contract year
	Monthly Billing = "MONTHLY" // at the start of each month
)

// Sale is one line sold for one term: a renewal, an order, or only a question.
type Sale struct {
	// Net is the term's price where it is given. If it is the zero value, the
	// price is computed from seats and unit price.
	Net money.Amount

	OldSeats, Seats int64        // before, 0 for what is new, and in this term
	OldUnitPrice    money.Amount // per seat and year before; the zero value for what is new
	UnitPrice       money.Amount // per seat and year at the term's start, uplift included
	Uplift          money.Bps    // how much the contract raises the unit price each year

	// Anchor is the contract's original anchor. Without a contract it is no
	// date: then the term and the instalments have no dates either.
	Anchor calendar.Date
	Start  calendar.Date // first day of the term; decides whether a cap is live
	Months int
	// End makes the term a stub that leads to a common end: it has no months and
	// no anchor, is priced by days, and later terms are counted from its end.
	End     calendar.Date
	Billing Billing
	Mode    Mode
	Rate    Rate

	Reward   *Reward  // for new business; nil if there is none to be had
	NoReward NoReward // why there is none all the same, if the partner is to be told

	// within is the running term that a change of seats falls into; Start and
	// End are then those of the rest of it.
	within calendar.Term
}

// PricedAhead reports whether a contract's price stands still for the whole
// term: it was paid in advance.
func (b Billing) PricedAhead() bool { return b == Prepaid }

// check returns the first fact that can't be calculated with.
func (s *Sale) check() error {
	if s.Billing != Prepaid && s.Billing != Annual && s.Billing != Monthly {
		return ErrUnknownValue.Because(fmt.Sprintf("billing %.16q is not offered; use PREPAID, ANNUAL or MONTHLY", string(s.Billing))).On("billing")
	}
	if s.Mode != Resale && s.Mode != Agency {
		return ErrUnknownValue.Because(fmt.Sprintf("settlement mode %.16q does not exist; use RESALE or AGENCY", string(s.Mode))).On("settlement_mode")
	}
	if err := s.checkTerm(); err != nil {
		return err
	}
	if err := s.Rate.check(); err != nil {
		return err
	}
	if err := s.checkReward(); err != nil {
		return err
	}
	if s.netGiven() {
		return notNegative(s.Net, "net")
	}
	return s.checkSeats()
}

// checkTerm returns TERM_UNSUPPORTED, or COTERM_DATE_OUT_OF_RANGE for a stub
// that is empty, longer than the longest term, or given months as well.
func (s *Sale) checkTerm() error {
	if !s.byDays() {
		return onField(calendar.CheckMonths(s.Months), "term_months")
	}
	term := s.running()
	latest := term.Start.AddMonths(maxMonths)
	why := ""
	switch {
	case s.Months != 0 && !s.within.Empty():
		return onField(calendar.CheckMonths(s.Months), "term_months")
	case s.Months != 0:
		why = fmt.Sprintf("a term lasts %d months or ends on %s; give one of the two", s.Months, s.End)
	case term.Empty() || term.End.After(latest):
		why = fmt.Sprintf("a term from %s can end from %s to %s, not on %s", term.Start, term.Start.AddDays(1), latest, term.End)
	default:
		return nil
	}
	return ErrCotermOutOfRange.Because(why, "coterm_date", s.End.String()).On("coterm_date")
}

func (s *Sale) checkSeats() error {
	if s.Seats <= 0 || s.OldSeats < 0 {
		return ErrSeatsNotPositive.Because(
			fmt.Sprintf("%d seats can't be sold; give at least 1, or decline the renewal", s.Seats), "seats", strconv.FormatInt(s.Seats, 10)).On("seats")
	}
	if s.Uplift < 0 || s.Uplift > money.Whole {
		return ErrUpliftOutOfRange.Because(
			fmt.Sprintf("an uplift of %d basis points is out of range; it must lie between 0 and 10000 (500 is 5 %%)", s.Uplift)).On("uplift_bps")
	}
	if s.OldUnitPrice.Currency != "" {
		if _, err := s.UnitPrice.Cmp(s.OldUnitPrice); err != nil {
			return onField(err, "unit_price")
		}
	}
	return notNegative(s.UnitPrice, "unit_price")
}

// sold is how many seats are paid for: in a running term, those that are added.
func (s *Sale) sold() int64 {
	switch {
	case s.netGiven():
		return 1
	case s.within.Empty():
		return s.Seats
	}
	return max(s.Seats-s.OldSeats, 0)
}

func (s *Sale) netGiven() bool { return s.Net.Currency != "" }

func notNegative(a money.Amount, field string) error {
	if _, err := money.New(a.Minor, a.Currency); err != nil {
		return onField(err, field)
	}
	if a.Sign() >= 0 {
		return nil
	}
	return money.ErrNegative.Because(
		fmt.Sprintf("the amount %s is negative; a sale is priced at zero or more, and a credit reverses what was earned", a)).On(field)
}
