package forecast

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of ranges.
var (
	ErrRangeEmpty = fault.New("RANGE_EMPTY", "the range has no month")
	ErrHorizon    = fault.New("HORIZON_TOO_LONG", "a forecast ends 60 months from the present one at the latest")
)

// usual is how many months a forecast covers unless it is asked for another
// number.
const usual = 12

// Range is a number of months.
type Range struct {
	From   Month
	Months int
}

// Until returns the month after the last.
func (r Range) Until() Month { return r.From + Month(r.Months) }

// NewRange returns the months from one on: the present one if it is 0, and twelve
// if their number is nil. It returns ErrRangeEmpty for none, and ErrHorizon for
// more than 60, or if they end more than 60 months from the present one.
func NewRange(from Month, months *int32, present Month) (Range, error) {
	r := Range{From: from, Months: usual}
	if from == 0 {
		r.From = present
	}
	if months != nil {
		r.Months = int(*months)
	}
	switch {
	case r.Months < 1:
		return r, ErrRangeEmpty.Because(fmt.Sprintf("%d months are none; ask for 1 to %d", r.Months, Horizon)).On("months")
	case r.Months > Horizon:
		return r, ErrHorizon.Because(
			fmt.Sprintf("%d months are too many; ask for 1 to %d", r.Months, Horizon), "months", strconv.Itoa(r.Months)).On("months")
	case r.Until() > present+Horizon:
		return r, ErrHorizon.Because(
			fmt.Sprintf("the months from %s end after %s; ask for fewer, or begin earlier", r.From, present+Horizon-1),
			"from_month", r.From.String(), "last_month", (present + Horizon - 1).String()).On("months")
	}
	return r, nil
}
