package conduct

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrFactMissing is returned for facts that no verdict can be made of.
var ErrFactMissing = fault.New("REQUEST_INVALID", "a fact is missing")

// Facts are what a verdict is made of, as of the request. They are kept with
// the case and never change: what comes later, a release or a ruling, the case
// has itself.
type Facts struct {
	Partner         partners.ID   `json:"partner"` // gets the customer
	Order           bool          `json:"order"`   // by an order rather than a transfer
	Requested       calendar.Date `json:"requested"`
	Effective       calendar.Date `json:"effective"` // first day of the new relationship
	Held            []Held        `json:"held"`
	Claim           Claim         `json:"claim"`
	Ruling          Ruling        `json:"ruling"`
	VendorReassigns bool          `json:"vendor_reassigns"`
}

// Held is a subscription of the family that the customer, or for an order its
// group, has or had.
//
// Where the vendor's own field sales serves it now, Previous is the selling
// partner before it, and term, quote and the rest are as they were for that
// partner: whoever moves a customer twice has still taken it from there.
type Held struct {
	Subscription string        `json:"subscription"`
	Partner      partners.ID   `json:"partner"`  // serves it, or did last
	Previous     partners.ID   `json:"previous"` // served by direct: the selling partner before, if any
	Own          bool          `json:"own"`      // it is the challenger's by a merger
	From         calendar.Date `json:"from"`     // first day of that partner
	Term         calendar.Term `json:"term"`     // its last one, as contracted
	TermMonths   int           `json:"term_months"`
	Cancelled    calendar.Date `json:"cancelled"`    // no date if it was not
	ProtectDays  int           `json:"protect_days"` // after the end, by the version in force at the term's start
	Quoted       calendar.Date `json:"quoted"`       // first quote for the renewal to come; no date if none
	Ceased       bool          `json:"ceased"`
	Released     bool          `json:"released"`
	CapUntil     calendar.Date `json:"cap_until"` // until when the margin of who serves it is capped; no date if it is not
	Paid         bool          `json:"paid"`
}

// Claim is an exemption that a customer's reason claims. It is decided on
// evidence.
type Claim string

// The claims.
const (
	NoClaim              Claim = ""
	ServiceFailure       Claim = "SERVICE_FAILURE"
	ProcurementFramework Claim = "PROCUREMENT_FRAMEWORK"
	OtherClaim           Claim = "OTHER"
)

// Ruling is what channel operations made of a claim.
type Ruling string

// The rulings.
const (
	Pending Ruling = ""
	Granted Ruling = "GRANTED"
	Refused Ruling = "REFUSED"
)

// End is the day after the last one served.
func (h Held) End() calendar.Date {
	if h.Cancelled.IsZero() {
		return h.Term.End
	}
	return calendar.Min(h.Term.End, h.Cancelled)
}

// ProtectedUntil is the day after the protected window.
func (h Held) ProtectedUntil() calendar.Date { return h.End().AddDays(h.ProtectDays) }

// Protected reports whether a day lies in the protected window.
func (h Held) Protected(on calendar.Date) bool {
	return !on.Before(h.From) && on.Before(h.ProtectedUntil())
}

// check names the fact that is missing.
func (f Facts) check() error {
	for _, need := range []struct {
		field   string
		missing bool
	}{
		{"partner_id", f.Partner == ""},
		{"request_date", f.Requested.IsZero()},
		{"effective_date", f.Effective.IsZero()},
	} {
		if need.missing {
			return ErrFactMissing.Because("the facts need " + need.field).On("facts." + need.field)
		}
	}
	for i, h := range f.Held {
		if err := h.check(); err != nil {
			refusal, _ := fault.Of(err)
			return refusal.On(fmt.Sprintf("facts.held[%d].%s", i, refusal.Field))
		}
	}
	return nil
}

func (h Held) check() error {
	for _, need := range []struct {
		field   string
		missing bool
	}{
		{"partner_id", h.Partner == ""},
		{"from_date", h.From.IsZero()},
		{"term_start_date", h.Term.Start.IsZero()},
		{"term_end_date", h.Term.End.IsZero()},
	} {
		if need.missing {
			return ErrFactMissing.Because("a held subscription needs " + need.field).On(need.field)
		}
	}
	if h.Term.Empty() {
		return calendar.ErrTermEmpty.Because("term_end_date must be later than term_start_date").On("term_end_date")
	}
	return nil
}
