package imports

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of rows, besides those of the rules for customers and subscriptions.
var (
	ErrRowInvalid = fault.New("REQUEST_INVALID", "the row is not right")
	ErrIDTaken    = fault.New("ALREADY_EXISTS", "the external id is there already")
)

// Row is one row as it was sent: a customer, a subscription, or Broken, with
// the refusal of what could not be read.
type Row struct {
	ExternalID   string
	Customer     *customers.Draft
	Subscription *Subscription
	Broken       error
}

// Subscription is a subscription as it stands: its running term, since when
// customer and partner have been there, and the terms before, if known.
type Subscription struct {
	Customer    string // its external id
	Product     catalogue.ProductID
	Partner     subscriptions.PartnerID
	PartnerFrom calendar.Date // FirstStart if zero
	Seats       int64
	UnitPrice   money.Amount
	UpliftBps   money.Bps
	Months      int
	Billing     subscriptions.Billing
	FirstStart  calendar.Date
	Start       calendar.Date
	Previous    []subscriptions.Past
}

// Refusal is a row that was not stored, and why.
type Refusal struct {
	Row        int64
	Reason     fault.Reason
	Field      string
	Message    string
	ExternalID string
}

// maxID bounds an external id.
const maxID = 100

// check returns the refusal of a row that holds nothing that could be stored.
func (r Row) check() error {
	switch {
	case r.Broken != nil:
		return r.Broken
	case r.Customer == nil && r.Subscription == nil:
		return ErrRowInvalid.Because("the row is neither a customer nor a subscription")
	case r.ExternalID == "":
		return ErrRowInvalid.Because("the external id is missing: give the one of your own system").On("external_id")
	case len(r.ExternalID) > maxID || strings.ContainsFunc(r.ExternalID, unicode.IsControl):
		return ErrRowInvalid.Because(fmt.Sprintf("the external id is longer than %d bytes or has control characters", maxID)).On("external_id")
	}
	return nil
}
