package conduct_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// somebody is a partner of the histories: the challenger, others, or the
// vendor's own field sales.
var somebody = rapid.SampledFrom([]partners.ID{"cdw", "softcat", "insight", partners.Direct})

func days(t *rapid.T, label string) calendar.Date {
	return opened.AddDays(rapid.IntRange(-500, 500).Draw(t, label))
}

func helds() *rapid.Generator[conduct.Held] {
	return rapid.Custom(func(t *rapid.T) conduct.Held {
		months := rapid.SampledFrom([]int{0, 1, 12, 24, 36}).Draw(t, "months")
		end := days(t, "end")
		h := conduct.Held{
			Subscription: "sub_1", Partner: somebody.Draw(t, "partner"),
			Term: calendar.Term{Start: end.AddMonths(-max(months, 1)), End: end}, TermMonths: months,
			ProtectDays: rapid.IntRange(0, 180).Draw(t, "protect"),
			Ceased:      rapid.Bool().Draw(t, "ceased"), Released: rapid.Bool().Draw(t, "released"), Paid: rapid.Bool().Draw(t, "paid"),
		}
		h.From = h.Term.Start.AddDays(-rapid.IntRange(0, 900).Draw(t, "before"))
		if rapid.Bool().Draw(t, "quoted") {
			h.Quoted = end.AddDays(-rapid.IntRange(0, 60).Draw(t, "quote"))
		}
		if rapid.Bool().Draw(t, "cancelled") {
			h.Cancelled = end.AddDays(-rapid.IntRange(0, 60).Draw(t, "cancel"))
		}
		if h.Partner == partners.Direct && rapid.Bool().Draw(t, "looked through") {
			h.Previous = rapid.SampledFrom([]partners.ID{"cdw", "softcat", "insight"}).Draw(t, "previous")
		}
		if incumbent := h.Previous; incumbent == "cdw" || h.Partner == "cdw" {
			h.CapUntil = days(t, "cap")
		}
		return h
	})
}

func someFacts() *rapid.Generator[conduct.Facts] {
	return rapid.Custom(func(t *rapid.T) conduct.Facts {
		requested := days(t, "requested")
		return conduct.Facts{
			Partner: "cdw", Order: rapid.Bool().Draw(t, "order"), Requested: requested,
			Effective: requested.AddDays(rapid.IntRange(0, 120).Draw(t, "lead")),
			Held:      rapid.SliceOfN(helds(), 0, 4).Draw(t, "held"),
			Claim:     rapid.SampledFrom([]conduct.Claim{"", conduct.ServiceFailure, conduct.ProcurementFramework, conduct.OtherClaim}).Draw(t, "claim"),
			Ruling:    rapid.SampledFrom([]conduct.Ruling{conduct.Pending, conduct.Granted, conduct.Refused}).Draw(t, "ruling"),
		}
	})
}

func evaluate(t *rapid.T, f conduct.Facts) conduct.Verdict {
	v, err := conduct.Evaluate(f, policy)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestLaw_AVerdictEndsWithWhatDecidedIt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := someFacts().Draw(rt, "facts")
		checkFindings(t, f, evaluate(rt, f))
	})
}

func TestLaw_AnExemptionNeverMakesItWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts().Draw(t, "facts")
		before := evaluate(t, f)
		f.Held = append([]conduct.Held(nil), f.Held...)
		if len(f.Held) > 0 {
			h := &f.Held[rapid.IntRange(0, len(f.Held)-1).Draw(t, "which")]
			switch rapid.IntRange(0, 4).Draw(t, "exemption") {
			case 0:
				h.Ceased = true
			case 1:
				h.Released = true
			case 2:
				h.Own, h.CapUntil = true, calendar.Date{}
			case 3:
				h.Quoted = calendar.Date{}
			case 4:
				f.Claim, f.Ruling = conduct.ServiceFailure, conduct.Granted
			}
		}
		if after := evaluate(t, f); before.Outcome == conduct.Clean && after.Outcome == conduct.Poached {
			t.Fatalf("%s became %s", say(before), say(after))
		}
	})
}

func TestLaw_MoreOfOthersNeverClears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts().Draw(t, "facts")
		before := evaluate(t, f)
		f.Held = append(f.Held[:len(f.Held):len(f.Held)], helds().Draw(t, "another"))
		after := evaluate(t, f)
		if before.Outcome == conduct.Poached && (after.Outcome == conduct.Clean || after.Cap.Until.Before(before.Cap.Until)) {
			t.Fatalf("%s became %s", say(before), say(after))
		}
	})
}

