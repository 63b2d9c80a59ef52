package registrations

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about registrations.
var (
	ErrNotFound       = fault.New("NOT_FOUND", "there is no such deal registration")
	ErrInvalid        = fault.New("REQUEST_INVALID", "the deal registration is not described as it must be")
	ErrSeats          = fault.New("SEATS_NOT_POSITIVE", "a deal has at least one seat")
	ErrMaskInvalid    = fault.New("UPDATE_MASK_INVALID", "the update mask names a field that can't be updated")
	ErrStateInvalid   = fault.New("STATE_INVALID", "the deal registration is not in a state that allows this")
	ErrReasonRequired = fault.New("REASON_TEXT_REQUIRED", "a reason in words is required")
	ErrTaken          = fault.New("DEAL_ALREADY_REGISTERED", "there is an open registration for this customer and family already")
	ErrNotApproved    = fault.New("REGISTRATION_NOT_APPROVED", "the deal registration is not approved")
	ErrExpired        = fault.New("REGISTRATION_EXPIRED", "the deal registration has expired")
	ErrNotNew         = fault.New("NOT_NEW_BUSINESS", "the customer is not new")
)

// ID names a registration.
type ID string

// State is where a registration stands.
type State string

// The states. An approved registration whose time is over is EXPIRED on every
// day after, whether that has been stored or not.
const (
	Draft                State = "DRAFT"
	Submitted            State = "SUBMITTED"
	InformationRequested State = "INFORMATION_REQUESTED"
	Approved             State = "APPROVED"
	Rejected             State = "REJECTED"
	Withdrawn            State = "WITHDRAWN"
	Expired              State = "EXPIRED"
	Converted            State = "CONVERTED"
)

// Deal is what a partner writes about its business.
type Deal struct {
	CustomerName  string        `json:"customer_name"`
	Domain        domain.Name   `json:"domain"`
	Country       string        `json:"country"` // ISO 3166-1 alpha-2
	FamilyID      string        `json:"family_id"`
	Seats         int64         `json:"seats"`
	ExpectedNet   money.Amount  `json:"expected_net"`   // of the first twelve months; zero if not said
	ExpectedClose calendar.Date `json:"expected_close"` // no date if not said
	Description   string        `json:"description"`
}

// Registration is business that a partner announces.
type Registration struct {
	ID        ID          `json:"id"`
	PartnerID partners.ID `json:"partner_id"`
	Deal
	State           State           `json:"state"` // as stored; On tells that of a day
	RequestedFields []string        `json:"requested_fields"`
	VendorNote      string          `json:"vendor_note"`
	ApproveDate     calendar.Date   `json:"approve_date"` // no date until approved
	ExpireDate      calendar.Date   `json:"expire_date"`  // its last day; no date until approved
	Extended        bool            `json:"extended"`
	Code            code.ID         `json:"code"`          // the version that it was approved under
	SubmissionID    string          `json:"submission_id"` // of the order that converted it
	SubmitTime      time.Time       `json:"submit_time"`   // of the first submission; zero before
	Revision        revision.Number `json:"revision"`
	CreateTime      time.Time       `json:"create_time"`
}

// On returns where r stands on a day: an approved registration is expired from
// the day after its last one.
func (r Registration) On(day calendar.Date) State {
	if r.State == Approved && day.After(r.ExpireDate) {
		return Expired
	}
	return r.State
}

// Open reports whether r reserves its customer and family on a day.
func (r Registration) Open(day calendar.Date) bool {
	switch r.On(day) {
	case Submitted, InformationRequested, Approved:
		return true
	}
	return false
}

// Seen returns r with the state that it has on a day, as its readers see it.
func (r Registration) Seen(day calendar.Date) Registration {
	r.State = r.On(day)
	return r
}

// Query says which registrations to list: those before an id, which is newest
// first. An empty filter matches all; the state is that of today.
type Query struct {
	Before  ID
	Partner partners.ID
	State   State
	Today   calendar.Date
	Limit   int
}
