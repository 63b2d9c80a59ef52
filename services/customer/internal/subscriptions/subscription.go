package subscriptions

import (
	"fmt"
	"strconv"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals that any decision on a subscription may give.
var (
	ErrNotFound       = fault.New("NOT_FOUND", "there is no such subscription")
	ErrInvalid        = fault.New("REQUEST_INVALID", "the subscription is not right")
	ErrTaken          = fault.New("ALREADY_EXISTS", "the id belongs to another subscription")
	ErrEtagMismatch   = fault.New("ETAG_MISMATCH", "the subscription has changed")
	ErrCancelled      = fault.New("SUBSCRIPTION_CANCELLED", "the subscription is cancelled")
	ErrPartnerChanged = fault.New("PARTNER_CHANGED", "the partner of record is another one")
)

// ID identifies a subscription, such as "sub_06d9k4v0q1ni7b2rj5c8t3mh1g".
type ID string

// State tells whether a subscription runs.
type State string

// The states. Whether the term of an active one has ended is told by the dates.
const (
	Active    State = "ACTIVE"
	Cancelled State = "CANCELLED"
)

// Billing is when the customer is invoiced.
type Billing string

// The ways of billing.
const (
	Prepaid Billing = "PREPAID"
	Annual  Billing = "ANNUAL"
	Monthly Billing = "MONTHLY"
)

// Customer are the facts of a customer that go with its subscriptions.
type Customer struct {
	ID      customers.ID      `json:"id"`
	Name    string            `json:"name"`
	Segment customers.Segment `json:"segment"`
	Country customers.Country `json:"country"`
}

// Subscription is one customer's contract for one product, and the snapshot in
// the feed. Seats to TermNet are those of the last term that is not cancelled;
// Seats are fewer than that term's where some fall away at its end.
type Subscription struct {
	ID         ID                  `json:"id"`
	Customer   Customer            `json:"customer"`
	Product    catalogue.ProductID `json:"product"`
	Family     catalogue.FamilyID  `json:"family"`
	Seats      int64               `json:"seats"`
	UnitPrice  money.Amount        `json:"unit_price"`
	UpliftBps  money.Bps           `json:"uplift_bps"`
	TermMonths int                 `json:"term_months"`
	Billing    Billing             `json:"billing"`
	Anchor     calendar.Date       `json:"anchor"`
	TimeZone   string              `json:"time_zone"`
	FirstStart calendar.Date       `json:"first_start"`
	Current    calendar.Term       `json:"current"`
	TermNet    money.Amount        `json:"term_net"`
	State      State               `json:"state"`
	CancelDate calendar.Date       `json:"cancel_date,omitzero"`
	Cause      Cause               `json:"cause,omitempty"`
	LastQuote  calendar.Date       `json:"last_quote,omitzero"`
	ExternalID string              `json:"external_id,omitempty"`
	Terms      []Term              `json:"terms,omitempty"`
	Partners   []PartnerOfRecord   `json:"partners,omitempty"`
	Revision   int64               `json:"revision"`
	CreateTime time.Time           `json:"create_time"`
	UpdateTime time.Time           `json:"update_time"`
}

// Etag changes with every change of the subscription.
func (s Subscription) Etag() string {
	return "r" + strconv.FormatInt(s.Revision, 36)
}

// Moved gives the subscription to another customer, into which its own was
// merged.
func (s Subscription) Moved(to customers.Customer, at time.Time) Subscription {
	s.Customer = CustomerFacts(to)
	return s.changed(at)
}

// CustomerFacts are what a subscription shows of its customer.
func CustomerFacts(c customers.Customer) Customer {
	return Customer{ID: c.ID, Name: c.Name, Segment: c.Segment, Country: c.Country}
}

// expectEtag returns ErrEtagMismatch unless the etag is the subscription's or
// empty.
func (s Subscription) expectEtag(given string) error {
	if given == "" || given == s.Etag() {
		return nil
	}
	return ErrEtagMismatch.Because(fmt.Sprintf("subscription %s has changed since you read it; read it again", s.ID),
		"subscription_id", string(s.ID), "etag", s.Etag())
}

// expectPartner returns ErrPartnerChanged unless the partner serves the
// subscription on a day.
func (s Subscription) expectPartner(expected PartnerID, on calendar.Date) error {
	if s.PartnerOn(on) == expected {
		return nil
	}
	return ErrPartnerChanged.Because(fmt.Sprintf("%.40q is not partner of record of subscription %s on %s", expected, s.ID, on),
		"subscription_id", string(s.ID), "on_date", on.String())
}

// expectActive returns ErrCancelled if the subscription is cancelled, even if
// only from a day in the future.
func (s Subscription) expectActive() error {
	if s.State != Cancelled {
		return nil
	}
	return ErrCancelled.Because(fmt.Sprintf("subscription %s is cancelled from %s", s.ID, s.CancelDate),
		"subscription_id", string(s.ID), "cancel_date", s.CancelDate.String(), "cause", string(s.Cause))
}

// changed counts a change at a time.
func (s Subscription) changed(at time.Time) Subscription {
	s.Revision++
	s.UpdateTime = at
	return s
}
