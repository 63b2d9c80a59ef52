package code_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func april(day int) calendar.Date { return calendar.On(2026, time.April, day) }

func TestWorkingDaysAfter_LeavesOutWeekendsAndHolidays(t *testing.T) {
	easter := code.Policy{Holidays: []calendar.Date{april(3), april(6)}} // Good Friday and Easter Monday
	tests := []struct {
		name string
		from calendar.Date
		n    int32
		want calendar.Date
	}{
		{"the day itself is day 0", april(2), 0, april(2)},
		{"even on a holiday", april(3), 0, april(3)},
		{"over Easter", april(2), 1, april(7)},
		{"from a holiday", april(3), 1, april(7)},
		{"from a Saturday", april(11), 1, april(13)},
		{"two weeks and Easter", april(2), 10, april(20)},
	}
	for _, tt := range tests {
		if got := easter.WorkingDaysAfter(tt.from, tt.n); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := (code.Policy{}).WorkingDaysAfter(april(2), 10); got != april(16) {
		t.Errorf("without holidays: got %s", got)
	}
}

func TestWorkingDaysAfter_EndsWithTheCalendar(t *testing.T) {
	if got := (code.Policy{}).WorkingDaysAfter(calendar.Last, 3); got != calendar.Last {
		t.Errorf("got %s", got)
	}
}

// Counting n days and then m more is counting n + m, and each step ends on a
// day on which one works.
func TestLaw_WorkingDaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p code.Policy
		for range rapid.IntRange(0, 30).Draw(t, "holidays") {
			p.Holidays = append(p.Holidays, april(1).AddDays(rapid.IntRange(0, 60).Draw(t, "holiday")))
		}
		from := april(1).AddDays(rapid.IntRange(0, 60).Draw(t, "from"))
		n, m := rapid.Int32Range(0, 20).Draw(t, "n"), rapid.Int32Range(1, 20).Draw(t, "m")
		end := p.WorkingDaysAfter(p.WorkingDaysAfter(from, n), m)
		if end != p.WorkingDaysAfter(from, n+m) {
			t.Fatalf("%d and %d days after %s: %s", n, m, from, end)
		}
		if p.WorkingDaysAfter(end.AddDays(-1), 1) != end {
			t.Fatalf("%s is no working day", end)
		}
	})
}
