package subscriptions

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Order is what a new subscription is made of.
type Order struct {
	ID         ID
	TermID     string
	Customer   customers.Customer
	Product    catalogue.Product
	Partner    PartnerID
	Seats      int64
	UnitPrice  money.Amount
	UpliftBps  money.Bps
	Months     int
	Billing    Billing
	Start      calendar.Date
	End        calendar.Date // of a stub, which has no months
	ExternalID string
	BookedBy   string
	At         time.Time
}

// Create makes a subscription whose first term begins at the order's start,
// which is its anchor unless that term is a stub. It refuses with
// customers.ErrMerged, calendar.ErrTermUnsupported, ErrCotermOutOfRange,
// ErrUpliftOutOfRange and what Net refuses with.
func Create(o Order) (Subscription, error) {
	if err := o.Customer.Living(); err != nil {
		return Subscription{}, err
	}
	return Takeover{Order: o, FirstStart: o.Start, PartnerFrom: o.Start}.Subscription()
}

// Takeover is a subscription of an existing book: an order whose Start is that
// of the running term, with its history.
type Takeover struct {
	Order
	FirstStart  calendar.Date
	PartnerFrom calendar.Date
	Previous    []Past // oldest first; none if the terms before are not known
}

// Subscription makes the subscription, with the terms before the running one
// as far as they are known. Besides Create's refusals there are
// calendar.ErrDateInvalid for dates off the anchor's grid or out of order, and
// money.ErrMismatch for a previous term in another currency.
func (t Takeover) Subscription() (Subscription, error) {
	if err := t.check(); err != nil {
		return Subscription{}, err
	}
	days, anchor, err := span(t.FirstStart, t.Start, t.Months, t.End)
	if err != nil {
		return Subscription{}, err
	}
	if !t.PartnerFrom.Before(days.End) {
		return Subscription{}, dateInvalid("partner_from_date", "the partner must serve the subscription by the end of its running term, %s", days.End)
	}
	term, err := newTerm(Term{
		ID: t.TermID, Span: days, Months: t.Months, Seats: t.Seats, UnitPrice: t.UnitPrice, Billing: t.Billing, BookedBy: t.BookedBy,
	}, t.UpliftBps)
	if err != nil {
		return Subscription{}, err
	}
	terms, err := t.history()
	if err != nil {
		return Subscription{}, err
	}
	return Subscription{
		ID: t.ID, Customer: CustomerFacts(t.Customer), Product: t.Product.ID, Family: t.Product.Family,
		UpliftBps: t.UpliftBps, Anchor: anchor, TimeZone: t.Customer.TimeZone, FirstStart: t.FirstStart,
		State: Active, ExternalID: t.ExternalID, Terms: append(terms, term),
		Partners: []PartnerOfRecord{{Partner: t.Partner, From: t.PartnerFrom}},
		Revision: 1, CreateTime: t.At, UpdateTime: t.At,
	}.summed()
}

func (t Takeover) check() error {
	if err := checkBilling(t.Billing); err != nil {
		return err
	}
	if err := checkPartner(t.Partner); err != nil {
		return err
	}
	if t.Start.IsZero() || t.FirstStart.IsZero() {
		return dateInvalid("start_date", "the first day is missing; write it as 2026-04-01")
	}
	if t.PartnerFrom.Before(t.FirstStart) {
		return dateInvalid("partner_from_date", "no partner serves a subscription before its first day, %s", t.FirstStart)
	}
	return checkUplift(t.UpliftBps)
}

func checkBilling(b Billing) error {
	switch b {
	case Prepaid, Annual, Monthly:
		return nil
	}
	return ErrInvalid.Because("the billing is missing; choose PREPAID, ANNUAL or MONTHLY").On("billing")
}

func dateInvalid(field, format string, args ...any) error {
	return calendar.ErrDateInvalid.Because(fmt.Sprintf(format, args...)).On(field)
}
