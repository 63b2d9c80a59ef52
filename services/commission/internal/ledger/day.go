package ledger

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// DayOf returns the ledger's day of an instant: it reckons in UTC.
func DayOf(at time.Time) calendar.Date { return calendar.DateOf(at, time.UTC) }
