package transfers_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// contract is served by softcat from the start of its first term.
func contract(bounds ...string) transfers.Contract {
	var c transfers.Contract
	for i := range bounds[1:] {
		c.Terms = append(c.Terms, calendar.Term{Start: day(bounds[i]), End: day(bounds[i+1])})
	}
	c.Partners = []transfers.Tenure{{Partner: "softcat", From: day(bounds[0])}}
	return c
}

func TestEffectiveDate_IsOneThatTheContractCanTake(t *testing.T) {
	running := contract("2025-04-01", "2026-04-01")
	renewed := contract("2025-04-01", "2026-04-01", "2027-04-01")
	ended := contract("2024-02-15", "2025-02-15", "2026-02-15")
	promised := running
	promised.Partners = []transfers.Tenure{{Partner: "softcat", From: day("2025-04-01"), Until: day("2026-04-01")}, {Partner: "bytes", From: day("2026-04-01")}}
	for _, tt := range []struct {
		name         string
		contract     transfers.Contract
		wanted, want string
		incumbent    string
	}{
		{"no day is wanted", running, "", "2026-04-01", "softcat"},
		{"a day within the term", running, "2026-03-10", "2026-03-10", "softcat"},
		{"today", running, "2026-03-02", "2026-03-02", "softcat"},
		{"a day after the term", running, "2026-04-20", "2026-04-20", "softcat"},
		{"the next term is booked", renewed, "", "2026-04-01", "softcat"},
		{"the term has ended", ended, "", "2026-02-15", "softcat"},
		{"the term has ended, whatever is wanted", ended, "2026-03-10", "2026-02-15", "softcat"},
		{"it has not begun", contract("2026-05-01", "2027-05-01"), "", "2027-05-01", "softcat"},
		{"another begins on that day", promised, "", "2026-04-02", "bytes"},
		{"another begins later", promised, "2026-03-31", "2026-03-31", "softcat"},
	} {
		var wanted calendar.Date
		if tt.wanted != "" {
			wanted = day(tt.wanted)
		}
		got := tt.contract.EffectiveDate(wanted, today)
		if got != day(tt.want) || string(tt.contract.PartnerOn(got)) != tt.incumbent {
			t.Errorf("%s: %s from %s, want %s from %s", tt.name, got, tt.contract.PartnerOn(got), tt.want, tt.incumbent)
		}
	}
}

func TestSettle_MovesADayThatHasPassed(t *testing.T) {
	for _, tt := range []struct {
		name            string
		contract        transfers.Contract
		effective, want string
	}{
		{"it lies ahead", contract("2025-04-01", "2026-04-01"), "2026-04-01", "2026-04-01"},
		{"it is today", contract("2025-04-01", "2026-04-01"), "2026-03-02", "2026-03-02"},
		{"it has passed", contract("2025-04-01", "2026-04-01"), "2026-03-01", "2026-03-02"},
		{"the term ended meanwhile", contract("2025-03-01", "2026-03-01"), "2026-03-01", "2026-03-01"},
		{"it passed, and then the term ended", contract("2025-03-01", "2026-03-01"), "2026-02-20", "2026-03-01"},
		{"the term was renewed meanwhile", contract("2025-03-01", "2026-03-01", "2027-03-01"), "2026-03-01", "2026-03-02"},
	} {
		got := transfers.Move{EffectiveDate: day(tt.effective)}.Settle(tt.contract, today).EffectiveDate
		if got != day(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLive_LastsAsLongAsTheProtection(t *testing.T) {
	ended := contract("2025-01-01", "2026-01-01")
	for on, want := range map[string]bool{"2025-12-31": true, "2026-03-31": true, "2026-04-01": false} {
		if got := ended.Live(day(on), 90); got != want {
			t.Errorf("on %s: %v", on, got)
		}
	}
	ended.Cancelled = true
	if ended.Live(today, 90) || (transfers.Contract{}).Live(today, 90) {
		t.Error("what is cancelled or empty is live")
	}
}

func TestFirstDay_IsToldAsItWouldBeToday(t *testing.T) {
	asked := requested(t)
	asked.Moves = moves
	if got := asked.FirstDay(today); got != day("2026-04-01") {
		t.Errorf("the end of the term: %s", got)
	}
	asked.RequestedDate = day("2026-03-05")
	asked.Moves = []transfers.Move{{EffectiveDate: day("2026-03-05")}}
	for on, want := range map[string]string{"2026-03-04": "2026-03-05", "2026-03-09": "2026-03-09"} {
		if got := asked.FirstDay(day(on)); got != day(want) {
			t.Errorf("asked on %s: %s, want %s", on, got, want)
		}
	}
}
