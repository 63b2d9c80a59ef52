package renewal_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func pounds(pence int64) money.Amount { return money.Amount{Minor: pence, Currency: "GBP"} }

func policies() *rapid.Generator[renewal.Policy] {
	days := rapid.IntRange(0, 365)
	return rapid.Custom(func(t *rapid.T) renewal.Policy {
		return renewal.Policy{OpenDays: days.Draw(t, "open"), GraceDays: days.Draw(t, "grace"), LapsedDays: days.Draw(t, "lapsed")}
	})
}

func contracts() *rapid.Generator[renewal.Contract] {
	return rapid.Custom(func(t *rapid.T) renewal.Contract {
		anchor := calendar.On(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "anchor"))
		months := rapid.SampledFrom([]int{1, 12, 24, 36}).Draw(t, "months")
		term, err := calendar.TermFrom(anchor, anchor.AddMonths(rapid.IntRange(0, 48).Draw(t, "elapsed")), months)
		if err != nil {
			t.Fatal(err)
		}
		return renewal.Contract{
			Anchor: anchor, Term: term, Months: months, Seats: rapid.Int64Range(1, 5000).Draw(t, "seats"),
			UnitPrice: pounds(rapid.Int64Range(0, 1_000_000).Draw(t, "price")), Uplift: money.Bps(rapid.Int32Range(0, 2000).Draw(t, "uplift")),
			Billing: rapid.SampledFrom([]margin.Billing{margin.Prepaid, margin.Annual, margin.Monthly}).Draw(t, "billing"),
		}
	})
}

func TestLaw_LeftAloneARenewalOnlyMovesOn(t *testing.T) {
	order := map[renewal.State]int{renewal.Scheduled: 0, renewal.Open: 1, renewal.Grace: 2, renewal.Lapsed: 3, renewal.Expired: 4}
	rapid.Check(t, func(t *rapid.T) {
		r := renewal.Renewal{Windows: policies().Draw(t, "policy").Windows(due)}
		day := due.AddDays(rapid.IntRange(-800, 800).Draw(t, "day"))
		later := day.AddDays(rapid.IntRange(0, 800).Draw(t, "later"))
		if order[r.StateOn(later)] < order[r.StateOn(day)] {
			t.Fatalf("%s on %s, %s on %s", r.StateOn(day), day, r.StateOn(later), later)
		}
	})
}

func TestLaw_WhatIsOpenCanBeSubmittedAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := renewal.Renewal{
			Windows: policies().Draw(t, "policy").Windows(due), Booked: rapid.Bool().Draw(t, "booked"),
			Submitted: rapid.Bool().Draw(t, "submitted"), LateApproved: rapid.Bool().Draw(t, "approved"),
		}
		day := due.AddDays(rapid.IntRange(-400, 800).Draw(t, "day"))
		if rapid.Bool().Draw(t, "declined") {
			r.DeclinedOn = day
		}
		if rapid.Bool().Draw(t, "cancelled") {
			r.CancelledFrom = day
		}
		state := r.StateOn(day)
		open := state == renewal.Open || state == renewal.Grace || state == renewal.Lapsed && r.LateApproved
		if err := r.CheckOpen(day); (err == nil) != open {
			t.Fatalf("%s: %v", state, err)
		}
		if open && day.After(r.LastDay()) {
			t.Fatalf("%s on %s, after the last day %s", state, day, r.LastDay())
		}
	})
}

func TestLaw_RenewalsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contracts().Draw(t, "contract")
		for range 6 {
			sold := renewed(t, c, wishes(c).Draw(t, "wish"))
			if sold.Months == 0 {
				c.Anchor = sold.Term.End
			}
			if sold.Term.Start != c.Term.End || sold.Term.End != c.Anchor.AddMonths(c.Anchor.MonthsUntil(sold.Term.End)) {
				t.Fatalf("%s follows %s", sold.Term, c.Term)
			}
			c.Term, c.Months, c.UnitPrice = sold.Term, sold.Months, sold.UnitPrice
		}
	})
}

