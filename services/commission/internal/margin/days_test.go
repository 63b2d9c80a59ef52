package margin_test

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// stubs draws terms that lead to a common end.
func stubs() *rapid.Generator[margin.Sale] {
	return rapid.Custom(func(t *rapid.T) margin.Sale {
		s := sales().Draw(t, "sale")
		s.Anchor, s.Months = calendar.Date{}, 0
		last := s.Start.DaysUntil(s.Start.AddMonths(36))
		s.End = s.Start.AddDays(rapid.IntRange(1, last).Draw(t, "days"))
		return s
	})
}

// changes draws added seats within a running term.
func changes() *rapid.Generator[margin.SeatChange] {
	return rapid.Custom(func(t *rapid.T) margin.SeatChange {
		s := rapid.OneOf(sales(), stubs()).Draw(t, "term")
		if s.End.IsZero() {
			term, err := calendar.TermFrom(s.Anchor, s.Start, s.Months)
			if err != nil {
				t.Fatal(err)
			}
			s.End = term.End
		} else {
			s.Anchor = s.End // a stub has set it
		}
		c := margin.SeatChange{
			OldSeats: s.OldSeats, Seats: s.OldSeats + s.Seats, UnitPrice: s.UnitPrice, Uplift: s.Uplift, Anchor: s.Anchor,
			Term: calendar.Term{Start: s.Start, End: s.End}, Months: s.Months, Billing: s.Billing, Mode: s.Mode, Rate: s.Rate,
		}
		c.From = s.Start.AddDays(rapid.IntRange(0, c.Term.Days()-1).Draw(t, "from"))
		return c
	})
}

func calculateChange(t *rapid.T, c margin.SeatChange) margin.Calculation {
	got, err := margin.CalculateSeatChange(c)
	if err != nil {
		t.Fatalf("CalculateSeatChange(%+v): %v", c, err)
	}
	return got
}

func checkParts(t *rapid.T, c margin.Calculation) {
	var lines, lineMargins, net, earned, last int64
	for _, line := range c.Lines {
		lines, lineMargins = lines+line.Net.Minor, lineMargins+line.Margin.Minor
	}
	start := c.Term.Start.AddDays(-1)
	for _, part := range c.Instalments {
		if part.Net.Minor < 0 || part.Margin.Minor < 0 || !start.Before(part.Start) {
			t.Fatalf("instalment %+v", part)
		}
		net, earned, last, start = net+part.Net.Minor, earned+part.Margin.Minor, last+1, part.Start
	}
	if lines != c.Net.Minor || net != c.Net.Minor || lineMargins != c.Margin.Minor || earned != c.Margin.Minor || last == 0 || !c.Term.Contains(start) {
		t.Fatalf("net %v: lines %d, instalments %d; margin %v: lines %d, instalments %d", c.Net, lines, net, c.Margin, lineMargins, earned)
	}
}

func TestLaw_PartsOfWhatIsPricedByDaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkParts(t, calculate(t, stubs().Draw(t, "stub"))) })
	rapid.Check(t, func(t *rapid.T) { checkParts(t, calculateChange(t, changes().Draw(t, "change"))) })
}

func TestLaw_AStubOfWholeYearsCostsWhatATermDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := sales().Draw(t, "sale")
		whole.Anchor, whole.Months = whole.Start, rapid.SampledFrom([]int{12, 24, 36}).Draw(t, "months")
		stub := whole
		stub.Months, stub.End = 0, whole.Start.AddMonths(whole.Months)
		one, other := calculate(t, whole), calculate(t, stub)
		if one.Net != other.Net || one.Margin != other.Margin || one.Term != other.Term {
			t.Fatalf("%s: %v earns %v as a term, %v earns %v as a stub", one.Term, one.Net, one.Margin, other.Net, other.Margin)
		}
	})
}

func TestLaw_SeatsAddedOnTheFirstDayCostWhatTheTermDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A month is a twelfth of a year as a term, and 28 to 31 days of one here.
		c := changes().Filter(func(c margin.SeatChange) bool { return c.Months != 1 }).Draw(t, "change")
		c.From = c.Term.Start
		whole := margin.Sale{
			Seats: c.Seats - c.OldSeats, UnitPrice: c.UnitPrice, Uplift: c.Uplift, Anchor: c.Anchor, Start: c.Term.Start, Months: c.Months,
			Billing: c.Billing, Mode: c.Mode, Rate: c.Rate,
		}
		if c.Months == 0 {
			whole.End = c.Term.End
		}
		one, other := calculate(t, whole), calculateChange(t, c)
		if one.Net != other.Net || one.Margin != other.Margin || one.Term != other.Term {
			t.Fatalf("%s: %v earns %v at once, %v earns %v when added", one.Term, one.Net, one.Margin, other.Net, other.Margin)
		}
	})
}

func TestLaw_LaterSeatsNeverCostMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		early := changes().Draw(t, "change")
		late := early
		late.From = early.From.AddDays(rapid.IntRange(0, early.From.DaysUntil(early.Term.End)-1).Draw(t, "later"))
		if one, other := calculateChange(t, early), calculateChange(t, late); other.Net.Minor > one.Net.Minor || one.Effective != other.Effective {
			t.Fatalf("from %s %v at %d, from %s %v at %d", early.From, one.Net, one.Effective, late.From, other.Net, other.Effective)
		}
	})
}

