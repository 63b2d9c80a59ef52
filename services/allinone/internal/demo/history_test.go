package demo

import (
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// An auditor adds up the recurring revenue from nothing but the rows to import
// and the set of exchange rates, by arithmetic of its own.
type auditor struct {
	t     *testing.T
	rates map[string]*big.Rat
}

func newAuditor(t *testing.T) auditor {
	a := auditor{t, map[string]*big.Rat{"USD": big.NewRat(1, 1)}}
	for _, r := range FxSet().GetRates() {
		a.rates[r.GetCurrencyCode()], _ = new(big.Rat).SetString(r.GetRate())
	}
	return a
}

// revenue is that of a subscription on a day, in dollars.
func (a auditor) revenue(s *customerv1.ImportSubscription, on time.Time) *big.Rat {
	for _, term := range allTerms(s) {
		start, err := time.Parse(time.DateOnly, term.GetStartDate())
		if err != nil {
			a.t.Fatal(err)
		}
		if on.Before(start) || !on.Before(a.after(s, start, int(term.GetTermMonths()))) {
			continue
		}
		price, _ := new(big.Rat).SetString(term.GetUnitPrice().GetAmount())
		for year := 12; term.GetBilling() != customerv1.Billing_BILLING_PREPAID && !on.Before(a.after(s, start, year)); year += 12 {
			price = risen(term.GetUnitPrice(), price, s.GetUpliftBps())
		}
		price.Mul(price, big.NewRat(term.GetSeats(), 1))
		return price.Mul(price, a.rates[term.GetUnitPrice().GetCurrencyCode()])
	}
	return new(big.Rat)
}

// after is the day so many months after a term's start: the day of the month on
// which the subscription began, or the month's last.
func (a auditor) after(s *customerv1.ImportSubscription, start time.Time, months int) time.Time {
	first, err := time.Parse(time.DateOnly, s.GetFirstStartDate())
	if err != nil {
		a.t.Fatal(err)
	}
	month := time.Date(start.Year(), start.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return month.AddDate(0, 0, min(first.Day(), month.AddDate(0, 1, -1).Day())-1)
}

// risen is a price after a year, in whole units of its currency.
func risen(m *typev1.Money, price *big.Rat, bps int32) *big.Rat {
	digits := money.Currency(m.GetCurrencyCode()).Digits()
	unrounded := new(big.Rat).Mul(price, big.NewRat(10_000+int64(bps), 10_000))
	rounded, _ := new(big.Rat).SetString(unrounded.FloatString(digits)) // half away from zero
	return rounded
}

// allTerms are the terms of a row, oldest first, the running one included.
func allTerms(s *customerv1.ImportSubscription) []*customerv1.ImportTerm {
	return append(s.GetPreviousTerms()[:len(s.GetPreviousTerms()):len(s.GetPreviousTerms())], &customerv1.ImportTerm{
		StartDate: s.GetTermStartDate(), TermMonths: s.GetTermMonths(), Seats: s.GetSeats(), UnitPrice: s.GetUnitPrice(), Billing: s.GetBilling(),
	})
}

func TestBuild_AddsUpToTheVendorsRevenue(t *testing.T) {
	leapDay := calendar.On(2028, time.February, 29)
	for on, book := range map[calendar.Date]*Book{day: whole(), leapDay: Build(1, leapDay, Customers)} {
		a := newAuditor(t)
		now, before, kept := new(big.Rat), new(big.Rat), new(big.Rat)
		for _, s := range book.Subscriptions {
			today, yearAgo := a.revenue(s.ImportSubscription, on.Time()), a.revenue(s.ImportSubscription, on.AddMonths(-12).Time())
			now.Add(now, today)
			if before.Add(before, yearAgo); yearAgo.Sign() > 0 {
				kept.Add(kept, today)
			}
		}
		for _, sum := range []struct {
			when      string
			got, want *big.Rat
		}{{"on the day", now, big.NewRat(141_840_000, 1)}, {"a year before", before, big.NewRat(116_090_000, 1)}} {
			if diff := new(big.Rat).Sub(sum.got, sum.want); diff.Abs(diff).Cmp(big.NewRat(5_000, 1)) > 0 {
				t.Errorf("book of %s: revenue %s is %s dollars, want %s", on, sum.when, sum.got.FloatString(2), sum.want.FloatString(2))
			}
		}
		// Of what it had a year before, the vendor has as much as it would tell.
		ratio, _ := new(big.Rat).Quo(kept, before).Float64()
		if ratio < 0.95 || ratio > 1.1 {
			t.Errorf("book of %s: those of a year before bring %.3f of what they did", on, ratio)
		}
		t.Logf("book of %s: %s, a year before %s, net retention %.3f", on, now.FloatString(2), before.FloatString(2), ratio)
	}
}

func TestBuild_EachTermFollowsTheOneBefore(t *testing.T) {
	book, terms := whole(), 0
	for _, s := range book.Subscriptions {
		anchor, _ := calendar.ParseDate(s.FirstStartDate)
		all := allTerms(s.ImportSubscription)
		next, price := anchor, all[0].GetUnitPrice()
		for _, term := range all {
			if term.GetStartDate() != next.String() || term.GetSeats() < smallest {
				t.Fatalf("%s: a term from %s with %d seats, want one from %s", s.ExternalId, term.GetStartDate(), term.GetSeats(), next)
			}
			if !proto.Equal(price, term.GetUnitPrice()) {
				t.Fatalf("%s: the price from %s is %v, want %v", s.ExternalId, next, term.GetUnitPrice(), price)
			}
			days, err := calendar.TermFrom(anchor, next, int(term.GetTermMonths()))
			if err != nil {
				t.Fatalf("%s: %v", s.ExternalId, err)
			}
			next = days.End
			price = priceAfter(term, s.UpliftBps)
		}
		terms += len(all)
	}
	t.Logf("%d terms of %d subscriptions", terms, len(book.Subscriptions))
}

// priceAfter is the price with which the term after this one begins.
func priceAfter(term *customerv1.ImportTerm, uplift int32) *typev1.Money {
	m := term.GetUnitPrice()
	price, _ := new(big.Rat).SetString(m.GetAmount())
	for left := term.GetTermMonths(); left > 0; left -= 12 {
		price = risen(m, price, uplift)
		if term.GetBilling() == customerv1.Billing_BILLING_PREPAID {
			break // one rise, however long it was paid ahead
		}
	}
	return &typev1.Money{CurrencyCode: m.GetCurrencyCode(), Amount: price.FloatString(money.Currency(m.GetCurrencyCode()).Digits())}
}

func TestBuild_EveryCustomerIsOneOfToday(t *testing.T) {
	book := whole()
	served, lost := map[string]bool{}, 0
	for _, s := range book.Subscriptions {
		end := s.terms[len(s.terms)-1].days.End
		switch days := end.DaysUntil(day); {
		case days < 90: // running, in grace, or lapsed
			served[s.CustomerExternalId] = true
		case days < 365:
			lost++
		default:
			t.Errorf("%s ended on %s, before the year of the book", s.ExternalId, end)
		}
	}
	if len(served) != Customers || lost < 200 || lost > 600 {
		t.Errorf("%d customers of today, %d lost subscriptions", len(served), lost)
	}
	t.Logf("%d lost subscriptions", lost)
}

func TestBuild_KeepsTheExampleOfTheReadme(t *testing.T) {
	s := whole().Subscriptions[0]
	start := day.AddDays(30).AddMonths(-12)
	want := &customerv1.ImportSubscription{
		ExternalId: "con-00001-1", CustomerExternalId: "crm-00001", ProductId: "email-suite", PartnerId: Softcat, Seats: 200,
		UnitPrice: &typev1.Money{CurrencyCode: "GBP", Amount: "120.00"}, UpliftBps: 500, TermMonths: 12,
		Billing: customerv1.Billing_BILLING_PREPAID, FirstStartDate: start.String(), TermStartDate: start.String(),
	}
	if diff := cmp.Diff(want, s.ImportSubscription, protocmp.Transform()); diff != "" || s.Rate != 2000 {
		t.Errorf("margin %d\n%s", s.Rate, diff)
	}
}
