package transfers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Objection is what an incumbent says about its part of a transfer.
type Objection struct {
	By             []partners.ID // the ids that the incumbent acts for
	SubscriptionID string        // only this one; empty for all of its own
	Text           string        // of a contest
	Today          calendar.Date
}

// Release lets the customer go. It returns t and the moves that were released
// now; releasing again changes nothing. ErrNotFound where the incumbent has no
// part in it, ErrStateInvalid where nothing of it moves.
func (t Transfer) Release(o Objection) (released Transfer, now []Move, err error) {
	own, err := t.own(o)
	if err != nil {
		return t, nil, err
	}
	standing := slices.DeleteFunc(own, func(i int) bool { return t.Moves[i].FailureReason != "" })
	if len(standing) == 0 {
		return t, nil, ErrStateInvalid.Because("the contract has not changed: there is nothing to release", "state", string(t.State))
	}
	fresh := slices.DeleteFunc(standing, func(i int) bool { return t.Moves[i].Released })
	if len(fresh) == 0 {
		return t, nil, nil
	}
	t, now = t.mark(fresh, func(m *Move) { m.Released = true })
	return t, now, nil
}

// Contest disputes the exemption that the customer's reason claims. It returns
// t and the moves that were contested now. ErrNotFound where the incumbent has
// no part in it, ErrReasonTextRequired without a text, ErrStateInvalid where
// there is nothing to contest, ErrContestClosed after the last day.
func (t Transfer) Contest(o Objection) (contested Transfer, now []Move, err error) {
	own, err := t.own(o)
	if err != nil {
		return t, nil, err
	}
	if strings.TrimSpace(o.Text) == "" {
		return t, nil, ErrReasonTextRequired.Because("tell channel operations why the exemption does not hold").On("reason_text")
	}
	disputable := slices.DeleteFunc(own, func(i int) bool {
		m := t.Moves[i]
		return m.ContestBy.IsZero() || m.Released || m.Contested || m.FailureReason != ""
	})
	if len(disputable) == 0 {
		return t, nil, ErrStateInvalid.Because("there is no claimed exemption here that could still be contested")
	}
	for _, i := range disputable {
		if by := t.Moves[i].ContestBy; o.Today.After(by) {
			return t, nil, ErrContestClosed.Because(fmt.Sprintf("the last day to contest was %s", by), "contest_by_date", by.String())
		}
	}
	t, now = t.mark(disputable, func(m *Move) { m.Contested = true })
	return t, now, nil
}

// own returns the places of the moves that are meant, or ErrNotFound.
func (t Transfer) own(o Objection) ([]int, error) {
	var own []int
	for i, m := range t.Moves {
		if slices.ContainsFunc(o.By, m.loses) && (o.SubscriptionID == "" || o.SubscriptionID == m.SubscriptionID) {
			own = append(own, i)
		}
	}
	if len(own) == 0 || !t.Agreed() {
		return nil, ErrNotFound
	}
	return own, nil
}

func (t Transfer) mark(places []int, change func(*Move)) (Transfer, []Move) {
	t.Moves = slices.Clone(t.Moves)
	marked := make([]Move, 0, len(places))
	for _, i := range places {
		change(&t.Moves[i])
		marked = append(marked, t.Moves[i])
	}
	return t.changed(), marked
}
