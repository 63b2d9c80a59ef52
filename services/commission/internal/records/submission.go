package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// ErrNoSubmission is returned for a submission that is not there, or not the
// caller's.
var ErrNoSubmission = fault.New("NOT_FOUND", "there is no such submission")

// SubmissionPrefix begins the id of every submission, and so the booked_by of
// every term that a submission booked.
const SubmissionPrefix = "sbm_"

// SubmissionState is where a submission stands.
type SubmissionState string

// The states of a submission. It ends in one of the last two.
const (
	Submitted SubmissionState = "SUBMITTED"
	Booked    SubmissionState = "BOOKED"
	Rejected  SubmissionState = "REJECTED"
)

// Kind is what a submission books.
type Kind string

// The kinds of submissions. Snapshots from before there were others have none.
const (
	OfRenewal    Kind = "RENEWAL"     // the next term
	OfOrder      Kind = "ORDER"       // a new subscription with its first term
	OfSeatChange Kind = "SEAT_CHANGE" // other seats within a term
)

// Submission is one attempt to book something. Only State, Rejection,
// SubscriptionEtag and DecideTime ever change, and of an order whose customer
// it is for.
type Submission struct {
	ID               string          `json:"id"`
	Kind             Kind            `json:"kind,omitempty"`
	RenewalID        string          `json:"renewal_id,omitempty"` // of a renewal
	SubscriptionID   string          `json:"subscription_id"`
	PartnerID        string          `json:"partner_id"`
	State            SubmissionState `json:"state"`
	Rejection        *Rejection      `json:"rejection,omitempty"` // nil unless rejected
	Term             calendar.Term   `json:"term"`
	Months           int             `json:"months"`
	Seats            int64           `json:"seats"`
	UnitPrice        money.Amount    `json:"unit_price"`
	Billing          margin.Billing  `json:"billing"`
	Calculation      Calculation     `json:"calculation"`
	QuoteID          string          `json:"quote_id,omitempty"`
	PartnerReference string          `json:"partner_reference,omitempty"`
	SubscriptionEtag string          `json:"subscription_etag"` // what the commit point is asked to check
	Actor            string          `json:"actor"`
	Revision         revision.Number `json:"revision"`
	CreateTime       time.Time       `json:"create_time"`
	DecideTime       time.Time       `json:"decide_time,omitzero"`
	OldSeats         int64           `json:"old_seats,omitempty"`   // of a change of seats: until then
	RunningFrom      calendar.Date   `json:"running_from,omitzero"` // of a change of seats: the first day of the term that it falls into
	Order            *Order          `json:"order,omitempty"`       // of an order
}

// Wish is what a renewal was to be.
func (s Submission) Wish() renewal.Wish {
	wish := renewal.Wish{Months: s.Months, Seats: s.Seats, Billing: s.Billing}
	if s.Months == 0 {
		wish.End = s.Term.End
	}
	return wish
}

// RatedFrom is the first day of the term whose rate the submission earns.
func (s Submission) RatedFrom() calendar.Date {
	if s.RunningFrom.IsZero() {
		return s.Term.Start
	}
	return s.RunningFrom
}

// Rejection is why a submission was refused.
type Rejection struct {
	Reason  string            `json:"reason"`
	Field   string            `json:"field,omitempty"`
	Message string            `json:"message"`
	Facts   map[string]string `json:"facts,omitempty"`
}

// Open reports whether the submission is still on its way.
func (s Submission) Open() bool { return s.State == Submitted }

// Book returns the submission as booked.
func (s Submission) Book(at time.Time) Submission {
	s.State, s.Rejection, s.DecideTime = Booked, nil, at
	s.Revision++
	return s
}

// Reject returns the submission as refused for a reason.
func (s Submission) Reject(refusal *fault.Error, at time.Time) Submission {
	s.State, s.DecideTime = Rejected, at
	s.Rejection = &Rejection{Reason: string(refusal.Reason), Field: refusal.Field, Message: refusal.Message, Facts: refusal.Facts}
	s.Revision++
	return s
}

// Refusal returns the rejection as the error that the caller gets, which names
// the submission; nil unless the submission is rejected.
func (s Submission) Refusal() error {
	if s.State != Rejected || s.Rejection == nil {
		return nil
	}
	refusal := fault.New(fault.Reason(s.Rejection.Reason), s.Rejection.Message)
	refusal.Field, refusal.Facts = s.Rejection.Field, s.Rejection.Facts
	return refusal.Because(s.Rejection.Message, "submission_id", s.ID)
}
