package moneymodel

import "time"

// Day is a day of the calendar, counted from 1970-01-01.
type Day int

// ParseDay reads a day written as 2026-03-02, which it must be.
func ParseDay(text string) Day {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return dayOf(t)
}

func dayOf(t time.Time) Day { return Day(t.Unix() / (24 * 60 * 60)) }

func (d Day) time() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// String writes the day as 2026-03-02.
func (d Day) String() string { return d.time().Format(time.DateOnly) }

// FirstOfMonth is the first day of the month that d is in.
func (d Day) FirstOfMonth() Day { return d - Day(d.time().Day()) + 1 }

// PlusMonths is the same day n months later, or the last of that month if it has
// no such day.
func (d Day) PlusMonths(n int) Day {
	first := d.FirstOfMonth().time()
	then := time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := then.AddDate(0, 1, -1).Day()
	return dayOf(then) + Day(min(d.time().Day(), last)) - 1
}
