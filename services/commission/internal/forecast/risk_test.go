package forecast_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func TestRisks_SayWhyARenewalMayBeLost(t *testing.T) {
	due := calendar.On(2026, 4, 1)
	open := renewal.Renewal{Windows: renewal.Policy{OpenDays: 90, GraceDays: 30, LapsedDays: 60}.Windows(due)}
	with := func(change func(*renewal.Renewal)) renewal.Renewal {
		r := open
		change(&r)
		return r
	}
	none, declining, poor := forecast.Signs{}, forecast.Signs{SeatsDeclining: true}, forecast.Signs{PoorExperience: true}
	quoted := with(func(r *renewal.Renewal) { r.QuotedUntil = due })
	for _, c := range []struct {
		name    string
		renewal renewal.Renewal
		days    int // from its end
		signs   forecast.Signs
		want    []forecast.Risk
	}{
		{"not open yet", open, -91, none, nil},
		{"not open yet, and fewer seats", open, -91, declining, []forecast.Risk{forecast.SeatsDeclining}},
		{"open", open, -31, none, nil},
		{"silent", open, -30, none, []forecast.Risk{forecast.Silent}},
		{"silent for long", open, -15, none, []forecast.Risk{forecast.Silent}},
		{"near the end", open, -14, none, []forecast.Risk{forecast.Late, forecast.Silent}},
		{"on the last day", open, -1, declining, []forecast.Risk{forecast.Late, forecast.Silent, forecast.SeatsDeclining}},
		{"quoted", quoted, -1, none, nil},
		{"in grace", quoted, 0, none, []forecast.Risk{forecast.Late}},
		{"lapsed", open, 30, none, []forecast.Risk{forecast.Late}},
		{"scheduled, for somebody who fares badly", open, -91, poor, []forecast.Risk{forecast.Experienced}},
		{"with everything against it", open, -1, forecast.Signs{SeatsDeclining: true, PoorExperience: true},
			[]forecast.Risk{forecast.Late, forecast.Silent, forecast.SeatsDeclining, forecast.Experienced}},
		{"expired", open, 90, declining, nil},
		{"declined", with(func(r *renewal.Renewal) { r.DeclinedOn = due.AddDays(-40) }), -1, declining, nil},
		{"submitted", with(func(r *renewal.Renewal) { r.Submitted = true }), -1, none, nil},
		{"booked", with(func(r *renewal.Renewal) { r.Booked = true }), -1, declining, nil},
		{"booked, for somebody who fares badly", with(func(r *renewal.Renewal) { r.Booked = true }), -1, poor, nil},
		{"cancelled", with(func(r *renewal.Renewal) { r.CancelledFrom = due }), -1, declining, nil},
	} {
		if diff := cmp.Diff(c.want, forecast.Risks(c.renewal, due.AddDays(c.days), c.signs, forecast.Near())); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestDeclining_LooksAtTheLastChange(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms []forecast.Seats
		want  bool
	}{
		{"no term", nil, false},
		{"the first", []forecast.Seats{{10, 10}}, false},
		{"renewed with as many", []forecast.Seats{{10, 10}, {10, 10}}, false},
		{"renewed with fewer", []forecast.Seats{{10, 10}, {8, 8}}, true},
		{"renewed with fewer than were added", []forecast.Seats{{10, 15}, {12, 12}}, true},
		{"fewer, and then more", []forecast.Seats{{10, 10}, {8, 12}}, false},
		{"more, and then fewer", []forecast.Seats{{10, 10}, {12, 11}}, true},
		{"fewer long ago", []forecast.Seats{{10, 10}, {8, 8}, {8, 8}}, false},
	} {
		if got := forecast.Declining(c.terms); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