// TestLaw_AStubIsRoundedOnce holds the net against the sum of exact fractions.
func TestLaw_AStubIsRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stubs().Draw(t, "stub")
		exact, unit := new(big.Rat), s.UnitPrice
		for start := s.Start; start.Before(s.End); {
			end := s.Start.AddMonths(s.Start.MonthsUntil(start) + 12)
			days := start.DaysUntil(calendar.Min(end, s.End))
			year := big.NewRat(unit.Minor, int64(start.DaysUntil(end)))
			exact.Add(exact, year.Mul(year, big.NewRat(s.Seats*int64(days), 1)))
			if start = end; s.Billing != margin.Prepaid {
				unit, _ = unit.Uplifted(s.Uplift)
			}
		}
		exact.Add(exact, big.NewRat(1, 2)) // half away from zero, of what is not negative
		want := new(big.Int).Div(exact.Num(), exact.Denom())
		if got := calculate(t, s); !want.IsInt64() || got.Net.Minor != want.Int64() {
			t.Fatalf("net %v, want %v minor units", got.Net, want)
		}
	})
}

func TestLaw_FingerprintFollowsTheDaysOfAStub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stubs().Draw(t, "stub")
		s.UnitPrice.Minor, s.End = 0, s.Start.AddDays(30)
		longer, anchored := s, s
		longer.End = s.End.AddDays(1)
		anchored.Anchor = s.Start.AddMonths(-7)
		got := calculate(t, s).Fingerprint
		if calculate(t, longer).Fingerprint == got {
			t.Fatal("another end has the same fingerprint")
		}
		if calculate(t, anchored).Fingerprint != got {
			t.Fatal("the anchor before a stub changes its fingerprint")
		}
	})
}

func TestCalculate_DividesAGivenNetByDays(t *testing.T) {
	s := margin.Sale{
		Net: pounds(17_161_64), Start: calendar.On(2025, time.April, 15), End: calendar.On(2026, time.January, 1),
		Billing: margin.Monthly, Mode: margin.Agency, Rate: margin.Rate{Locked: 2000},
	}
	c, err := margin.Calculate(s)
	if err != nil || c.Margin != pounds(3432_33) || len(c.Instalments) != 9 || c.Instalments[8].Start != calendar.On(2025, time.December, 15) {
		t.Fatalf("Calculate = %+v, %v", c, err)
	}
	if first, last := c.Instalments[0].Net, c.Instalments[8].Net; first != pounds(1972_60) || last != pounds(1117_81) { // 30 and 17 of 261 days
		t.Errorf("first %v, last %v", first, last)
	}
}

func TestCalculate_RefusesStubsThatNoAmountCanHold(t *testing.T) {
	stub := margin.Sale{
		Seats: 1 << 60, UnitPrice: pounds(money.MaxMinor), Start: begun, End: begun.AddMonths(7), Billing: margin.Prepaid, Mode: margin.Agency,
	}
	for field, change := range map[string]func(*margin.Sale){
		"seats":      func(*margin.Sale) {},
		"unit_price": func(s *margin.Sale) { s.Seats, s.Billing, s.End = 1, margin.Monthly, begun.AddDays(40) },
	} {
		s := stub
		change(&s)
		_, err := margin.Calculate(s)
		if refusal, _ := fault.Of(err); !errors.Is(err, money.ErrOutOfRange) || refusal.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestSeatChange_CountsYearsFromTheTermWhereTheAnchorHasMoved(t *testing.T) {
	c := margin.SeatChange{
		OldSeats: 200, Seats: 225, UnitPrice: pounds(120_00), Anchor: begun, Term: running, Months: 12, From: begun.AddDays(100),
		Billing: margin.Monthly, Mode: margin.Resale, Rate: margin.Rate{Locked: 2000, LockedOn: begun},
	}
	before, err := margin.CalculateSeatChange(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Anchor = calendar.On(2026, time.July, 16) // of a stub that follows
	if after, err := margin.CalculateSeatChange(c); err != nil || after.Fingerprint != before.Fingerprint || after.Net != before.Net {
		t.Errorf("net %v, want %v; %v", after.Net, before.Net, err)
	}
}

func TestSeatChange_RefusesWhatIsNone(t *testing.T) {
	change := margin.SeatChange{
		OldSeats: 200, Seats: 225, UnitPrice: pounds(120_00), Anchor: begun, Term: running, Months: 12, From: begun,
		Billing: margin.Prepaid, Mode: margin.Resale, Rate: margin.Rate{Locked: 2000, LockedOn: begun},
	}
	for _, r := range []struct {
		field  string
		want   error
		change func(*margin.SeatChange)
	}{
		{"seats", margin.ErrUnknownValue, func(c *margin.SeatChange) { c.Seats = 200 }},
		{"seats", margin.ErrSeatsNotPositive, func(c *margin.SeatChange) { c.Seats = 0 }},
		{"seats", margin.ErrReductionAtRenewalOnly, func(c *margin.SeatChange) { c.Seats = 199 }},
		{"effective_date", calendar.ErrDateInvalid, func(c *margin.SeatChange) { c.From = running.End }},
		{"effective_date", calendar.ErrDateInvalid, func(c *margin.SeatChange) { c.From = running.Start.AddDays(-1) }},
		{"effective_date", calendar.ErrDateInvalid, func(c *margin.SeatChange) { c.Term.End = c.Term.End.AddDays(5) }},
		{"term_months", calendar.ErrTermUnsupported, func(c *margin.SeatChange) { c.Months = 18 }},
		{"margin_bps", money.ErrBpsOutOfRange, func(c *margin.SeatChange) { c.Rate.Locked = -1 }},
	} {
		c := change
		r.change(&c)
		_, err := margin.CalculateSeatChange(c)
		if refusal, ok := fault.Of(err); !ok || !errors.Is(err, r.want) || refusal.Field != r.field {
			t.Errorf("%s: %v, want %v", r.field, err, r.want)
		}
	}
}
