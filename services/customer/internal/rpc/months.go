package rpc

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// monthLayout shows how a month is written.
const monthLayout = "2026-04"

// month reads a month and returns its first day.
func month(field, text string) (calendar.Date, error) {
	first, err := calendar.ParseDate(text + "-01")
	if err != nil || len(text) != len(monthLayout) {
		return first, calendar.ErrDateInvalid.Because(fmt.Sprintf("%.24q is not a month; write year and month as %s", text, monthLayout)).On(field)
	}
	return first, nil
}

// optionalMonth is month, where the empty text is none.
func optionalMonth(field, text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	return month(field, text)
}

// monthOf writes the month of its first day.
func monthOf(first calendar.Date) string { return first.String()[:len(monthLayout)] }
