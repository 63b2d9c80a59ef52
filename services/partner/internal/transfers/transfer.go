package transfers

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about transfers.
var (
	ErrNotFound           = fault.New("NOT_FOUND", "there is no such transfer")
	ErrDateInvalid        = fault.New("DATE_INVALID", "the date can't be used here")
	ErrSamePartner        = fault.New("SAME_PARTNER", "the partner serves all of it already")
	ErrNotOpen            = fault.New("TRANSFER_NOT_OPEN", "the transfer is not open any more")
	ErrStateInvalid       = fault.New("STATE_INVALID", "the transfer is not in a state that allows this")
	ErrContestClosed      = fault.New("CONTEST_WINDOW_CLOSED", "the time to contest is over")
	ErrReasonTextRequired = fault.New("REASON_TEXT_REQUIRED", "a reason in words is required")
)

// ID names a transfer.
type ID string

// State is where a transfer stands.
type State string

// The states. A transfer is requested, and then consented to or one of the
// ends; a consented one completes or fails.
const (
	Requested  State = "REQUESTED"
	Consented  State = "CONSENTED"
	Completed  State = "COMPLETED"
	Expired    State = "EXPIRED"
	Cancelled  State = "CANCELLED"
	Superseded State = "SUPERSEDED"
	Failed     State = "FAILED"
)

// Reason is why a customer moves, in its own words. What is not Choice claims
// an exemption.
type Reason string

// The reasons.
const (
	Choice               Reason = "CHOICE"
	ServiceFailure       Reason = "SERVICE_FAILURE"
	ProcurementFramework Reason = "PROCUREMENT_FRAMEWORK"
	Other                Reason = "OTHER"
)

// Transfer is a move of a customer's subscriptions of one family to another
// partner, the challenger. Moves are known some moments after the request.
type Transfer struct {
	ID               ID              `json:"id"`
	PartnerID        partners.ID     `json:"partner_id"` // the challenger
	Domain           string          `json:"domain"`
	FamilyID         string          `json:"family_id"`
	RequestedDate    calendar.Date   `json:"requested_date"` // no date for the end of the running term
	RequestDate      calendar.Date   `json:"request_date"`   // the day of the request
	Assigned         bool            `json:"assigned"`       // by the vendor, without consent
	State            State           `json:"state"`
	ExpireDate       calendar.Date   `json:"expire_date"` // the last day on which it is open
	ConsentTime      time.Time       `json:"consent_time"`
	ConsentReason    Reason          `json:"consent_reason"` // empty until the consent
	ConsentText      string          `json:"consent_text"`
	Moves            []Move          `json:"moves"` // in the order of their subscriptions
	PartnerReference string          `json:"partner_reference"`
	Revision         revision.Number `json:"revision"`
	CreateTime       time.Time       `json:"create_time"`
}

// StateOn returns where t stands on a day: nobody has to come by for a request
// to expire.
func (t Transfer) StateOn(today calendar.Date) State {
	if t.pending() && today.After(t.ExpireDate) {
		return Expired
	}
	return t.State
}

// pending reports whether the challenger may think that the customer can still
// consent.
func (t Transfer) pending() bool { return t.State == Requested || t.State == Superseded }

// Agreed reports whether the customer, or the vendor for it, has consented.
func (t Transfer) Agreed() bool {
	return t.State == Consented || t.State == Completed || t.State == Failed
}

// Open reports whether the customer can consent on a day.
func (t Transfer) Open(today calendar.Date) bool { return t.StateOn(today) == Requested }

// CheckOpen returns ErrNotOpen unless t is open.
func (t Transfer) CheckOpen(today calendar.Date) error {
	if t.Open(today) {
		return nil
	}
	state := t.StateOn(today)
	return ErrNotOpen.Because(fmt.Sprintf("transfer %s is %s", t.ID, state), "state", string(state))
}

// changed returns t after a change.
func (t Transfer) changed() Transfer {
	t.Revision++
	return t
}
