package surveys

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// ErrResponseNotFound is returned for a response that there is not.
var ErrResponseNotFound = fault.New("NOT_FOUND", "there is no such response")

// ResponseID identifies a response.
type ResponseID string

// Response is an answer with the facts that it is counted by.
type Response struct {
	ID         ResponseID           `json:"id"`
	EventID    EventID              `json:"event_id"`
	Touchpoint touchpoints.ID       `json:"touchpoint"`
	Version    int32                `json:"version"`
	Audience   touchpoints.Audience `json:"audience"`
	Customer   customers.ID         `json:"customer,omitempty"`
	Contact    string               `json:"contact,omitempty"`
	Facts      Facts                `json:"facts"`
	Answer     Answer               `json:"answer"`
	AnswerTime time.Time            `json:"answer_time"`
	RedactTime time.Time            `json:"redact_time,omitzero"`
	Revision   revision.Number      `json:"revision"`
}

// Respond returns the response to an event, for a checked answer.
func (e Event) Respond(id ResponseID, a Answer, at time.Time) Response {
	return Response{
		ID: id, EventID: e.ID, Touchpoint: e.Touchpoint, Version: e.Version, Audience: e.Audience, Customer: e.Customer,
		Contact: e.Contact, Facts: e.Facts, Answer: a, AnswerTime: at, Revision: 1,
	}
}

// Month is the first day of the UTC month that the response counts in.
func (r Response) Month() calendar.Date {
	year, month, _ := r.AnswerTime.UTC().Date()
	return calendar.On(year, month, 1)
}

// Redacted reports whether text and person are gone.
func (r Response) Redacted() bool { return !r.RedactTime.IsZero() }

// Redact returns r without its text and its person, and whether anything
// changed, or revision.ErrMismatch unless etag is r's or empty. The scores stay.
func (r Response) Redact(at time.Time, etag string) (Response, bool, error) {
	if r.Redacted() {
		return r, false, nil
	}
	if err := r.Revision.Check(etag); err != nil {
		return r, false, err
	}
	r = r.Anonymous()
	r.RedactTime, r.Revision = at, r.Revision+1
	return r, true, nil
}

// Anonymous returns r as it may be told of: without text and person.
func (r Response) Anonymous() Response {
	r.Contact, r.Answer.Comment = "", ""
	return r
}
