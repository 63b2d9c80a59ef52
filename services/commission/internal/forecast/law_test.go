package forecast_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var states = []renewal.State{renewal.Scheduled, renewal.Open, renewal.Quoted, renewal.Submitted, renewal.Grace, renewal.Lapsed}

func probabilities(bps *rapid.Generator[money.Bps]) *rapid.Generator[forecast.Probabilities] {
	return rapid.Custom(func(t *rapid.T) forecast.Probabilities {
		return forecast.Probabilities{
			Scheduled: bps.Draw(t, "scheduled"), Open: bps.Draw(t, "open"), Quoted: bps.Draw(t, "quoted"),
			Submitted: bps.Draw(t, "submitted"), Grace: bps.Draw(t, "grace"), Lapsed: bps.Draw(t, "lapsed"),
		}
	})
}

func anyBps() *rapid.Generator[money.Bps] {
	return rapid.Map(rapid.Int32Range(0, 10_000), func(n int32) money.Bps { return money.Bps(n) })
}

// books draws what roll-ups may hold, one partner's history beside another's.
func books(bps *rapid.Generator[money.Bps]) *rapid.Generator[[]forecast.Line] {
	return rapid.Custom(func(t *rapid.T) []forecast.Line {
		by := map[string]*forecast.Probabilities{}
		for _, partner := range []string{"softcat", "cdw"} {
			p := probabilities(bps).Draw(t, partner)
			by[partner] = &p
		}
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) forecast.Line {
			l := forecast.Line{
				Group: forecast.Group{
					PartnerID: rapid.SampledFrom([]string{"cdw", "softcat"}).Draw(t, "partner"),
					FamilyID:  rapid.SampledFrom([]string{"archiving", "email-security"}).Draw(t, "family"),
					Segment:   rapid.SampledFrom([]string{"ENTERPRISE", "GLOBAL"}).Draw(t, "segment"),
				},
				Currency: rapid.SampledFrom([]money.Currency{"GBP", "USD"}).Draw(t, "currency"),
				Mode:     rapid.SampledFrom([]margin.Mode{margin.Agency, margin.Resale}).Draw(t, "mode"),
				Month:    forecast.Month(24_300 + rapid.IntRange(0, 3).Draw(t, "month")),
				Minor:    rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "minor"),
				Ahead:    rapid.SampledFrom([]int{0, 1, 1, 2, 5, 60}).Draw(t, "ahead"),
			}
			if l.Ahead > 0 {
				l.State, l.Squares, l.By = rapid.SampledFrom(states).Draw(t, "state"), square(l.Minor), by[l.Group.PartnerID]
			}
			return l
		}), 1, 40).Draw(t, "lines")
	})
}

// groupings are all ways to slice.
var groupings = map[string]func(*forecast.Group){
	"all":      func(*forecast.Group) {},
	"partner":  func(g *forecast.Group) { g.FamilyID, g.Segment = "", "" },
	"family":   func(g *forecast.Group) { g.PartnerID, g.Segment = "", "" },
	"segment":  func(g *forecast.Group) { g.PartnerID, g.FamilyID = "", "" },
	"together": func(g *forecast.Group) { *g = forecast.Group{} },
}

func grouped(lines []forecast.Line, by func(*forecast.Group)) []forecast.Line {
	lines = slices.Clone(lines)
	for i := range lines {
		by(&lines[i].Group)
	}
	return lines
}

func TestLaw_ThePartsAddUpToTheTotalWhateverItIsSlicedBy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := books(anyBps()).Draw(t, "book")
		whole := forecast.Sum(grouped(lines, groupings["together"]))
		for name, by := range groupings {
			f := forecast.Sum(grouped(lines, by))
			if diff := cmp.Diff(whole.Totals, f.Totals); diff != "" {
				t.Fatalf("sliced by %s the total is another:\n%s", name, diff)
			}
			if diff := cmp.Diff(added(whole.Slices), added(f.Slices)); diff != "" {
				t.Fatalf("sliced by %s the parts do not add up:\n%s", name, diff)
			}
		}
	})
}

