package transfers

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Request returns the new transfer that a challenger asks for today, with the
// id, partner, domain, family, date and reference of t, or ErrDateInvalid.
func Request(t Transfer, today calendar.Date, p code.Policy) (Transfer, error) {
	if err := checkDate(t.RequestedDate, today); err != nil {
		return Transfer{}, err
	}
	t.RequestDate, t.ExpireDate = today, today.AddDays(int(p.TransferDays))
	t.State, t.Revision, t.Moves = Requested, 1, nil
	return t, nil
}

// Assign returns the new transfer by which the vendor gives a subscription to
// another partner, with the id, partner, family and move of t, or
// ErrDateInvalid. Nobody is asked for consent.
func Assign(t Transfer, today calendar.Date) (Transfer, error) {
	if err := checkDate(t.RequestedDate, today); err != nil {
		return Transfer{}, err
	}
	t.RequestDate, t.ExpireDate, t.Assigned = today, today, true
	t.State, t.Revision = Consented, 1
	return t, nil
}

func checkDate(wanted, today calendar.Date) error {
	if wanted.IsZero() || !wanted.Before(today) {
		return nil
	}
	return ErrDateInvalid.Because(
		fmt.Sprintf("a transfer takes effect today, %s, at the earliest", today), "earliest", today.String()).On("effective_date")
}

// Cancel takes the request back. The challenger of a superseded one can't tell
// the difference. ErrNotOpen if it has ended or the customer has consented.
func (t Transfer) Cancel(today calendar.Date) (Transfer, error) {
	if state := t.StateOn(today); state != Requested && state != Superseded {
		return Transfer{}, ErrNotOpen.Because(fmt.Sprintf("transfer %s is %s", t.ID, state), "state", string(state))
	}
	t.State = Cancelled
	return t.changed(), nil
}

// Expire ends a request whose last day has passed; not ok if there is nothing
// to do.
func (t Transfer) Expire(today calendar.Date) (expired Transfer, ok bool) {
	if !t.pending() || t.StateOn(today) != Expired {
		return t, false
	}
	t.State = Expired
	return t.changed(), true
}

// Supersede ends a request because the customer has consented to another; not
// ok if it was not open.
func (t Transfer) Supersede(today calendar.Date) (superseded Transfer, ok bool) {
	if !t.Open(today) {
		return t, false
	}
	t.State = Superseded
	return t.changed(), true
}
