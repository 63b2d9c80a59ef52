package code

import (
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// WorkingDaysAfter returns the n-th working day after a day, which itself is
// day 0 whether one works on it or not. Working days are Mondays to Fridays
// without the holidays.
func (p Policy) WorkingDaysAfter(day calendar.Date, n int32) calendar.Date {
	for n > 0 && day != calendar.Last {
		day = day.AddDays(1)
		if p.working(day) {
			n--
		}
	}
	return day
}

func (p Policy) working(day calendar.Date) bool {
	switch day.Time().Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	return !slices.Contains(p.Holidays, day)
}