// added adds up slices, months and totals, but for the deviations.
func added(list []forecast.Slice) map[[3]any]forecast.Figures {
	sums := map[[3]any]forecast.Figures{}
	add := func(s forecast.Slice, month forecast.Month, f forecast.Figures) {
		key := [3]any{s.Currency, s.Mode, month}
		sum := sums[key]
		sums[key] = forecast.Figures{Committed: sum.Committed + f.Committed, Expected: sum.Expected + f.Expected, Upside: sum.Upside + f.Upside}
	}
	for _, s := range list {
		for _, m := range s.Months {
			add(s, m.Month, m.Figures)
		}
		add(s, 0, s.Total)
	}
	return sums
}

func TestLaw_ExpectedLiesBetweenCommittedAndUpside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := forecast.Sum(books(anyBps()).Draw(t, "book"))
		for _, s := range append(f.Slices, f.Totals...) {
			for _, m := range append(s.Months, forecast.MonthFigures{Figures: s.Total}) {
				if m.Committed > m.Expected || m.Expected > m.Upside {
					t.Fatalf("%+v", m)
				}
			}
		}
	})
}

func TestLaw_WhatIsCertainDoesNotDeviate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := forecast.Sum(books(rapid.SampledFrom([]money.Bps{0, 10_000})).Draw(t, "book"))
		for _, s := range append(f.Slices, f.Totals...) {
			for _, m := range append(s.Months, forecast.MonthFigures{Figures: s.Total}) {
				if m.Deviation != 0 {
					t.Fatalf("%+v", m)
				}
			}
		}
	})
}

func TestLaw_ModesAndCurrenciesStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := books(anyBps()).Draw(t, "book")
		of := func(currency money.Currency, mode margin.Mode) []forecast.Line {
			return slices.DeleteFunc(slices.Clone(lines), func(l forecast.Line) bool { return l.Currency != currency || l.Mode != mode })
		}
		var apart []forecast.Slice
		for _, currency := range []money.Currency{"GBP", "USD"} {
			for _, mode := range []margin.Mode{margin.Agency, margin.Resale} {
				apart = append(apart, forecast.Sum(of(currency, mode)).Totals...)
			}
		}
		if diff := cmp.Diff(apart, forecast.Sum(lines).Totals); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestLaw_FiguresAreTheExactOnesRounded computes one total by rationals.
func TestLaw_FiguresAreTheExactOnesRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := books(anyBps()).Draw(t, "book")
		for i := range lines {
			lines[i].Currency, lines[i].Mode, lines[i].Month = "GBP", margin.Resale, 24_300
		}
		expected, variance := new(big.Rat), new(big.Rat)
		for _, l := range lines {
			p := big.NewRat(1, 1)
			if l.Ahead > 0 {
				p.SetFrac64(int64(l.By.Of(l.State)), 10_000)
				for range l.Ahead - 1 {
					p.Mul(p, big.NewRat(int64(l.By.Scheduled), 10_000))
				}
			}
			a := new(big.Rat).SetInt64(l.Minor)
			a.Mul(a, p)
			expected.Add(expected, a)
			variance.Add(variance, a.Mul(a, a.SetInt64(l.Minor)).Mul(new(big.Rat).SetInt64(l.Minor), new(big.Rat).SetInt64(l.Minor)).Mul(a, p).Mul(a, p.Sub(big.NewRat(1, 1), p)))
		}
		got := forecast.Sum(lines).Totals[0].Total
		if !rounds(expected, got.Expected) {
			t.Fatalf("expected %d, exactly %s", got.Expected, expected.FloatString(6))
		}
		// r − ½ ≤ √v < r + ½, for r > 0.
		low, high := big.NewRat(max(2*got.Deviation-1, 0), 2), big.NewRat(2*got.Deviation+1, 2)
		if low.Mul(low, low).Cmp(variance) > 0 || high.Mul(high, high).Cmp(variance) <= 0 {
			t.Fatalf("deviation %d, variance %s", got.Deviation, variance.FloatString(6))
		}
	})
}

