package payout

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Answer is what the bank says about a payout.
type Answer struct {
	Reference string        `json:"reference"` // the bank's own
	ValueOn   calendar.Date `json:"value_on"`
	Text      string        `json:"text,omitempty"` // why it was returned
	Actor     string        `json:"actor"`
	At        time.Time     `json:"at"`
}

// same reports whether the bank says the same again, whoever tells it.
func (a *Answer) same(b Answer) bool {
	return a != nil && a.Reference == b.Reference && a.ValueOn == b.ValueOn && a.Text == b.Text
}

// Result is the deed of recording an answer. Outcome is Paid or Returned; Today
// is the day in UTC.
type Result struct {
	PayoutID string
	Outcome  State
	Answer
	Today calendar.Date
}

// Record returns the payout with the answer, and whether that is new. The same
// answer again is not, even if another one has followed. ErrDecided for another
// answer than is recorded, save that what was paid came back; ErrNotInstructed
// for a payout to which there can be no answer; ErrDate, ErrReasonRequired.
func (p Payout) Record(r Result) (Payout, bool, error) {
	switch {
	case r.Outcome == Paid && p.Paid.same(r.Answer), r.Outcome == Returned && p.Returned.same(r.Answer):
		return p, false, nil
	case p.State == Returned, p.State == Paid && r.Outcome == Paid:
		return p, false, ErrDecided.Because(
			fmt.Sprintf("payout %s is recorded as %s already, with another reference, day or reason", p.ID, p.State), "state", string(p.State))
	case p.State != Instructed && p.State != Paid:
		return p, false, ErrNotInstructed.Because(
			fmt.Sprintf("payout %s is %s; it would have to be %s", p.ID, p.State, Instructed), "state", string(p.State), "required_state", string(Instructed))
	}
	if err := p.checkAnswer(r); err != nil {
		return p, false, err
	}
	p.State = r.Outcome
	p.Revision++
	p.UpdateTime = r.At
	if r.Outcome == Paid {
		p.Paid = &r.Answer
	} else {
		p.Returned = &r.Answer
	}
	return p, true, nil
}

func (p Payout) checkAnswer(r Result) error {
	earliest := p.InstructedOn
	if p.Paid != nil {
		earliest = p.Paid.ValueOn
	}
	switch {
	case r.ValueOn.Before(earliest) || r.ValueOn.After(r.Today):
		return ErrDate.Because(
			fmt.Sprintf("value_date is %s; it must be a day from %s to %s", r.ValueOn, earliest, r.Today),
			"earliest_date", earliest.String(), "latest_date", r.Today.String()).On("value_date")
	case r.Outcome == Returned && strings.TrimSpace(r.Text) == "":
		return ErrReasonRequired.Because("write why the bank has returned the payout").On("reason_text")
	}
	return nil
}
