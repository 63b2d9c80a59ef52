// Package records is what the commission service keeps of the engine's
// decisions: the decision as it was made, and whose it is, when it was made and
// how often it has changed since.
//
// A calculation is made once and never changed. A relationship changes when it
// is raised or ends. For example, a relationship locked at 2,000 basis points
// and raised to 2,200 from 2027-01-01 is at revision 3: locked, raise proposed,
// raise approved.
package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals of reads.
var (
	ErrNoRelationship = fault.New("NOT_FOUND", "there is no such relationship")
	ErrNoCalculation  = fault.New("NOT_FOUND", "there is no such calculation")
)

// Relationship is a relationship as it is kept.
type Relationship struct {
	margin.Relationship
	TransferID string          `json:"transfer_id,omitempty"` // that it began by
	Case       Case            `json:"case,omitzero"`
	Effective  money.Bps       `json:"effective"`        // of a term that starts on the day of the answer
	Coming     *margin.Raise   `json:"coming,omitempty"` // waits for approval or for its term on that day
	Revision   revision.Number `json:"revision"`
	CreateTime time.Time       `json:"create_time"`
}

// On returns the relationship with the rate that is effective on a day, and the
// raise that is still to come.
func (r Relationship) On(day calendar.Date) Relationship {
	r.Coming = nil
	if last := len(r.Raises) - 1; last >= 0 && (r.Raises[last].Pending() || r.Raises[last].From.After(day)) {
		r.Coming = &r.Raises[last]
	}
	if rate, err := r.RateOn(day); err == nil {
		r.Effective = rate.Effective(day)
	}
	return r
}

// Changed returns the relationship as its next revision.
func (r Relationship) Changed(to margin.Relationship) Relationship {
	r.Relationship = to
	r.Revision++
	return r
}

// Calculation is a calculation as it is kept: immutable, with the parties that
// the engine does not know. SubscriptionID and RelationshipID are empty where
// there is none, ID and CreateTime while it is not stored.
type Calculation struct {
	margin.Calculation
	ID             string    `json:"calculation_id,omitempty"`
	PartnerID      string    `json:"partner_id"`
	SubscriptionID string    `json:"subscription_id,omitempty"`
	RelationshipID string    `json:"relationship_id,omitempty"`
	CreateTime     time.Time `json:"create_time,omitzero"`
}
