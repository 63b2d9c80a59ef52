package demo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var day = calendar.On(2026, time.November, 21)

func TestBuild_AddsUpToTheVendorsRevenue(t *testing.T) {
	book := Build(1, day, Customers)
	now, before := int64(0), int64(0)
	for _, s := range book.Subscriptions {
		now += s.Revenue()
		if !s.isNew {
			before += s.revenueBefore()
		}
	}
	const step = 1_000_000 // 141.84 million is known to ten thousand dollars
	if (now+step/2)/step != revenueNow/step || (before+step/2)/step != revenueBefore/step {
		t.Errorf("revenue %d cents, a year before %d; want 14184 and 11609 when rounded to ten thousand dollars", now, before)
	}
}

func TestBuild_HasTheShapeOfTheBusiness(t *testing.T) {
	book := Build(1, day, Customers)
	countries, domains, perPartner, grace, open := map[string]bool{}, map[string]bool{}, map[string]int{}, 0, 0
	for _, c := range book.Customers {
		countries[c.CountryCode], domains[c.PrimaryDomain] = true, true
	}
	for _, s := range book.Subscriptions {
		perPartner[s.PartnerId]++
		start, _ := calendar.ParseDate(s.TermStartDate)
		anchor, _ := calendar.ParseDate(s.FirstStartDate)
		term, err := calendar.TermFrom(anchor, start, int(s.TermMonths))
		if err != nil {
			t.Fatalf("%s: %v", s.ExternalId, err)
		}
		if !term.End.After(day) {
			grace++
		} else if day.DaysUntil(term.End) <= 90 {
			open++
		}
		if s.Seats < 5 || s.unitPrice.Minor < 1 {
			t.Errorf("%s: %d seats at %s", s.ExternalId, s.Seats, s.unitPrice)
		}
	}
	if len(book.Customers) != Customers || len(domains) != Customers || len(countries) < 100 {
		t.Errorf("%d customers with %d domains in %d countries", len(book.Customers), len(domains), len(countries))
	}
	if n := perPartner[Softcat]; n < 4_500 || n > 5_500 {
		t.Errorf("Softcat has %d subscriptions, want some 5,000", n)
	}
	if grace < 300 || open < 3_000 {
		t.Errorf("%d renewals in grace or later and %d open", grace, open)
	}
	t.Logf("%d subscriptions, %d partners, %d open, %d in grace or later", len(book.Subscriptions), len(book.Partners), open, grace)
}

func TestBuild_IsTheSameForTheSameSeedAndDay(t *testing.T) {
	one, two := Build(7, day, Customers), Build(7, day, Customers)
	for i := range one.Subscriptions {
		if diff := cmp.Diff(one.Subscriptions[i].ImportSubscription, two.Subscriptions[i].ImportSubscription, protocmp.Transform()); diff != "" {
			t.Fatal(diff)
		}
	}
}
