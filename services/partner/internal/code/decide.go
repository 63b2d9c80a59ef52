package code

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Decision is the deed of proposing or approving a version.
type Decision struct {
	By    string        // subject of the person's token
	At    time.Time     // when
	Today calendar.Date // the same instant's date where the vendor is
	First bool          // no version has been approved yet
}

// Propose returns v as it waits for a second person. ErrImmutable if it was
// proposed before, ErrTooEarly if it could not be approved any more.
func (v Version) Propose(d Decision) (Version, error) {
	if v.State != Draft {
		return Version{}, ErrImmutable.Because(
			fmt.Sprintf("version %s is %s since %s proposed it; create a new version", v.ID, v.State, v.Proposer), "state", string(v.State))
	}
	if err := v.checkDate(d); err != nil {
		return Version{}, err
	}
	v.State, v.Proposer = Proposed, d.By
	v.Revision++
	return v, nil
}

// Approve returns v as it takes effect on its date. ErrStateInvalid unless it
// is proposed, ErrSameDecider for the person who proposed it, ErrTooEarly if
// its date has come.
func (v Version) Approve(d Decision) (Version, error) {
	if v.State != Proposed {
		return Version{}, v.notIn(Proposed)
	}
	if v.Proposer == d.By {
		return Version{}, ErrSameDecider.Because("you have proposed this version yourself; another person must approve it")
	}
	if err := v.checkDate(d); err != nil {
		return Version{}, err
	}
	v.State, v.Approver, v.ApproveTime = Approved, d.By, d.At
	v.Revision++
	return v, nil
}

func (v Version) checkDate(d Decision) error {
	earliest := d.Today.AddDays(1)
	if d.First || !v.Effective.Before(earliest) {
		return nil
	}
	return ErrTooEarly.Because(
		fmt.Sprintf("version %s would take effect on %s; %s is the earliest day", v.ID, v.Effective, earliest),
		"effective_date", v.Effective.String(), "earliest_date", earliest.String())
}
