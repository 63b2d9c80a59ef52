package forecast

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const monthsAYear = 12

// Month is a calendar month, counted from January of the year 0.
type Month int32

// MonthOf returns the month of a day.
func MonthOf(d calendar.Date) Month {
	year, month, _ := d.Civil()
	return Month(year*monthsAYear + int(month) - 1)
}

// ParseMonth reads a month written as 2026-04, or returns
// calendar.ErrDateInvalid.
func ParseMonth(text string) (Month, error) {
	first, err := calendar.ParseDate(text + "-01")
	if err != nil || len(text) != len("2026-04") {
		return 0, calendar.ErrDateInvalid.Because(fmt.Sprintf("%.24q is not a month; write year and month as 2026-04", text), "month", fmt.Sprintf("%.24s", text))
	}
	return MonthOf(first), nil
}

// First returns the month's first day.
func (m Month) First() calendar.Date {
	return calendar.On(1, 1, 1).AddMonths(int(m) - monthsAYear)
}

// String gives the month as 2026-04.
func (m Month) String() string { return m.First().String()[:len("2026-04")] }
