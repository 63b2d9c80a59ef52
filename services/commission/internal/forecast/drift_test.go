package forecast_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const yearly = "anchor 2025-04-01, term 2025-04-01 to 2026-04-01, 12 months, 200 seats at 120.00 GBP, uplift 500 bps, PREPAID"

// on is the subscription as it stands on a day, after some changes.
func on(t testing.TB, text string, changes ...func(*forecast.Subscription)) []forecast.Entry {
	t.Helper()
	s, err := readContract(yearly)
	if err != nil {
		t.Fatal(err)
	}
	s.Relationships = []margin.Relationship{locked("softcat", 2000, s.Contract.Anchor)}
	for _, change := range changes {
		change(&s)
	}
	today, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return entriesOf(s, today)
}

func entriesOf(s forecast.Subscription, today calendar.Date) (entries []forecast.Entry) {
	for _, p := range s.Parts(today, forecast.Until(today)) {
		entries = append(entries, forecast.Entry{SubscriptionID: "sub_1", FamilyID: "email-security", Segment: "ENTERPRISE", Currency: "GBP", Part: p})
	}
	return entries
}

func locked(partner string, bps money.Bps, from calendar.Date) margin.Relationship {
	return margin.Relationship{ID: "rel_" + partner, PartnerID: partner, Mode: margin.Resale, From: from, Lock: margin.Lock{Rate: bps, On: from}}
}

// booked books the renewal of the contract for a year.
func booked(wish renewal.Wish) func(*forecast.Subscription) {
	return func(s *forecast.Subscription) {
		rate, _ := s.Relationships[0].RateOn(s.Contract.Term.End)
		sale, _ := s.Contract.Sale(wish, margin.Resale, rate)
		sold, err := margin.Calculate(sale)
		if err != nil {
			panic(err)
		}
		s.Booked = append(s.Booked, forecast.Booked{
			PartnerID: "softcat", Mode: margin.Resale, TermStart: sold.Term.Start, Seats: sold.Seats, UnitPrice: sold.UnitPrice.Minor, Rate: sold.Effective,
			Margin: sold.Margin, Instalments: sold.Instalments,
		})
		s.Contract.Term, s.Contract.Months, s.Contract.Seats, s.Contract.UnitPrice = sold.Term, sold.Months, sold.Seats, sold.UnitPrice
		due := forecast.Due{PartnerID: "softcat"}
		due.Windows = renewal.Policy{OpenDays: 90, GraceDays: 30, LapsedDays: 60}.Windows(sold.Term.End)
		s.Renewals = append(s.Renewals, due)
	}
}

