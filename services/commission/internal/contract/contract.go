// Package contract reads a subscription as customer has it: its terms, and who was
// partner of record when. Customer's word is what every decision rests on; the
// book, which is for lists and sums, may be behind.
package contract

import (
	"cmp"
	"fmt"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Contract is a subscription as customer has it.
type Contract struct {
	ID, Etag, Zone string
	Revision       int64
	Anchor         calendar.Date
	Uplift         money.Bps
	CancelDate     calendar.Date // no date if it is not cancelled
	Terms          []Term
	Partners       []Tenure // those that the caller may see
	Proto          *customerv1.Subscription
}

// Term is a term that is not cancelled.
type Term struct {
	Span      calendar.Term
	Months    int   // 0 for a stub
	Seats     int64 // at its end: those changed within it included
	UnitPrice money.Amount
	Billing   margin.Billing
	BookedBy  string
}

// Tenure is the time of a partner of record; no until while it goes on.
type Tenure struct {
	PartnerID   string
	From, Until calendar.Date
	TransferID  string // that began it, if one did
}

// Of reads a subscription with its terms and partners of record.
func Of(sub *customerv1.Subscription) (Contract, error) {
	var dates calendar.Reader
	c := Contract{
		ID: sub.GetSubscriptionId(), Etag: sub.GetEtag(), Zone: sub.GetTimeZone(), Revision: sub.GetRevision(),
		Anchor: dates.Read(sub.GetAnchorDate()), Uplift: money.Bps(sub.GetUpliftBps()), Proto: sub,
	}
	if sub.GetState() == customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED {
		c.CancelDate = dates.Read(sub.GetCancelDate())
	}
	for _, p := range sub.GetPartnersOfRecord() {
		c.Partners = append(c.Partners, Tenure{p.GetPartnerId(), dates.Read(p.GetFromDate()), dates.Read(p.GetUntilDate()), p.GetTransferId()})
	}
	for _, t := range sub.GetTerms() {
		if t.GetCancelled() {
			continue
		}
		price, err := Amount(t.GetUnitPrice())
		if err != nil {
			return Contract{}, fmt.Errorf("unit price of term %s: %w", t.GetTermId(), err)
		}
		c.Terms = append(c.Terms, Term{
			Span: calendar.Term{Start: dates.Read(t.GetStartDate()), End: dates.Read(t.GetEndDate())}, Months: int(t.GetTermMonths()),
			Seats: cmp.Or(t.GetFinalSeats(), t.GetSeats()), UnitPrice: price, Billing: Billing(t.GetBilling()), BookedBy: t.GetBookedBy(),
		})
	}
	if n := len(c.Terms); n > 0 && sub.GetSeats() > 0 {
		c.Terms[n-1].Seats = sub.GetSeats() // those added within the term included
	}
	if dates.Err != nil {
		return Contract{}, fmt.Errorf("subscription %s: %w", c.ID, dates.Err)
	}
	return c, nil
}

// PartnerOn returns the partner of record on a day, or "" if none is, or none
// that the caller may see.
func (c Contract) PartnerOn(day calendar.Date) string { return c.TenureOn(day).PartnerID }

// TenureOn returns the time of the partner of record on a day, or the zero
// tenure where PartnerOn returns "".
func (c Contract) TenureOn(day calendar.Date) Tenure {
	for _, p := range c.Partners {
		if !day.Before(p.From) && (p.Until.IsZero() || day.Before(p.Until)) {
			return p
		}
	}
	return Tenure{}
}

// Today is the date where the subscription is.
func (c Contract) Today(now time.Time) calendar.Date {
	zone, err := calendar.LoadZone(c.Zone)
	if err != nil { // it was checked where the subscription was made
		zone = time.UTC
	}
	return calendar.DateOf(now, zone)
}

// On returns the term that has a day.
func (c Contract) On(day calendar.Date) (Term, bool) {
	for _, t := range c.Terms {
		if t.Span.Contains(day) {
			return t, true
		}
	}
	return Term{}, false
}

// Reseated is what the rules price: other seats from a day of a term on.
func (c Contract) Reseated(t Term, from calendar.Date, seats int64, mode margin.Mode, rate margin.Rate) margin.SeatChange {
	return margin.SeatChange{
		OldSeats: t.Seats, Seats: seats, UnitPrice: t.UnitPrice, Uplift: c.Uplift, Anchor: c.Anchor, Term: t.Span, Months: t.Months,
		From: from, Billing: t.Billing, Mode: mode, Rate: rate,
	}
}

// CheckRunning returns renewal.ErrCancelled for a cancelled contract, even if
// only from a day in the future.
func (c Contract) CheckRunning() error {
	if c.CancelDate.IsZero() {
		return nil
	}
	return renewal.ErrCancelled.Because(
		fmt.Sprintf("subscription %s is cancelled from %s; a new order starts a new one", c.ID, c.CancelDate),
		"subscription_id", c.ID, "cancel_date", c.CancelDate.String())
}

// Ending returns the term with this end.
func (c Contract) Ending(on calendar.Date) (Term, bool) {
	for _, t := range c.Terms {
		if t.Span.End == on {
			return t, true
		}
	}
	return Term{}, false
}

// Starting returns the term with this start.
func (c Contract) Starting(on calendar.Date) (Term, bool) {
	for _, t := range c.Terms {
		if t.Span.Start == on {
			return t, true
		}
	}
	return Term{}, false
}

// Past reports whether a term was followed by one that nobody booked, because
// both came with an import: its end is history, not a renewal.
func (c Contract) Past(t Term) bool {
	next, there := c.Starting(t.Span.End)
	return there && next.BookedBy == ""
}

// Renewed is what the rules price: the end of a term of this contract.
func (c Contract) Renewed(t Term) renewal.Contract {
	return renewal.Contract{
		Anchor: c.Anchor, Term: t.Span, Months: t.Months, Seats: t.Seats, UnitPrice: t.UnitPrice, Uplift: c.Uplift, Billing: t.Billing,
	}
}