// rounds reports whether n is exact, rounded half up.
func rounds(exact *big.Rat, n int64) bool {
	low, high := big.NewRat(2*n-1, 2), big.NewRat(2*n+1, 2)
	return low.Cmp(exact) <= 0 && exact.Cmp(high) < 0
}

// subscriptions draws a contract with what may have become of its renewal.
func subscriptions() *rapid.Generator[forecast.Subscription] {
	return rapid.Custom(func(t *rapid.T) forecast.Subscription {
		anchor := calendar.On(2024, 1, 1).AddDays(rapid.IntRange(0, 400).Draw(t, "anchor"))
		months := rapid.SampledFrom([]int{1, 12, 24, 36}).Draw(t, "months")
		var s forecast.Subscription
		s.Contract = renewal.Contract{
			Anchor: anchor, Term: calendar.Term{Start: anchor, End: anchor.AddMonths(months)}, Months: months, Seats: rapid.Int64Range(1, 500).Draw(t, "seats"),
			UnitPrice: money.Amount{Minor: rapid.Int64Range(0, 100_000).Draw(t, "price"), Currency: "GBP"}, Uplift: money.Bps(rapid.Int32Range(0, 1000).Draw(t, "uplift")),
			Billing: rapid.SampledFrom([]margin.Billing{margin.Prepaid, margin.Annual, margin.Monthly}).Draw(t, "billing"),
		}
		s.Renewals = []forecast.Due{{PartnerID: "softcat"}}
		next := &s.Renewals[0]
		next.Windows = renewal.Policy{OpenDays: 90, GraceDays: 30, LapsedDays: 60}.Windows(s.Contract.Term.End)
		if rapid.Bool().Draw(t, "quoted") {
			next.QuotedUntil = s.Contract.Term.End.AddDays(rapid.IntRange(-90, 10).Draw(t, "until"))
		}
		if rapid.IntRange(0, 5).Draw(t, "declined") == 0 {
			next.DeclinedOn = anchor
		}
		next.Submitted = rapid.IntRange(0, 5).Draw(t, "submitted") == 0
		s.Tenures = []forecast.Tenure{{PartnerID: "softcat", From: anchor}}
		s.Relationships = []margin.Relationship{{PartnerID: "softcat", Mode: margin.Resale, From: anchor, Lock: margin.Lock{Rate: 2000, On: anchor}}}
		return s
	})
}

func TestLaw_NothingChangesBeforeTheNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := subscriptions().Draw(t, "subscription")
		today := s.Contract.Term.End.AddDays(rapid.IntRange(-200, 200).Draw(t, "today"))
		next := s.NextChange(today)
		day := today.AddDays(rapid.IntRange(0, today.DaysUntil(next)-1).Draw(t, "day"))
		horizon := forecast.MonthOf(day) + forecast.Horizon
		if horizon > forecast.Until(today) {
			t.Fatalf("on %s the months until %s were not looked at on %s", day, horizon, today)
		}
		if diff := cmp.Diff(s.Parts(today, forecast.Until(today)), s.Parts(day, forecast.Until(today))); diff != "" {
			t.Fatalf("from %s to %s, with the next change on %s:\n%s", today, day, next, diff)
		}
	})
}

func TestLaw_ARenewalThatIsLateIsNotLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := subscriptions().Draw(t, "subscription")
		s.Renewals[0].DeclinedOn, s.Renewals[0].Submitted = calendar.Date{}, false
		until := forecast.Until(s.Contract.Term.End)
		sum := func(on calendar.Date) (sum int64) {
			for _, p := range s.Parts(on, until) {
				for _, term := range p.Terms {
					for _, e := range term.Earns {
						if e.Month < forecast.MonthOf(on) {
							t.Fatalf("on %s something is forecast for %s", on, e.Month)
						}
						sum += e.Minor
					}
				}
			}
			return sum
		}
		s.Imported = nil
		if before, late := sum(s.Contract.Term.End.AddDays(-1)), sum(s.Contract.Term.End.AddDays(rapid.IntRange(0, 89).Draw(t, "days"))); before != late {
			t.Fatalf("%d before the end, %d after it", before, late)
		}
	})
}
