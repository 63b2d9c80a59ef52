package retention

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of days and months.
var (
	ErrRangeEmpty   = fault.New("RANGE_EMPTY", "the range has no day")
	ErrRangeTooLong = fault.New("RANGE_TOO_LONG", "the range is too long")
	ErrFuture       = fault.New("DATE_IN_FUTURE", "the day lies ahead")
)

// Period is what lies between two days, [From, Until).
type Period struct {
	From, Until calendar.Date
}

// Check returns ErrRangeEmpty for a period without a day, and ErrFuture for one
// whose end is after today.
func (p Period) Check(today calendar.Date) error {
	switch {
	case !p.From.Before(p.Until):
		return ErrRangeEmpty.Because(fmt.Sprintf("the period from %s to %s is empty; its end must be later than its start", p.From, p.Until)).On("end_date")
	case p.Until.After(today):
		return ahead("end_date", p.Until, today)
	}
	return nil
}

// Months are calendar months, by their first days, the last included.
type Months struct {
	First, Last calendar.Date
}

// maxMonths bounds what is counted for one answer.
const maxMonths = 60

// Check returns ErrRangeEmpty for months out of order, ErrRangeTooLong for more
// than 60, and ErrFuture for one that has not begun today.
func (m Months) Check(today calendar.Date) error {
	switch {
	case m.Last.Before(m.First):
		return ErrRangeEmpty.Because("the last month is before the first").On("until_month")
	case m.First.MonthsUntil(m.Last) >= maxMonths:
		return ErrRangeTooLong.Because(fmt.Sprintf("these are %d months; ask for up to %d", m.First.MonthsUntil(m.Last)+1, maxMonths)).On("until_month")
	case m.Last.After(today):
		return ahead("until_month", m.Last, today)
	}
	return nil
}

func ahead(field string, day, today calendar.Date) error {
	return ErrFuture.Because(fmt.Sprintf("%s lies ahead; the contracts are known up to today, %s in UTC", day, today), "today", today.String()).On(field)
}
