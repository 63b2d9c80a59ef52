package margin_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func bps() *rapid.Generator[money.Bps] {
	return rapid.Map(rapid.Int32Range(0, 10_000), func(n int32) money.Bps { return money.Bps(n) })
}

// sales draws anything that can be sold at a locked rate, sometimes capped.
func sales() *rapid.Generator[margin.Sale] {
	return rapid.Custom(func(t *rapid.T) margin.Sale {
		currency := rapid.SampledFrom([]money.Currency{"GBP", "JPY", "KWD"}).Draw(t, "currency")
		anchor := calendar.On(2020, time.January, 1).AddDays(rapid.IntRange(0, 2000).Draw(t, "anchor"))
		s := margin.Sale{
			OldSeats: rapid.Int64Range(0, 5000).Draw(t, "old seats"), Seats: rapid.Int64Range(1, 5000).Draw(t, "seats"),
			UnitPrice: money.Amount{Minor: rapid.Int64Range(0, 5_000_000).Draw(t, "price"), Currency: currency},
			Uplift:    money.Bps(rapid.Int32Range(0, 2000).Draw(t, "uplift")),
			Anchor:    anchor, Start: anchor.AddMonths(rapid.IntRange(0, 60).Draw(t, "elapsed")),
			Months:  rapid.SampledFrom([]int{1, 12, 24, 36}).Draw(t, "months"),
			Billing: rapid.SampledFrom([]margin.Billing{margin.Prepaid, margin.Annual, margin.Monthly}).Draw(t, "billing"),
			Mode:    rapid.SampledFrom([]margin.Mode{margin.Resale, margin.Agency}).Draw(t, "mode"),
			Rate:    margin.Rate{Locked: bps().Draw(t, "locked"), LockedOn: anchor},
		}
		if rapid.Bool().Draw(t, "capped") {
			s.Rate.Cap = &margin.Cap{Rate: bps().Draw(t, "cap"), Until: anchor.AddMonths(rapid.IntRange(1, 24).Draw(t, "cap months"))}
		}
		return s
	})
}

func calculate(t *rapid.T, s margin.Sale) margin.Calculation {
	c, err := margin.Calculate(s)
	if err != nil {
		t.Fatalf("Calculate(%+v): %v", s, err)
	}
	return c
}

func TestLaw_PartsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calculate(t, sales().Draw(t, "sale"))
		var lineNet, lineMargin, net, earned int64
		for _, line := range c.Lines {
			lineNet, lineMargin = lineNet+line.Net.Minor, lineMargin+line.Margin.Minor
		}
		for _, part := range c.Instalments {
			net, earned = net+part.Net.Minor, earned+part.Margin.Minor
		}
		if lineNet != c.Net.Minor || net != c.Net.Minor || lineMargin != c.Margin.Minor || earned != c.Margin.Minor {
			t.Fatalf("net %v: lines %d, instalments %d; margin %v: lines %d, instalments %d", c.Net, lineNet, net, c.Margin, lineMargin, earned)
		}
		if want, _ := c.Net.Portion(c.Effective); want != c.Margin {
			t.Fatalf("margin %v is not %v", c.Margin, want)
		}
		if c.Mode == margin.Resale && c.BuyPrice.Minor+c.Margin.Minor != c.Net.Minor {
			t.Fatalf("buy price %v and margin %v are not %v", c.BuyPrice, c.Margin, c.Net)
		}
	})
}

func TestLaw_ACappedSaleNeverEarnsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capped := sales().Draw(t, "sale")
		free := capped
		free.Rate.Cap = nil
		if got, most := calculate(t, capped), calculate(t, free); got.Margin.Minor > most.Margin.Minor || got.Net != most.Net {
			t.Fatalf("capped %v of %v, uncapped %v of %v", got.Margin, got.Net, most.Margin, most.Net)
		}
	})
}

func TestLaw_SameRelationshipAndCapStateSameRateInEveryTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := calendar.On(2024, time.February, 29)
		r := margin.Relationship{ID: "rel_1", From: from, Lock: margin.Lock{Rate: bps().Draw(t, "locked"), On: from}}
		if rapid.Bool().Draw(t, "capped") {
			r.Cap = &margin.Cap{Rate: bps().Draw(t, "cap"), Until: from.AddMonths(12)}
		}
		byCapState := map[bool]money.Bps{}
		for _, elapsed := range rapid.SliceOfN(rapid.IntRange(0, 240), 2, 30).Draw(t, "terms") {
			start := from.AddMonths(elapsed)
			rate, err := r.RateOn(start)
			if err != nil {
				t.Fatal(err)
			}
			live := r.Cap.Live(start)
			if first, seen := byCapState[live]; seen && first != rate.Effective(start) {
				t.Fatalf("term from %s has %d, another %d", start, rate.Effective(start), first)
			}
			byCapState[live] = rate.Effective(start)
		}
	})
}

func TestLaw_EqualSalesHaveEqualCalculations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		previewed := sales().Draw(t, "sale")
		submitted := previewed
		if previewed.Rate.Cap != nil {
			limit := *previewed.Rate.Cap
			submitted.Rate.Cap = &limit
		}
		if diff := cmp.Diff(calculate(t, previewed), calculate(t, submitted)); diff != "" {
			t.Fatalf("preview and submission differ:\n%s", diff)
		}
	})
}

func TestLaw_FingerprintFollowsTheFactsAndNotTheIds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sales().Draw(t, "sale")
		before := calculate(t, s).Fingerprint
		named := s
		named.Rate.RateCardID = "rat_other"
		if calculate(t, named).Fingerprint != before {
			t.Fatal("an id changes the fingerprint")
		}
		changes := map[string]func(*margin.Sale){
			"seats":     func(s *margin.Sale) { s.Seats++ },
			"old seats": func(s *margin.Sale) { s.OldSeats++ },
			"price":     func(s *margin.Sale) { s.UnitPrice.Minor++ },
			"rate":      func(s *margin.Sale) { s.Rate.Locked = (s.Rate.Locked + 1) % 10_001 },
			"start":     func(s *margin.Sale) { s.Start = s.Anchor.AddMonths(s.Anchor.MonthsUntil(s.Start) + 1) },
			"uplift":    func(s *margin.Sale) { s.Uplift++ },
			"mode": func(s *margin.Sale) {
				s.Mode = map[margin.Mode]margin.Mode{margin.Resale: margin.Agency, margin.Agency: margin.Resale}[s.Mode]
			},
		}
		for name, change := range changes {
			changed := s
			change(&changed)
			if calculate(t, changed).Fingerprint == before {
				t.Fatalf("another %s has the same fingerprint", name)
			}
		}
	})
}