// wishes draws terms and stubs that can follow a contract's.
func wishes(c renewal.Contract) *rapid.Generator[renewal.Wish] {
	return rapid.Custom(func(t *rapid.T) renewal.Wish {
		if rapid.Bool().Draw(t, "co-term") {
			return renewal.Wish{End: c.Term.End.AddDays(rapid.IntRange(1, 1094).Draw(t, "days"))}
		}
		return renewal.Wish{Months: rapid.SampledFrom([]int{1, 12, 24, 36}).Draw(t, "months")}
	})
}

func renewed(t *rapid.T, c renewal.Contract, w renewal.Wish) margin.Calculation {
	sale, err := c.Sale(w, margin.Agency, margin.Rate{Locked: 2000})
	if err != nil {
		t.Fatal(err)
	}
	sold, err := margin.Calculate(sale)
	if err != nil {
		t.Fatal(err)
	}
	return sold
}

func TestLaw_AStubOfWholeYearsIsFollowedAsATermIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		term := contracts().Draw(t, "contract")
		term.Anchor, term.Months = term.Term.Start, rapid.SampledFrom([]int{12, 24, 36}).Draw(t, "years")
		term.Term.End = term.Anchor.AddMonths(term.Months)
		stub := term
		stub.Months, stub.Anchor = 0, stub.Term.End
		oldTerm, unitTerm, err := term.Prices()
		if err != nil {
			t.Fatal(err)
		}
		oldStub, unitStub, err := stub.Prices()
		if err != nil || oldTerm != oldStub || unitTerm != unitStub {
			t.Fatalf("%s leads from %v to %v as a term, from %v to %v as a stub; %v", term.Term, oldTerm, unitTerm, oldStub, unitStub, err)
		}
		netTerm, err := term.Net()
		if err != nil {
			t.Fatal(err)
		}
		if netStub, err := stub.Net(); err != nil || netStub != netTerm {
			t.Fatalf("%s came to %v as a term, to %v as a stub; %v", term.Term, netTerm, netStub, err)
		}
	})
}

func TestLaw_ThePriceRisesOncePerYearHoweverItIsRenewed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contracts().Draw(t, "contract")
		c.Term, c.Months, c.Billing = calendar.Term{Start: c.Anchor, End: c.Anchor.AddMonths(12)}, 12, margin.Annual
		yearly, longer := c, c
		longer.Months, longer.Term.End = 36, c.Anchor.AddMonths(36)
		for range 2 { // two more years, renewed each
			_, unit, err := yearly.Prices()
			if err != nil {
				t.Fatal(err)
			}
			yearly.UnitPrice = unit
		}
		_, want, err := yearly.Prices()
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := longer.Prices(); err != nil || got != want {
			t.Fatalf("three years at once lead to %v, %v; one by one to %v", got, err, want)
		}
	})
}

func TestLaw_PreviewAndSubmissionOfEqualFactsHaveOneFingerprint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contracts().Draw(t, "contract")
		wish := renewal.Wish{Seats: rapid.Int64Range(0, 5000).Draw(t, "seats"), Months: rapid.SampledFrom([]int{0, 1, 12, 24, 36}).Draw(t, "months")}
		rate := margin.Rate{Locked: 2000, LockedOn: c.Anchor}
		fingerprint := func(w renewal.Wish) string {
			sale, err := c.Sale(w, margin.Resale, rate)
			if err != nil {
				t.Fatal(err)
			}
			sold, err := margin.Calculate(sale)
			if err != nil {
				t.Fatal(err)
			}
			return sold.Fingerprint
		}
		previewed := fingerprint(wish)
		if submitted := fingerprint(wish.Fill(c)); renewal.CheckPreview(previewed, submitted) != nil {
			t.Fatalf("previewed %s, submitted %s", previewed, submitted)
		}
	})
}
