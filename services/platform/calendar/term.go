package calendar

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of terms.
var (
	ErrTermUnsupported = fault.New("TERM_UNSUPPORTED", "a term lasts 1, 12, 24 or 36 months")
	ErrTermEmpty       = fault.New("TERM_EMPTY", "the term ends on or before its start")
)

// Term is the half-open range of days [Start, End).
type Term struct {
	Start Date `json:"start"`
	End   Date `json:"end"`
}

// NewTerm returns [start, end) of any length, such as a co-term stub, or
// ErrDateInvalid or ErrTermEmpty.
func NewTerm(start, end Date) (Term, error) {
	if start.IsZero() || end.IsZero() {
		return Term{}, ErrDateInvalid.Because("a term needs a start and an end date")
	}
	if !start.Before(end) {
		return Term{}, ErrTermEmpty.Because(
			fmt.Sprintf("the term from %s to %s is empty; its end must be later than its start", start, end),
			"start", start.String(), "end", end.String())
	}
	return Term{start, end}, nil
}

// TermFrom returns the term of so many months that begins at start in a
// contract with this anchor. The start must be the anchor or a whole number of
// months after it (ErrDateInvalid otherwise), and months 1, 12, 24 or 36
// (ErrTermUnsupported).
func TermFrom(anchor, start Date, months int) (Term, error) {
	if err := CheckMonths(months); err != nil {
		return Term{}, err
	}
	elapsed, err := onGrid(anchor, start)
	if err != nil {
		return Term{}, err
	}
	end := anchor.AddMonths(elapsed + months)
	if end == Last { // where the calendar stops, so it may not be the true end
		return Term{}, ErrDateInvalid.Because(
			fmt.Sprintf("a term of %d months from %s goes beyond the year 9999", months, start), "start", start.String())
	}
	return Term{start, end}, nil
}

// CheckMonths returns ErrTermUnsupported unless months is 1, 12, 24 or 36.
func CheckMonths(months int) error {
	switch months {
	case 1, 12, 24, 36:
		return nil
	}
	return ErrTermUnsupported.Because(
		fmt.Sprintf("a term of %d months is not offered; choose 1, 12, 24 or 36", months), "months", strconv.Itoa(months))
}

// onGrid returns how many months start lies after the anchor, or
// ErrDateInvalid if it is before it or between two months of its grid.
func onGrid(anchor, start Date) (int, error) {
	if anchor.IsZero() || start.IsZero() {
		return 0, ErrDateInvalid.Because("a term needs an anchor and a start date")
	}
	elapsed := anchor.MonthsUntil(start)
	expected := anchor.AddMonths(elapsed)
	if elapsed >= 0 && expected == start {
		return elapsed, nil
	}
	if elapsed < 0 {
		expected = anchor
	}
	return 0, ErrDateInvalid.Because(
		fmt.Sprintf("no term starts on %s in a contract anchored at %s; the term of that month starts on %s", start, anchor, expected),
		"start", start.String(), "anchor", anchor.String(), "expected", expected.String())
}

// Contains reports whether d is a day of the term.
func (t Term) Contains(d Date) bool { return !d.Before(t.Start) && d.Before(t.End) }

// Days counts the days of the term; an empty one has none.
func (t Term) Days() int { return max(t.Start.DaysUntil(t.End), 0) }

// Empty reports whether the term has no day.
func (t Term) Empty() bool { return !t.Start.Before(t.End) }

// String gives the term as [2026-04-01, 2027-04-01).
func (t Term) String() string { return "[" + t.Start.String() + ", " + t.End.String() + ")" }
