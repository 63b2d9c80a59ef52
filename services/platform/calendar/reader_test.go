package calendar_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func TestReader_KeepsTheFirstErrorAndTakesNoTextForNoDate(t *testing.T) {
	var dates calendar.Reader
	if got := dates.Read("2026-04-01"); got != calendar.On(2026, 4, 1) || dates.Err != nil {
		t.Errorf("got %s, %v", got, dates.Err)
	}
	if got := dates.Read(""); !got.IsZero() || dates.Err != nil {
		t.Errorf("got %s, %v; want no date", got, dates.Err)
	}
	dates.Read("2026-02-30")
	first := dates.Err
	dates.Read("soon")
	if !errors.Is(first, calendar.ErrDateInvalid) || first.Error() != dates.Err.Error() {
		t.Errorf("got %v, then %v", first, dates.Err)
	}
}
