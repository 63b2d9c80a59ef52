package renewal

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrState is returned for a decision that the renewal's state does not allow.
var ErrState = fault.New("STATE_INVALID", "the renewal is not in a state that allows this")

// Decline returns the renewal with the customer's notice. It is accepted until
// the day before the term's end. It returns ErrCancelled, ErrAlreadySubmitted,
// or ErrState if it was declined before or the term has ended.
func (r Renewal) Decline(today calendar.Date) (Renewal, error) {
	state := r.StateOn(today)
	switch state {
	case Cancelled:
		return r, r.CheckOpen(today)
	case Renewed, Booked, Submitted:
		return r, r.alreadySubmitted()
	case Declined:
		return r, r.notNow(state, fmt.Sprintf("the customer's notice of %s is on record already", r.DeclinedOn))
	}
	if !today.Before(r.Windows.DueOn) {
		return r, r.notNow(state, fmt.Sprintf("the term ended on %s, so the renewal runs out by itself", r.Windows.DueOn))
	}
	r.DeclinedOn = today
	return r, nil
}

// UndoDecline returns the renewal without the customer's notice. It returns
// ErrState if there is none, or if the term has ended.
func (r Renewal) UndoDecline(today calendar.Date) (Renewal, error) {
	state := r.StateOn(today)
	switch {
	case state != Declined:
		return r, r.notNow(state, "there is no decline to undo")
	case !today.Before(r.Windows.DueOn):
		return r, r.notNow(state, fmt.Sprintf("a decline can be undone before the term's end, which was on %s; place a new order", r.Windows.DueOn))
	}
	r.DeclinedOn = calendar.Date{}
	return r, nil
}

// ApproveLate returns the renewal with the vendor's approval to submit it
// although it has lapsed. It returns ErrExpired, or ErrState unless it is
// lapsed and not approved yet.
func (r Renewal) ApproveLate(today calendar.Date) (Renewal, error) {
	switch state := r.StateOn(today); {
	case state == Expired:
		return r, r.CheckOpen(today)
	case state != Lapsed:
		return r, r.notNow(state, fmt.Sprintf("only a lapsed renewal needs approval, and this one lapses on %s if nothing is submitted", r.Windows.LapsesOn))
	case r.LateApproved:
		return r, r.notNow(state, "it is approved already")
	}
	r.LateApproved = true
	return r, nil
}

func (r Renewal) notNow(state State, why string) error {
	return ErrState.Because(fmt.Sprintf("renewal %s is %s: %s", r.ID, state, why), "renewal_id", r.ID, "state", string(state))
}
