package retention

import (
	"fmt"
	"math"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of figures.
var (
	// ErrUndefined is returned where there is nothing to divide by.
	ErrUndefined = fault.New("METRIC_UNDEFINED", "no customer was active on the first day, or their value was zero; there is nothing to divide by")
	// ErrRateMissing is returned for a currency without an exchange rate.
	ErrRateMissing = fault.New("FX_RATE_MISSING", "there is no exchange rate for this currency")
)

// NoRates is ErrRateMissing where no set of exchange rates is in force on a day.
func NoRates(on calendar.Date) error {
	return ErrRateMissing.Because(fmt.Sprintf("no exchange rates are in force on %s; add a set that begins on that day or before", on), "on_date", on.String())
}

// Dimension is what figures are sliced by.
type Dimension string

// The dimensions.
const (
	ByPartner Dimension = "PARTNER"
	BySegment Dimension = "SEGMENT"
	ByRegion  Dimension = "REGION"
	ByCountry Dimension = "COUNTRY"
	ByFamily  Dimension = "FAMILY"
)

// Tally are the customers with one movement.
type Tally struct {
	Movement  Movement
	Customers int64
	Start     money.Amount
	End       money.Amount
}

// Figures are those of a cohort.
type Figures struct {
	StartCustomers int64
	EndCustomers   int64
	Start          money.Amount
	End            money.Amount
	Retained       money.Amount // Σ min(start, end)
	Tallies        []Tally      // one for each movement that a customer has
}

// Slice are the figures of one value of a dimension.
type Slice struct {
	Name    string
	Figures Figures
}

// Sum adds tallies up, in the currency of their amounts, or returns
// money.ErrOutOfRange or money.ErrMismatch. A customer's movement says which of
// its values is the smaller one, so the minimums need not be added up one by one.
func Sum(base money.Currency, tallies []Tally) (Figures, error) {
	zero := money.Amount{Currency: base}
	sum := Figures{Start: zero, End: zero, Retained: zero}
	for _, m := range movements {
		all := Tally{Movement: m, Start: zero, End: zero}
		for _, t := range tallies {
			if t.Movement != m {
				continue
			}
			if err := all.add(t); err != nil {
				return Figures{}, err
			}
		}
		if all.Customers == 0 {
			continue
		}
		if err := sum.add(all); err != nil {
			return Figures{}, err
		}
	}
	return sum, nil
}

func (t *Tally) add(other Tally) (err error) {
	t.Customers += other.Customers
	if t.Start, err = t.Start.Add(other.Start); err == nil {
		t.End, err = t.End.Add(other.End)
	}
	return err
}

func (f *Figures) add(t Tally) (err error) {
	f.Tallies = append(f.Tallies, t)
	f.StartCustomers += t.Customers
	if !t.Movement.left() {
		f.EndCustomers += t.Customers
	}
	kept := t.End
	if t.Movement == Expanded {
		kept = t.Start
	}
	if f.Start, err = f.Start.Add(t.Start); err != nil {
		return err
	}
	if f.End, err = f.End.Add(t.End); err != nil {
		return err
	}
	f.Retained, err = f.Retained.Add(kept)
	return err
}

// Defined returns ErrUndefined where there is nothing to divide by.
func (f Figures) Defined() error {
	if f.Start.Sign() > 0 {
		return nil
	}
	return ErrUndefined
}

// GRR is gross revenue retention; not ok if it is not defined.
func (f Figures) GRR() (money.Bps, bool) { return share(f.Retained.Minor, f.Start.Minor) }

// NRR is net revenue retention; not ok if it is not defined, or too large to be
// said in basis points.
func (f Figures) NRR() (money.Bps, bool) { return share(f.End.Minor, f.Start.Minor) }

// Logo is logo retention; not ok if it is not defined.
func (f Figures) Logo() (money.Bps, bool) { return share(f.EndCustomers, f.StartCustomers) }

// share is part ÷ whole in basis points, half away from zero, with a 128-bit
// product.
func share(part, whole int64) (money.Bps, bool) {
	if whole <= 0 {
		return 0, false
	}
	quotient, err := money.Amount{Minor: part}.MulDiv(int64(money.Whole), whole)
	if err != nil || quotient.Minor > math.MaxInt32 {
		return 0, false
	}
	return money.Bps(quotient.Minor), true
}

// RateMissing is ErrRateMissing for a currency on a day.
func RateMissing(c money.Currency, on calendar.Date) error {
	return ErrRateMissing.Because(fmt.Sprintf("the exchange rates in force on %s have none for %s", on, c), "currency", string(c), "on_date", on.String())
}
