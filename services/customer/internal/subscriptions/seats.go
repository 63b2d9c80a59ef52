package subscriptions

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrReductionAtRenewalOnly is returned for fewer seats within a term.
var ErrReductionAtRenewalOnly = fault.New("SEAT_REDUCTION_AT_RENEWAL_ONLY", "seats can be removed only at renewal")

// SeatChange asks for another number of seats from a day on.
type SeatChange struct {
	Expected PartnerID
	Etag     string
	From     calendar.Date
	Seats    int64
	At       time.Time
}

// ChangeSeats changes the seats of the term that has the day. It refuses, in
// this order, with ErrEtagMismatch, ErrPartnerChanged (on that day),
// ErrCancelled, calendar.ErrDateInvalid (no term has the day),
// ErrReductionAtRenewalOnly (unless the term is a month) and what Net refuses
// with. A term that is booked already and has not begun keeps its seats.
func (s Subscription) ChangeSeats(c SeatChange) (Subscription, error) {
	if err := s.expectEtag(c.Etag); err != nil {
		return Subscription{}, err
	}
	if err := s.expectPartner(c.Expected, c.From); err != nil {
		return Subscription{}, err
	}
	if err := s.expectActive(); err != nil {
		return Subscription{}, err
	}
	i := slices.IndexFunc(s.Terms, func(t Term) bool { return !t.Cancelled && t.Span.Contains(c.From) })
	if i < 0 {
		return Subscription{}, dateInvalid("effective_date", "subscription %s has no term on %s; its last one is %s", s.ID, c.From, s.Current)
	}
	if held := s.Terms[i].FinalSeats; c.Seats < held && s.Terms[i].Months != 1 {
		return Subscription{}, ErrReductionAtRenewalOnly.Because(
			fmt.Sprintf("subscription %s has %d seats until %s; renew it with fewer then", s.ID, held, s.Terms[i].Span.End),
			"subscription_id", string(s.ID), "seats", fmt.Sprint(held), "end_date", s.Terms[i].Span.End.String()).On("seats")
	}
	s.Terms = slices.Clone(s.Terms)
	s.Terms[i].FinalSeats = c.Seats
	return s.changed(c.At).summed()
}
