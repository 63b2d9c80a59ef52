package partners

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Suspension is the deed of suspending a partner.
type Suspension struct {
	Cause Cause
	On    calendar.Date
	At    time.Time
}

// Suspend returns p as one that can't sell, or ErrStateInvalid if it already
// can't or is the vendor itself.
func (p Partner) Suspend(s Suspension) (Partner, error) {
	if p.ID == Direct {
		return Partner{}, ErrStateInvalid.Because("the vendor's own field sales can't be suspended")
	}
	if p.State != Active {
		return Partner{}, p.notIn(Active)
	}
	p.State, p.Cause, p.SuspendDate = Suspended, s.Cause, s.On
	return p.changed(s.At), nil
}

// Reinstate returns p as one that may sell again, or ErrStateInvalid if it is
// not suspended.
func (p Partner) Reinstate(now time.Time) (Partner, error) {
	if p.State != Suspended {
		return Partner{}, p.notIn(Suspended)
	}
	p.State, p.Cause, p.SuspendDate = Active, "", calendar.Date{}
	return p.changed(now), nil
}

func (p Partner) notIn(required State) error {
	return ErrStateInvalid.Because(
		fmt.Sprintf("partner %s is %s; it would have to be %s", p.ID, p.State, required),
		"state", string(p.State), "required_state", string(required))
}
