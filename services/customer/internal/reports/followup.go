package reports

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// The refusals of follow-ups.
var (
	ErrFollowUpNotFound = fault.New("NOT_FOUND", "there is no such follow-up")
	ErrFollowUpClosed   = fault.New("FOLLOW_UP_CLOSED", "the follow-up is closed")
)

// FollowUpState is how far a follow-up is.
type FollowUpState string

// The states.
const (
	Open     FollowUpState = "OPEN"
	Assigned FollowUpState = "ASSIGNED"
	Closed   FollowUpState = "CLOSED"
)

// FollowUp is the task to call a detractor.
type FollowUp struct {
	ID         string          `json:"id"`
	ResponseID string          `json:"response_id"`
	Touchpoint string          `json:"touchpoint_id"`
	Customer   string          `json:"customer_id,omitempty"`
	Partner    string          `json:"partner_id,omitempty"`
	Recommend  int             `json:"recommend"`
	AnswerTime time.Time       `json:"answer_time"`
	State      FollowUpState   `json:"state"`
	Owner      string          `json:"owner,omitempty"`
	Outcome    string          `json:"outcome,omitempty"`
	Revision   revision.Number `json:"revision"`
	CreateTime time.Time       `json:"create_time"`
	UpdateTime time.Time       `json:"update_time"`
	CloseTime  time.Time       `json:"close_time,omitzero"`
	Notes      []Note          `json:"notes,omitempty"`
}

// Note is what somebody wrote about it.
type Note struct {
	Author string    `json:"author"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
}

// Etag is what the follow-up was when it was read.
func (f FollowUp) Etag() string { return f.Revision.Etag() }

// Assign gives it to an owner.
func (f FollowUp) Assign(owner, etag string, at time.Time) (FollowUp, error) {
	if err := f.expect(etag); err != nil {
		return f, err
	}
	f.State, f.Owner = Assigned, owner
	return f.changed(at), nil
}

// Close says what came of it.
func (f FollowUp) Close(outcome, etag string, at time.Time) (FollowUp, error) {
	if err := f.expect(etag); err != nil {
		return f, err
	}
	f.State, f.Outcome, f.CloseTime = Closed, outcome, at
	return f.changed(at), nil
}

// Annotate adds a note.
func (f FollowUp) Annotate(n Note) FollowUp {
	f.Notes = append(f.Notes[:len(f.Notes):len(f.Notes)], n)
	return f.changed(n.Time)
}

func (f FollowUp) expect(etag string) error {
	if f.State == Closed {
		return ErrFollowUpClosed.Because("the follow-up was closed at " + f.CloseTime.Format(time.RFC3339) + "; notes can still be added")
	}
	return f.Revision.Check(etag)
}

func (f FollowUp) changed(at time.Time) FollowUp {
	f.Revision++
	f.UpdateTime = at
	return f
}
