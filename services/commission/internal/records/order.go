package records

import (
	"encoding/json"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Order is what an order says beyond what every submission does. Only
// CustomerID ever changes: it is empty until a customer that the vendor did not
// know is created, and another one when its customer was merged.
type Order struct {
	CustomerID         string        `json:"customer_id,omitempty"`
	Domain             string        `json:"domain"`
	Customer           *NewCustomer  `json:"customer,omitempty"` // where the vendor did not know it
	ProductID          string        `json:"product_id"`
	FamilyID           string        `json:"family_id"`
	Uplift             money.Bps     `json:"uplift,omitempty"`
	DealRegistrationID string        `json:"deal_registration_id,omitempty"`
	OrderedOn          calendar.Date `json:"ordered_on"`

	// Lock and Cap are what the relationship begins with.
	Lock margin.Lock `json:"lock"`
	Cap  *margin.Cap `json:"cap,omitempty"`

	// Verdict is partner's, as it came, to be handed back once the order is
	// booked.
	Verdict json.RawMessage `json:"verdict"`
}

// NewCustomer is a customer as an order describes it. Segment and Sector are
// the contract's names without prefix.
type NewCustomer struct {
	Name     string `json:"name"`
	Segment  string `json:"segment"`
	Sector   string `json:"sector,omitempty"`
	Country  string `json:"country"`
	TimeZone string `json:"time_zone"`
}

// Begins returns the relationship that a booked order begins.
func (s Submission) Begins() margin.Relationship {
	return margin.Relationship{
		ID: s.Calculation.RelationshipID, SubscriptionID: s.SubscriptionID, PartnerID: s.PartnerID, Mode: s.Calculation.Mode,
		From: s.Term.Start, Lock: s.Order.Lock, Cap: s.Order.Cap,
	}
}