func TestLaw_WhatPartnersAreCalledChangesNothing(t *testing.T) {
	names := map[partners.ID]partners.ID{"cdw": "ab", "softcat": "zz-9", "insight": "m", partners.Direct: partners.Direct, "": ""}
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts().Draw(t, "facts")
		want := evaluate(t, f)
		f.Partner, f.Held = names[f.Partner], append([]conduct.Held(nil), f.Held...)
		for i, h := range f.Held {
			f.Held[i].Partner, f.Held[i].Previous = names[h.Partner], names[h.Previous]
		}
		want.Incumbent = names[want.Incumbent]
		if diff := cmp.Diff(want, evaluate(t, f)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestLaw_ACapEndsAfterTheRelationshipBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts().Draw(t, "facts")
		if v := evaluate(t, f); v.Outcome == conduct.Poached && !v.Cap.Until.After(f.Effective) {
			t.Fatalf("%s from %s", say(v), f.Effective)
		}
	})
}

func TestLaw_NobodyIsAnIncumbentOfItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts().Draw(t, "facts")
		v := evaluate(t, f)
		if v.Incumbent == f.Partner || v.Outcome == conduct.Poached && v.Incumbent == "" && v.Decisive().Ground != conduct.CapCarriedOver {
			t.Fatalf("%s from %q", say(v), v.Incumbent)
		}
	})
}

// Whatever is done in a case, in whatever order: the difference is held exactly
// while something is undecided, a release and a waiver are for good, a final
// case stays final, and nobody decides twice.
func TestLaw_ACaseKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := open(t, rapid.SampledFrom([]string{"open", "open claiming", "open clean"}).Draw(rt, "opening"))
		today := opened
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			today = today.AddDays(rapid.IntRange(0, 20).Draw(rt, "wait"))
			before := c
			after, err := anyDeed(rt, c, today)
			if err != nil {
				continue
			}
			c = after
			checkStep(rt, before, c, today)
		}
		appeals := 0
		for _, d := range c.Decisions {
			if d.Kind == conduct.Appeal {
				appeals++
			}
		}
		if appeals > 1 {
			rt.Fatalf("appealed %d times", appeals)
		}
		checkFindings(t, c.Facts, c.Shown())
	})
}

func anyDeed(t *rapid.T, c conduct.Case, today calendar.Date) (conduct.Case, error) {
	d := conduct.Deed{By: rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "who"), Text: "because", Today: today, At: noonOf(today)}
	d.Side = rapid.SampledFrom([]conduct.Side{conduct.Challenger, conduct.Incumbent}).Draw(t, "side")
	grant := rapid.Bool().Draw(t, "grant")
	switch rapid.IntRange(0, 6).Draw(t, "deed") {
	case 0:
		return c.Release(d)
	case 1:
		return c.Contest(d)
	case 2:
		return c.Decide(conduct.Ruled{Deed: d, Grant: grant})
	case 3:
		return c.Appeal(d)
	case 4:
		return c.DecideAppeal(conduct.Ruled{Deed: d, Grant: grant})
	case 5:
		return c.ProposeWaiver(d)
	}
	return c.ApproveWaiver(d)
}

func checkStep(t *rapid.T, before, after conduct.Case, today calendar.Date) {
	if reflect.DeepEqual(before, after) {
		return
	}
	undecided := after.State == conduct.UnderReview || after.State == conduct.Appealed
	switch {
	case after.Held() != undecided:
		t.Fatalf("held %t while %s", after.Held(), after.State)
	case undecided && after.Shown().Outcome != conduct.Poached:
		t.Fatalf("%s and %s", after.State, after.Shown().Outcome)
	case before.Released && after.Shown().Outcome != conduct.Clean:
		t.Fatal("a release was taken back")
	case before.On(today) == conduct.Final && after.On(today) != conduct.Final:
		t.Fatalf("final, and then %s", after.State)
	case after.Revision != before.Revision+1 || len(after.Decisions) != len(before.Decisions)+1:
		t.Fatal("a change that does not count")
	case !reflect.DeepEqual(before.Facts, after.Facts):
		t.Fatal("the facts have changed")
	}
	if last := after.Decisions[len(after.Decisions)-1]; last.Kind == conduct.AppealDecision && last.Actor == before.Reviewer {
		t.Fatal("decided twice by one person")
	}
}
