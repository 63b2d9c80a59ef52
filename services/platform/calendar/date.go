package calendar

import (
	"cmp"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrDateInvalid is returned for a date that the calendar does not have.
var ErrDateInvalid = fault.New("DATE_INVALID", "the date does not exist")

// Date is a day of the Gregorian calendar from 0001-01-01 to 9999-12-31,
// without time or zone. Dates compare with ==. The zero value is no date; it
// is before every date.
type Date struct {
	days int32 // since the day before 0001-01-01
}

const (
	secondsPerDay = 24 * 60 * 60
	unixEpoch     = 719_163 // days of 1970-01-01
	lastDay       = 3_652_059
)

// Last is the last day of the calendar. Arithmetic stops there.
var Last = Date{lastDay}

// On returns the date of year, month and day. It is for dates known to be
// right and panics if there is no such day; ParseDate is for input.
func On(year int, month time.Month, day int) Date {
	d, ok := civil(year, month, day)
	if !ok {
		panic(fmt.Sprintf("calendar: no day %04d-%02d-%02d", year, month, day))
	}
	return d
}

// DateOf returns the date that the clocks of loc show at t.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return clamp(daysOf(y, m, d))
}

func civil(year int, month time.Month, day int) (Date, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Date{}, false
	}
	return Date{int32(daysOf(year, month, day))}, true
}

func daysOf(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/secondsPerDay + unixEpoch
}

func clamp(days int64) Date {
	return Date{int32(min(max(days, 1), lastDay))}
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// Time returns midnight UTC of the date, or the zero time for no date.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Unix((int64(d.days)-unixEpoch)*secondsPerDay, 0).UTC()
}

// Civil returns year, month and day, or zeros for no date.
func (d Date) Civil() (year int, month time.Month, day int) {
	if d.IsZero() {
		return 0, 0, 0
	}
	return d.Time().Date()
}

// AddDays returns the date n days later, or earlier if n is negative. It
// stops at either end of the calendar. No date plus days is no date.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return clamp(int64(d.days) + int64(min(max(n, -lastDay), lastDay)))
}

// AddMonths returns the same day n months later, or the last day of that
// month if it is shorter: 2024-01-31 plus 1 is 2024-02-29. It stops at either
// end of the calendar. No date plus months is no date.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	const allMonths = 12 * 10_000
	year, month, day := d.Civil()
	index := year*12 + int(month) - 1 + min(max(n, -allMonths), allMonths)
	switch {
	case index < 12:
		return clamp(0)
	case index >= allMonths:
		return Last
	}
	year, month = index/12, time.Month(index%12+1)
	return Date{int32(daysOf(year, month, min(day, daysIn(year, month))))}
}

// MonthsUntil counts the calendar months from d to e, regardless of days:
// from 2024-01-31 to 2024-02-01 it is 1.
func (d Date) MonthsUntil(e Date) int {
	y, m, _ := d.Civil()
	z, n, _ := e.Civil()
	return (z-y)*12 + int(n) - int(m)
}

// DaysUntil counts the days from d to e; it is negative if e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.days) - int(d.days) }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.days < e.days }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.days > e.days }

// Equal reports whether d and e are the same day, as == does.
func (d Date) Equal(e Date) bool { return d == e }

// Compare returns −1, 0 or 1 as d is earlier than, the same as or later than e.
func (d Date) Compare(e Date) int { return cmp.Compare(d.days, e.days) }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.days == 0 }

// Min returns the earlier of two dates.
func Min(a, b Date) Date { return Date{min(a.days, b.days)} }

// Max returns the later of two dates.
func Max(a, b Date) Date { return Date{max(a.days, b.days)} }
