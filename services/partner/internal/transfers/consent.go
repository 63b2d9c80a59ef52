package transfers

import (
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Consent is the deed of a customer's contact who agrees to a transfer.
type Consent struct {
	Reason Reason
	Text   string
	At     time.Time
	Today  calendar.Date
}

// Check returns ErrReasonTextRequired if the reason needs words and has none.
func (c Consent) Check() error {
	if c.Reason == Other && strings.TrimSpace(c.Text) == "" {
		return ErrReasonTextRequired.Because("tell in a sentence or two why you move").On("reason_text")
	}
	return nil
}

// Repeats reports whether t was consented to in the same words before.
func (c Consent) Repeats(t Transfer) bool {
	return t.Agreed() && !t.Assigned && t.ConsentReason == c.Reason && t.ConsentText == c.Text
}

// Consent returns t as the customer has consented to it, with the moves as
// they take effect, or ErrReasonTextRequired or ErrNotOpen.
func (t Transfer) Consent(c Consent, moves []Move) (Transfer, error) {
	if err := c.Check(); err != nil {
		return Transfer{}, err
	}
	if err := t.CheckOpen(c.Today); err != nil {
		return Transfer{}, err
	}
	if len(moves) == 0 {
		return Transfer{}, ErrNotOpen.Because("there is nothing to move any more")
	}
	t.State, t.Moves = Consented, slices.Clone(moves)
	t.ConsentTime, t.ConsentReason, t.ConsentText = c.At, c.Reason, c.Text
	return t.changed(), nil
}

// Claims reports whether the reason claims an exemption.
func (r Reason) Claims() bool { return r != "" && r != Choice }

// FirstDay returns the first of the days on which t's moves take effect, as a
// contact who may consent today is told.
func (t Transfer) FirstDay(today calendar.Date) calendar.Date {
	var first calendar.Date
	for _, m := range t.Moves {
		day := m.EffectiveDate
		if !t.Agreed() && day == t.RequestedDate {
			day = calendar.Max(day, today)
		}
		if first.IsZero() || day.Before(first) {
			first = day
		}
	}
	return first
}
