package cards_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func deed(by, today string) cards.Decision {
	day, err := calendar.ParseDate(today)
	if err != nil {
		panic(err)
	}
	return cards.Decision{By: by, At: noon, Today: day}
}

func written(t *testing.T, effective calendar.Date) cards.Version {
	t.Helper()
	v, err := cards.Write(cards.Version{DisplayName: "spring", Effective: effective, Rules: []margin.Rule{{Rate: 2000}}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	refusal, ok := fault.Of(err)
	if !ok {
		return err.Error()
	}
	return string(refusal.Reason)
}

func TestVersion_TakesEffectTomorrowAtTheEarliest(t *testing.T) {
	for _, tt := range []struct {
		effective calendar.Date
		first     bool
		want      string
	}{
		{calendar.On(2026, 3, 2), false, ""},
		{calendar.On(2026, 3, 1), false, "EFFECTIVE_DATE_TOO_EARLY"},
		{calendar.On(2024, 1, 1), false, "EFFECTIVE_DATE_TOO_EARLY"},
		{calendar.On(2024, 1, 1), true, ""},
	} {
		by := deed("anna", "2026-03-01")
		by.First = tt.first
		if _, err := written(t, tt.effective).Propose(by); reasonOf(err) != tt.want {
			t.Errorf("from %s, first %t: %v, want %s", tt.effective, tt.first, err, tt.want)
		}
	}
}

func TestVersion_IsDecidedByTwoPeopleInOrder(t *testing.T) {
	draft := written(t, calendar.On(2026, 3, 2))
	if _, err := draft.Approve(deed("bert", "2026-03-01")); reasonOf(err) != "STATE_INVALID" {
		t.Errorf("a draft was approved: %v", err)
	}
	proposed, err := draft.Propose(deed("anna", "2026-03-01"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proposed.Propose(deed("bert", "2026-03-01")); reasonOf(err) != "POLICY_IMMUTABLE" {
		t.Errorf("proposed twice: %v", err)
	}
	if _, err := proposed.Approve(deed("anna", "2026-03-01")); reasonOf(err) != "SAME_DECIDER" {
		t.Errorf("approved by its proposer: %v", err)
	}
	if _, err := proposed.Approve(deed("bert", "2026-03-02")); reasonOf(err) != "EFFECTIVE_DATE_TOO_EARLY" {
		t.Errorf("approved on its day: %v", err)
	}
	approved, err := proposed.Approve(deed("bert", "2026-03-01"))
	if err != nil || approved.State != cards.Approved || approved.Revision != 3 || !approved.ApproveTime.Equal(noon) {
		t.Errorf("got %+v, %v", approved, err)
	}
}

func TestSimulation_AddsUpWhateverTheOrder(t *testing.T) {
	card := cards.Version{ID: "rat_1", Rules: []margin.Rule{{Rate: 1500}}}
	kind := cards.Kind{PartnerType: "RESELLER", Family: "archiving", Segment: "GLOBAL", Currency: "JPY"}
	rapid.Check(t, func(t *rapid.T) {
		nets := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 20).Draw(t, "nets")
		locks := rapid.SliceOfN(rapid.Int32Range(0, 10000), len(nets), len(nets)).Draw(t, "locks")
		forward, backward := cards.Simulate(card), cards.Simulate(card)
		add := func(to *cards.Simulation, i int) {
			err := to.Add(cards.Held{
				Kind: kind, TermStart: calendar.On(2026, 1, 1), Net: money.Amount{Minor: nets[i], Currency: "JPY"},
				Relationship: margin.Relationship{Lock: margin.Lock{Rate: money.Bps(locks[i]), On: calendar.On(2025, 1, 1)}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range nets {
			add(forward, i)
			add(backward, len(nets)-1-i)
		}
		one, other := forward.Rows(), backward.Rows()
		if len(one) != 1 || fmt.Sprint(one[0].Net, one[0].Locked, one[0].Simulated) != fmt.Sprint(other[0].Net, other[0].Locked, other[0].Simulated) {
			t.Fatalf("%+v, %+v", one, other)
		}
		if one[0].Relationships != int64(len(nets)) || one[0].Locked.Minor > one[0].Net.Minor || one[0].Simulated.Minor > one[0].Net.Minor {
			t.Fatalf("%+v", one)
		}
	})
}
