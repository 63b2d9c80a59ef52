package subscriptions_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// longServed runs through 2025 and began in 2021: a year, then three years
// invoiced yearly.
func longServed() subscriptions.Takeover {
	first := calendar.On(2021, 1, 1)
	return subscriptions.Takeover{
		Order: order(), FirstStart: first, PartnerFrom: first,
		Previous: []subscriptions.Past{
			{TermID: "trm_a", Start: first, Months: 12, Seats: 150, UnitPrice: gbp(98_72), Billing: subscriptions.Prepaid},
			{TermID: "trm_b", Start: calendar.On(2022, 1, 1), Months: 36, Seats: 180, UnitPrice: gbp(103_66), Billing: subscriptions.Annual},
		},
	}
}

func TestTakeover_BringsItsPreviousTerms(t *testing.T) {
	s, err := longServed().Subscription()
	if err != nil {
		t.Fatal(err)
	}
	// 180 seats at 103.66, 108.84 and 114.28: 5 % more each year.
	want := []subscriptions.Term{
		{ID: "trm_a", Span: calendar.Term{Start: calendar.On(2021, 1, 1), End: calendar.On(2022, 1, 1)}, Months: 12, Seats: 150, FinalSeats: 150,
			UnitPrice: gbp(98_72), Net: gbp(14_808_00), Billing: subscriptions.Prepaid},
		{ID: "trm_b", Span: calendar.Term{Start: calendar.On(2022, 1, 1), End: start}, Months: 36, Seats: 180, FinalSeats: 180,
			UnitPrice: gbp(103_66), Net: gbp(18_658_80 + 19_591_20 + 20_570_40), Billing: subscriptions.Annual},
	}
	if diff := cmp.Diff(want, s.Terms[:len(s.Terms)-1]); diff != "" {
		t.Error(diff)
	}
	if s.Current.Start != start || s.Seats != 200 || s.TermNet != gbp(24_000_00) || s.Revision != 1 || s.Terms[2].ID != "trm_1" {
		t.Errorf("the running term is %+v of %+v", s.Current, s.Terms)
	}
}

func TestTakeover_RefusesABrokenHistory(t *testing.T) {
	tests := map[string]struct {
		spoil func(*subscriptions.Takeover)
		want  string
	}{
		"that begins late":        {func(t *subscriptions.Takeover) { t.Previous = t.Previous[1:] }, "DATE_INVALID previous_terms[0].start_date"},
		"with a gap":              {func(t *subscriptions.Takeover) { t.Previous[1].Start = calendar.On(2022, 2, 1) }, "DATE_INVALID previous_terms[1].start_date"},
		"with an overlap":         {func(t *subscriptions.Takeover) { t.Previous[0].Months = 24 }, "DATE_INVALID previous_terms[1].start_date"},
		"that ends early":         {func(t *subscriptions.Takeover) { t.Previous[1].Months = 24 }, "DATE_INVALID term_start_date"},
		"that ends late":          {func(t *subscriptions.Takeover) { t.Start = calendar.On(2024, 1, 1) }, "DATE_INVALID term_start_date"},
		"before the first term":   {func(t *subscriptions.Takeover) { t.FirstStart, t.PartnerFrom = start, start }, "DATE_INVALID previous_terms[0].start_date"},
		"of 18 months":            {func(t *subscriptions.Takeover) { t.Previous[0].Months = 18 }, "TERM_UNSUPPORTED previous_terms[0].term_months"},
		"without seats":           {func(t *subscriptions.Takeover) { t.Previous[0].Seats = 0 }, "SEATS_NOT_POSITIVE previous_terms[0].seats"},
		"in another currency":     {func(t *subscriptions.Takeover) { t.Previous[1].UnitPrice.Currency = "EUR" }, "CURRENCY_MISMATCH previous_terms[1].unit_price"},
		"at a negative price":     {func(t *subscriptions.Takeover) { t.Previous[0].UnitPrice = gbp(-1) }, "AMOUNT_NEGATIVE previous_terms[0].unit_price"},
		"at a price out of range": {func(t *subscriptions.Takeover) { t.Previous[1].UnitPrice = gbp(money.MaxMinor) }, "AMOUNT_OUT_OF_RANGE previous_terms[1].unit_price"},
		"without billing":         {func(t *subscriptions.Takeover) { t.Previous[1].Billing = "" }, "REQUEST_INVALID previous_terms[1].billing"},
		"of more terms than fit":  {func(t *subscriptions.Takeover) { t.Previous = make([]subscriptions.Past, 121) }, "REQUEST_INVALID previous_terms"},
		"with a term twice":       {func(t *subscriptions.Takeover) { t.Previous[1] = t.Previous[0] }, "DATE_INVALID previous_terms[1].start_date"},
	}
	for name, tt := range tests {
		take := longServed()
		tt.spoil(&take)
		_, err := take.Subscription()
		refusal, ok := fault.Of(err)
		if !ok {
			t.Errorf("a history %s: got %v", name, err)
			continue
		}
		if got := fmt.Sprintf("%s %s", refusal.Reason, refusal.Field); got != tt.want {
			t.Errorf("a history %s: got %s (%s), want %s", name, got, refusal.Message, tt.want)
		}
	}
}

// TestLaw_ATakenOverHistoryIsThatOfRenewals imports what was created and
// renewed elsewhere: the terms are the same.
func TestLaw_ATakenOverHistoryIsThatOfRenewals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := order()
		o.Start = calendar.On(2019, 1, 31).AddDays(rapid.IntRange(0, 400).Draw(t, "start"))
		o.Billing = rapid.SampledFrom([]subscriptions.Billing{subscriptions.Prepaid, subscriptions.Annual, subscriptions.Monthly}).Draw(t, "billing")
		lived, err := subscriptions.Create(o)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 6).Draw(t, "renewals") {
			r := renewal(lived)
			r.Months = rapid.SampledFrom([]int{1, 12, 24, 36}).Draw(t, "months")
			r.Seats = rapid.Int64Range(1, 500).Draw(t, "seats")
			if lived, err = lived.Renew(r); err != nil {
				t.Fatal(err)
			}
		}
		take := subscriptions.Takeover{Order: o, FirstStart: o.Start, PartnerFrom: o.Start}
		for _, term := range lived.Terms {
			take.TermID, take.Start, take.Months, take.Seats, take.UnitPrice = term.ID, term.Span.Start, term.Months, term.Seats, term.UnitPrice
			take.Previous = append(take.Previous, subscriptions.Past{
				TermID: term.ID, Start: term.Span.Start, Months: term.Months, Seats: term.Seats, UnitPrice: term.UnitPrice, Billing: term.Billing,
			})
		}
		take.Previous = take.Previous[:len(take.Previous)-1]
		taken, err := take.Subscription()
		if err != nil {
			t.Fatal(err)
		}
		for i := range lived.Terms {
			lived.Terms[i].BookedBy, taken.Terms[i].BookedBy = "", ""
		}
		if diff := cmp.Diff(lived.Terms, taken.Terms); diff != "" || lived.Current != taken.Current || lived.TermNet != taken.TermNet {
			t.Fatalf("taken over as %s, %s; want %s, %s\n%s", taken.Current, taken.TermNet, lived.Current, lived.TermNet, diff)
		}
	})
}
