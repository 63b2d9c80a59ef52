package code

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about versions of the code of practice.
var (
	ErrNotFound     = fault.New("NOT_FOUND", "there is no such version of the code of practice")
	ErrInvalid      = fault.New("REQUEST_INVALID", "the version is not described as it must be")
	ErrImmutable    = fault.New("POLICY_IMMUTABLE", "a proposed or approved version can't be changed")
	ErrStateInvalid = fault.New("STATE_INVALID", "the version is not in a state that allows this")
	ErrSameDecider  = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrTooEarly     = fault.New("EFFECTIVE_DATE_TOO_EARLY", "a new version takes effect tomorrow at the earliest")
	ErrDayTaken     = fault.New("ALREADY_EXISTS", "another approved version takes effect on that day")
)

// ID names a version.
type ID string

// State is where a version stands.
type State string

// The states, in the order in which a version goes through them.
const (
	Draft    State = "DRAFT"
	Proposed State = "PROPOSED"
	Approved State = "APPROVED"
)

// Version is a version of the code of practice's policy.
type Version struct {
	ID          ID              `json:"id"`
	DisplayName string          `json:"display_name"`
	Effective   calendar.Date   `json:"effective"`
	State       State           `json:"state"`
	Policy      Policy          `json:"policy"`
	Proposer    string          `json:"proposer"` // subject of a token; empty in a draft
	Approver    string          `json:"approver"` // likewise; empty until approved
	Revision    revision.Number `json:"revision"`
	CreateTime  time.Time       `json:"create_time"`
	ApproveTime time.Time       `json:"approve_time"` // zero until approved
}

// Write returns a new draft with the name, date and policy of v, or ErrInvalid
// or MARGIN_BPS_OUT_OF_RANGE.
func Write(v Version, now time.Time) (Version, error) {
	if strings.TrimSpace(v.DisplayName) == "" || utf8.RuneCountInString(v.DisplayName) > 200 {
		return Version{}, ErrInvalid.Because("display_name must have 1 to 200 characters").On("code_version.display_name")
	}
	if v.Effective.IsZero() {
		return Version{}, ErrInvalid.Because("a version needs its first day").On("code_version.effective_date")
	}
	v.State, v.Proposer, v.Approver = Draft, "", ""
	v.Revision, v.CreateTime, v.ApproveTime = 1, now, time.Time{}
	return v, v.Policy.check()
}

func (v Version) notIn(required State) error {
	return ErrStateInvalid.Because(
		fmt.Sprintf("version %s is %s; it would have to be %s", v.ID, v.State, required),
		"state", string(v.State), "required_state", string(required))
}

// Query says which versions to list, newest effective date first: those after
// the one with this date and id, or all if there is no date.
type Query struct {
	Effective calendar.Date
	ID        ID
	Limit     int
}
