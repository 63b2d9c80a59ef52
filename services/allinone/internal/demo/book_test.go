package demo

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var day = calendar.On(2026, time.November, 21)

// whole is the whole book of the day, which tests only read.
var whole = sync.OnceValue(func() *Book { return Build(1, day, Customers) })

func TestBuild_HasTheShapeOfTheBusiness(t *testing.T) {
	book := whole()
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
		if s.Seats < smallest || s.terms[0].unitPrice.Minor < 1 {
			t.Errorf("%s: %d seats at %s", s.ExternalId, s.Seats, s.UnitPrice)
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
	one, two := whole(), Build(1, day, Customers)
	for i := range one.Subscriptions {
		a, b := one.Subscriptions[i].ImportSubscription, two.Subscriptions[i].ImportSubscription
		if !proto.Equal(a, b) {
			t.Fatal(cmp.Diff(a, b, protocmp.Transform()))
		}
	}
}
