package statement

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Month is a month of the calendar, in UTC. The zero value is none.
type Month struct {
	first calendar.Date
}

// MonthOf returns the month that a day is in.
func MonthOf(day calendar.Date) Month {
	_, _, n := day.Civil()
	return Month{day.AddDays(1 - n)}
}

// ParseMonth reads a month written as 2026-03, or returns
// calendar.ErrDateInvalid.
func ParseMonth(text string) (Month, error) {
	first, err := calendar.ParseDate(text + "-01")
	if err != nil {
		return Month{}, calendar.ErrDateInvalid.Because(
			fmt.Sprintf("%.24q is not a month; write year and month as 2026-03", text), "month", fmt.Sprintf("%.24s", text))
	}
	return Month{first}, nil
}

// First is the first day.
func (m Month) First() calendar.Date { return m.first }

// Last is the last day.
func (m Month) Last() calendar.Date { return m.Next().first.AddDays(-1) }

// Next is the month after.
func (m Month) Next() Month { return Month{m.first.AddMonths(1)} }

// Previous is the month before.
func (m Month) Previous() Month { return MonthOf(m.first.AddDays(-1)) }

// Before reports whether m is earlier than n.
func (m Month) Before(n Month) bool { return m.first.Before(n.first) }

// IsZero reports whether m is no month.
func (m Month) IsZero() bool { return m.first.IsZero() }

// String gives the month as 2026-03, and none as the empty string.
func (m Month) String() string {
	if m.IsZero() {
		return ""
	}
	return m.first.String()[:len("2026-03")]
}

// Words gives the month as people write it: March 2026.
func (m Month) Words() string { return m.first.Time().Format("January 2006") }

// MarshalText makes a month a JSON string.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (m *Month) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = Month{}
		return nil
	}
	parsed, err := ParseMonth(string(text))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}
