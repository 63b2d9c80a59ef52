package retention_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var today = calendar.On(2026, time.April, 15)

func TestPeriod_EndsTodayAtTheLatest(t *testing.T) {
	for _, tt := range []struct {
		from, until calendar.Date
		want        error
	}{
		{today.AddDays(-1), today, nil},
		{today.AddDays(-1), today.AddDays(1), retention.ErrFuture},
		{today, today, retention.ErrRangeEmpty},
		{today, today.AddDays(-1), retention.ErrRangeEmpty},
	} {
		if err := (retention.Period{From: tt.from, Until: tt.until}).Check(today); !errors.Is(err, tt.want) {
			t.Errorf("%s to %s: got %v, want %v", tt.from, tt.until, err, tt.want)
		}
	}
}

func TestMonths_BeginTodayAtTheLatest(t *testing.T) {
	april := calendar.On(2026, time.April, 1)
	for _, tt := range []struct {
		first, last calendar.Date
		want        error
	}{
		{april, april, nil},
		{april.AddMonths(-59), april, nil},
		{april.AddMonths(-60), april, retention.ErrRangeTooLong},
		{april, april.AddMonths(-1), retention.ErrRangeEmpty},
		{april, april.AddMonths(1), retention.ErrFuture},
	} {
		if err := (retention.Months{First: tt.first, Last: tt.last}).Check(today); !errors.Is(err, tt.want) {
			t.Errorf("%s to %s: got %v, want %v", tt.first, tt.last, err, tt.want)
		}
	}
}

func TestFilled_ShowsMonthsWithoutACustomer(t *testing.T) {
	march := calendar.On(2026, time.March, 1)
	found := retention.Adoption{Month: march, Counts: []retention.Count{{Families: 2, Customers: 3}}}
	got := retention.Months{First: march.AddMonths(-1), Last: march.AddMonths(1)}.Filled([]retention.Adoption{found})
	want := []retention.Adoption{{Month: march.AddMonths(-1)}, found, {Month: march.AddMonths(1)}}
	if diff := cmp.Diff(want, got, cmp.Comparer(calendar.Date.Equal)); diff != "" {
		t.Error(diff)
	}
	if _, ok := got[0].Average(); ok {
		t.Error("an average of nobody")
	}
}
