package subscriptions_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// stub is the order of a term that ends on a day.
func stub(begin, end calendar.Date) subscriptions.Order {
	o := order()
	o.Months, o.Start, o.End = 0, begin, end
	return o
}

func TestCreate_AStubIsCountedByDaysAndSetsTheAnchor(t *testing.T) {
	tests := map[string]struct {
		begin, end string
		seats      int64
		billing    subscriptions.Billing
		want       int64
	}{
		"261 days of 365":                       {"2025-04-15", "2026-01-01", 25, subscriptions.Prepaid, 2_145_21},
		"273 days of 366":                       {"2023-07-03", "2024-04-01", 25, subscriptions.Prepaid, 2_237_70},
		"a day":                                 {"2025-12-31", "2026-01-01", 25, subscriptions.Prepaid, 8_22},
		"a year":                                {"2025-01-01", "2026-01-01", 200, subscriptions.Monthly, 24_000_00},
		"two years and 182 days, paid ahead":    {"2023-07-03", "2026-01-01", 100, subscriptions.Prepaid, 24_000_00 + 5_983_56},
		"two years and 182 days, paid yearly":   {"2023-07-03", "2026-01-01", 100, subscriptions.Annual, 12_000_00 + 12_600_00 + 6_596_88},
		"three years, the longest, paid yearly": {"2023-01-01", "2026-01-01", 200, subscriptions.Annual, 24_000_00 + 25_200_00 + 26_460_00},
		"three years, the longest, paid ahead":  {"2023-01-01", "2026-01-01", 200, subscriptions.Prepaid, 72_000_00},
	}
	for name, tt := range tests {
		span := calendar.Term{Start: date(t, tt.begin), End: date(t, tt.end)}
		o := stub(span.Start, span.End)
		o.Seats, o.Billing = tt.seats, tt.billing
		s, err := subscriptions.Create(o)
		if err != nil || s.TermNet != gbp(tt.want) || s.Terms[0].Net != gbp(tt.want) || s.Current != span || s.TermMonths != 0 || s.Anchor != span.End || s.FirstStart != span.Start {
			t.Errorf("%s: %s of %s, anchored at %s, %v; want %s", name, s.TermNet, s.Current, s.Anchor, err, gbp(tt.want))
		}
	}
}

func date(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRenew_CountsFromTheStubsEnd(t *testing.T) {
	s, err := subscriptions.Create(stub(calendar.On(2025, time.January, 10), calendar.On(2025, time.August, 31)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []calendar.Date{calendar.On(2025, time.September, 30), calendar.On(2025, time.October, 31)} {
		r := renewal(s)
		r.Months = 1
		if s, err = s.Renew(r); err != nil || s.Current.End != want {
			t.Fatalf("got %s, %v; want the end %s", s.Current, err, want)
		}
	}
	r := renewal(s)
	r.Months, r.End = 0, calendar.On(2025, time.November, 15)
	if s, err = s.Renew(r); err != nil || s.Anchor != r.End || s.TermMonths != 0 || s.TermNet != gbp(1_035_62) {
		t.Fatalf("a stub later on: %s anchored at %s, %s, %v", s.Current, s.Anchor, s.TermNet, err)
	}
	if s, err = s.Renew(renewal(s)); err != nil || s.Current.End != calendar.On(2026, time.November, 15) {
		t.Errorf("after it: %s, %v", s.Current, err)
	}
}

func TestStub_RefusesWhatDoesNotFit(t *testing.T) {
	tests := map[string]struct {
		end    calendar.Date
		months int
		want   error
	}{
		"months and an end":    {end, 12, subscriptions.ErrCotermOutOfRange},
		"neither":              {calendar.Date{}, 0, calendar.ErrTermUnsupported},
		"an end at the start":  {start, 0, subscriptions.ErrCotermOutOfRange},
		"an end before it":     {start.AddDays(-1), 0, subscriptions.ErrCotermOutOfRange},
		"36 months and a day":  {start.AddMonths(36).AddDays(1), 0, subscriptions.ErrCotermOutOfRange},
		"18 months and an end": {end, 18, subscriptions.ErrCotermOutOfRange},
	}
	for name, tt := range tests {
		o := stub(start, tt.end)
		o.Months = tt.months
		_, err := subscriptions.Create(o)
		refused(t, name, err, tt.want)
		s := created(t)
		r := renewal(s)
		r.Months, r.End = tt.months, tt.end
		if !tt.end.IsZero() {
			r.End = tt.end.AddMonths(12)
		}
		_, err = s.Renew(r)
		refused(t, name+", at renewal", err, tt.want)
	}
	o := stub(start, end)
	o.Seats = 0
	_, err := subscriptions.Create(o)
	refused(t, "no seats", err, subscriptions.ErrSeatsNotPositive)
	o = stub(start, end)
	o.UnitPrice = gbp(-1)
	_, err = subscriptions.Create(o)
	refused(t, "a negative price", err, money.ErrNegative)
}

func TestChangeSeats_OfAStubAddsAndDoesNotRemove(t *testing.T) {
	s, err := subscriptions.Create(stub(start, start.AddDays(20)))
	if err != nil {
		t.Fatal(err)
	}
	early := start.Time()
	more, err := s.ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 210, At: early})
	if err != nil || more.Seats != 210 || more.Terms[0].Net != s.Terms[0].Net {
		t.Errorf("more: %+v, %v", more, err)
	}
	_, err = s.ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 190, At: early})
	refused(t, "fewer", err, subscriptions.ErrReductionAtRenewalOnly)
}

// TestLaw_AStubsNetIsTheExactSumRoundedOnce adds up the years as fractions.
func TestLaw_AStubsNetIsTheExactSumRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := stub(calendar.On(2023, time.January, 31).AddDays(rapid.IntRange(0, 800).Draw(t, "start")), calendar.Date{})
		o.End = o.Start.AddDays(rapid.IntRange(1, o.Start.DaysUntil(o.Start.AddMonths(36))).Draw(t, "days"))
		o.UnitPrice = gbp(rapid.Int64Range(0, 1_000_000).Draw(t, "unit"))
		o.Seats = rapid.Int64Range(1, 100_000).Draw(t, "seats")
		o.Billing = rapid.SampledFrom([]subscriptions.Billing{subscriptions.Prepaid, subscriptions.Annual, subscriptions.Monthly}).Draw(t, "billing")
		s, err := subscriptions.Create(o)
		if err != nil {
			t.Fatal(err)
		}
		sum, unit := new(big.Rat), o.UnitPrice
		for k := range 3 {
			from, until := o.Start.AddMonths(12*k), o.Start.AddMonths(12*k+12)
			if days := from.DaysUntil(calendar.Min(until, o.End)); days > 0 {
				sum.Add(sum, big.NewRat(unit.Minor*o.Seats*int64(days), int64(from.DaysUntil(until))))
			}
			if o.Billing != subscriptions.Prepaid {
				if unit, err = unit.Uplifted(o.UpliftBps); err != nil {
					t.Fatal(err)
				}
			}
		}
		sum.Sub(sum, new(big.Rat).SetInt64(s.TermNet.Minor))
		if sum.Cmp(big.NewRat(1, 2)) >= 0 || sum.Cmp(big.NewRat(-1, 2)) < 0 {
			t.Fatalf("%s is off the exact sum by %s", s.TermNet, sum)
		}
	})
}
