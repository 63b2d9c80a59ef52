package subscriptions

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrCotermOutOfRange is returned for a stub that would end before it begins,
// or last longer than the longest term, or for one that is given months too.
var ErrCotermOutOfRange = fault.New("COTERM_DATE_OUT_OF_RANGE", "the co-term date does not fit")

// stubMonths is how long a stub may be.
const stubMonths = 36

// stub returns the days of a term that leads to a common end instead of
// lasting so many months.
func stub(start, end calendar.Date, months int) (calendar.Term, error) {
	switch latest := start.AddMonths(stubMonths); {
	case months != 0:
		return calendar.Term{}, cotermInvalid("a term lasts %d months or ends on %s; give one of the two", months, end)
	case !end.After(start) || end.After(latest):
		return calendar.Term{}, cotermInvalid("a term from %s can end from %s to %s", start, start.AddDays(1), latest)
	}
	return calendar.Term{Start: start, End: end}, nil
}

func cotermInvalid(format string, args ...any) error {
	return ErrCotermOutOfRange.Because(fmt.Sprintf(format, args...)).On("end_date")
}

// stubNet returns the net price of a stub by days: for each of its contract
// years, which are counted from its start, unit price × seats × its days ÷ days
// of that year. Only the last year can be a part of one, so that rounding its
// share rounds the sum once.
func (t Term) stubNet(seats int64, uplift money.Bps) (money.Amount, error) {
	if t.Billing == Prepaid {
		uplift = 0
	}
	unit, net := t.UnitPrice, money.Amount{Currency: t.UnitPrice.Currency}
	for n := 0; ; n += monthsAYear {
		year := calendar.Term{Start: t.Span.Start.AddMonths(n), End: t.Span.Start.AddMonths(n + monthsAYear)}
		if !year.Start.Before(t.Span.End) {
			return net, nil
		}
		days := year.Start.DaysUntil(calendar.Min(year.End, t.Span.End))
		share, err := shareOf(unit, seats, int64(days), int64(year.Days()))
		if err != nil {
			return money.Amount{}, err
		}
		if net, unit, err = nextYear(net, share, unit, uplift); err != nil {
			return money.Amount{}, err
		}
	}
}