func TestDrifts_NamesTheCauses(t *testing.T) {
	open := on(t, "2026-03-02")
	for _, c := range []struct {
		name          string
		before, after []forecast.Entry
		want          string
	}{
		{"nothing", open, open, ""},
		{"a new customer", nil, open, "NEW_BUSINESS 4536.00 2026-04, NEW_BUSINESS 4286.52 2027-04"},
		{"renewed", open, on(t, "2026-03-20", booked(renewal.Wish{})), "RENEWED 504.00 2026-04, STATE 476.28 2027-04"},
		{"renewed with more seats", open, on(t, "2026-03-20", booked(renewal.Wish{Seats: 250})),
			"RENEWED 504.00, SEATS 1260.00 2026-04, SEATS 1190.70, STATE 476.28 2027-04"},
		{"renewed late, for a month that is over", on(t, "2026-05-02"), on(t, "2026-05-20", booked(renewal.Wish{})), "RENEWED 4536.00 2026-05, STATE 4286.52 2027-04"},
		{"another price", open, on(t, "2026-03-02", func(s *forecast.Subscription) { s.Contract.UnitPrice.Minor = 11_000 }), "PRICE -378.00 2026-04, PRICE -357.05 2027-04"},
		{"a raise from the second term on", open, on(t, "2026-03-02", func(s *forecast.Subscription) {
			s.Relationships[0].Raises = []margin.Raise{{Rate: 2500, From: calendar.On(2027, 4, 1), Proposer: "anna", Approver: "bert"}}
		}), "RATE 1071.63 2027-04"},
		{"a cap that came", open, on(t, "2026-03-02", func(s *forecast.Subscription) {
			s.Relationships[0].Cap = &margin.Cap{Rate: 500, Until: calendar.On(2027, 1, 1)}
		}),
			"RATE -3402.00 2026-04"},
		{"a margin that was locked", on(t, "2026-03-02", func(s *forecast.Subscription) { s.Relationships = nil }), open, "RATE 4536.00 2026-04, RATE 4286.52 2027-04"},
		{"quoted", open, on(t, "2026-03-02", func(s *forecast.Subscription) { s.Renewals[0].QuotedUntil = calendar.On(2026, 3, 31) }), "STATE 151.20 2026-04, STATE 142.88 2027-04"},
		{"declined", open, on(t, "2026-03-02", func(s *forecast.Subscription) { s.Renewals[0].DeclinedOn = calendar.On(2026, 3, 2) }),
			"LOST -4536.00 2026-04, LOST -4286.52 2027-04"},
		{"the decline undone", on(t, "2026-03-02", func(s *forecast.Subscription) { s.Renewals[0].DeclinedOn = calendar.On(2026, 3, 2) }), open,
			"STATE 4536.00 2026-04, STATE 4286.52 2027-04"},
		{"expired", open, on(t, "2026-07-01"), "LOST -4536.00 2026-04, LOST -4286.52 2027-04"},
		{"another partner", open, on(t, "2026-03-02", func(s *forecast.Subscription) {
			s.Tenures = append(s.Tenures, forecast.Tenure{PartnerID: "cdw", From: calendar.On(2026, 4, 1)})
			s.Relationships[0].Until = calendar.On(2026, 4, 1)
			s.Relationships = append(s.Relationships, locked("cdw", 1000, calendar.On(2026, 4, 1)))
		}), "PARTNER_CHANGED -2268.00 2026-04, PARTNER_CHANGED -2143.26 2027-04"},
		{"in grace", open, on(t, "2026-04-01"), "STATE -2520.00 2026-04, STATE -2381.40 2027-04"},
		{"late by a month", on(t, "2026-04-01"), on(t, "2026-05-01"), "STATE -1512.00, TIMING -504.00 2026-04, TIMING 504.00 2026-05, STATE -1428.84 2027-04"},
		{"for two years", open, on(t, "2026-03-20", booked(renewal.Wish{Months: 24})), "RENEWED 504.00, TIMING 5040.00 2026-04, TIMING -4286.52 2027-04"},
	} {
		compared := forecast.Comparison{First: 24_314, Until: 24_338, Before: forecast.Policy(), After: forecast.Policy(), Largest: 5}
		if len(c.before) > 0 && strings.HasPrefix(c.name, "renewed late") {
			compared.First = 24_316
		}
		compared.Subscription(c.before, c.after)
		if got := told(compared.Drifts(linesOf(c.before, compared))); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// told writes the causes of each month.
func told(drifts []forecast.Drift) string {
	var months []string
	for _, d := range drifts {
		for _, m := range d.Months {
			var causes []string
			for _, f := range m.Causes {
				causes = append(causes, fmt.Sprint(f.Cause, " ", pounds(f.Minor)))
			}
			if len(causes) > 0 {
				months = append(months, strings.Join(causes, ", ")+" "+m.Month.String())
			}
		}
	}
	return strings.Join(months, ", ")
}

// linesOf are the months of entries that a comparison is about.
func linesOf(entries []forecast.Entry, c forecast.Comparison) (lines []forecast.Line) {
	for _, e := range entries {
		for _, term := range e.Terms {
			for _, earns := range term.Earns {
				if earns.Month >= c.First && earns.Month < c.Until {
					lines = append(lines, forecast.Line{
						Currency: e.Currency, Mode: e.Mode, Month: earns.Month, State: e.State, Ahead: term.Ahead, Minor: earns.Minor, Squares: square(earns.Minor), By: &c.Before,
					})
				}
			}
		}
	}
	return lines
}

func TestDrifts_NamesTheSubscriptionsThatDifferMost(t *testing.T) {
	open, declined := on(t, "2026-03-02"), on(t, "2026-03-02", func(s *forecast.Subscription) { s.Renewals[0].DeclinedOn = calendar.On(2026, 3, 2) })
	quoted := on(t, "2026-03-02", func(s *forecast.Subscription) { s.Renewals[0].QuotedUntil = calendar.On(2026, 3, 31) })
	c := forecast.Comparison{First: 24_314, Until: 24_326, Before: forecast.Policy(), After: forecast.Policy(), Largest: 2}
	for i, after := range [][]forecast.Entry{quoted, declined, open, quoted} {
		before := make([]forecast.Entry, len(open))
		for j := range open {
			before[j] = open[j]
			before[j].SubscriptionID = fmt.Sprint("sub_", i)
		}
		after[0].SubscriptionID = fmt.Sprint("sub_", i)
		c.Subscription(before, after)
	}
	want := []forecast.SubscriptionDrift{
		{SubscriptionID: "sub_1", PartnerID: "softcat", Minor: -453_600, Cause: forecast.Lost}, {SubscriptionID: "sub_0", PartnerID: "softcat", Minor: 15_120, Cause: forecast.StateChanged},
	}
	if diff := cmp.Diff(want, c.Drifts(nil)[0].Largest); diff != "" {
		t.Error(diff)
	}
}

func TestLaw_TheCausesAddUpToTheDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := forecast.Comparison{
			First: 24_312, Until: 24_348, Before: probabilities(anyBps()).Draw(t, "before"), After: probabilities(anyBps()).Draw(t, "after"), Largest: 3,
		}
		var was, is []forecast.Entry
		for range rapid.IntRange(1, 5).Draw(t, "subscriptions") {
			before, after := histories(c.First).Draw(t, "was"), histories(c.First).Draw(t, "is")
			c.Subscription(before, after)
			was, is = append(was, before...), append(is, after...)
		}
		later := c
		later.Before = c.After
		drifts := c.Drifts(linesOf(was, c))
		before, after := added(forecast.Sum(linesOf(was, c)).Totals), added(forecast.Sum(linesOf(is, later)).Totals)
		for _, d := range drifts {
			check(t, "all", d.DriftFigures)
			if key := [3]any{d.Currency, d.Mode, forecast.Month(0)}; d.Before != before[key].Expected || d.After != after[key].Expected {
				t.Fatalf("from %d to %d; the forecasts say %d and %d", d.Before, d.After, before[key].Expected, after[key].Expected)
			}
			for _, m := range d.Months {
				check(t, m.Month.String(), m.DriftFigures)
				if key := [3]any{d.Currency, d.Mode, m.Month}; m.Before != before[key].Expected || m.After != after[key].Expected {
					t.Fatalf("%s: from %d to %d; the forecasts say %d and %d", m.Month, m.Before, m.After, before[key].Expected, after[key].Expected)
				}
			}
		}
	})
}

