package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// ErrNoSubmission is returned for a submission that is not there, or not the
// caller's.
var ErrNoSubmission = fault.New("NOT_FOUND", "there is no such submission")

// SubmissionState is where a submission stands.
type SubmissionState string

// The states of a submission. It ends in one of the last two.
const (
	Submitted SubmissionState = "SUBMITTED"
	Booked    SubmissionState = "BOOKED"
	Rejected  SubmissionState = "REJECTED"
)

// Submission is one attempt to book a renewal. Only State, Rejection,
// SubscriptionEtag and DecideTime ever change.
type Submission struct {
	ID               string          `json:"id"`
	RenewalID        string          `json:"renewal_id"`
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
