package statement_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// TestMonth_EndsWithItsLastDay: what is effective on that day belongs to the month,
// which can be closed from the next one on.
func TestMonth_EndsWithItsLastDay(t *testing.T) {
	for text, want := range map[string]string{"2028-02": "2028-02-29", "2027-02": "2027-02-28", "2026-04": "2026-04-30", "2026-12": "2026-12-31"} {
		m := month(t, text)
		last, err := calendar.ParseDate(want)
		if err != nil {
			t.Fatal(err)
		}
		if m.Last() != last || statement.MonthOf(last) != m || statement.MonthOf(last.AddDays(1)) != m.Next() {
			t.Errorf("%s ends on %s; want %s", text, m.Last(), want)
		}
		if err := statement.CheckOver(m, last); !errors.Is(err, statement.ErrNotOver) {
			t.Errorf("%s on its last day: %v", text, err)
		}
		if err := statement.CheckOver(m, last.AddDays(1)); err != nil {
			t.Errorf("%s after its last day: %v", text, err)
		}
	}
}