func check(t *rapid.T, what string, f forecast.DriftFigures) {
	sum := f.Before
	for _, cause := range f.Causes {
		sum += cause.Minor
	}
	if sum != f.After {
		t.Fatalf("%s: %+v add up to %d", what, f, sum)
	}
}

// histories draws what a subscription may have become. Nothing is booked for
// months before the first.
func histories(first forecast.Month) *rapid.Generator[[]forecast.Entry] {
	return rapid.Custom(func(t *rapid.T) []forecast.Entry {
		var entries []forecast.Entry
		state := rapid.SampledFrom(append(states, "")).Draw(t, "state")
		for _, partner := range []string{"cdw", "softcat"}[rapid.IntRange(0, 2).Draw(t, "partners"):] {
			e := forecast.Entry{
				SubscriptionID: "sub_1", Currency: rapid.SampledFrom([]money.Currency{"GBP", "USD"}).Draw(t, "currency"),
				Part: forecast.Part{PartnerID: partner, Mode: rapid.SampledFrom([]margin.Mode{margin.Agency, margin.Resale}).Draw(t, "mode"), State: state},
			}
			for k := range rapid.IntRange(0, 3).Draw(t, "terms") {
				term := forecast.Term{
					Start: (first + forecast.Month(12*k)).First(), Ahead: k, Seats: rapid.Int64Range(0, 50).Draw(t, "seats"),
					UnitPrice: rapid.Int64Range(0, 50).Draw(t, "price"), Rate: money.Bps(rapid.Int32Range(0, 3).Draw(t, "rate")), Added: k == 0 && rapid.Bool().Draw(t, "added"),
				}
				if state == "" {
					term.Ahead = 0
				}
				for m := range rapid.IntRange(0, 3).Draw(t, "months") {
					term.Earns = append(term.Earns, forecast.Earning{Month: first + forecast.Month(12*k+m*rapid.IntRange(1, 2).Draw(t, "every")), Minor: rapid.Int64Range(1, 1_000_000).Draw(t, "minor")})
				}
				if len(term.Earns) == 3 && term.Earns[1].Month >= term.Earns[2].Month {
					term.Earns = term.Earns[:2]
				}
				e.Terms = append(e.Terms, term)
			}
			entries = append(entries, e)
		}
		return entries
	})
}
