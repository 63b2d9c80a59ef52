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

// ChangeSeats changes the seats of the term that has the day. A term of a month
// keeps what it has until its end: fewer seats are those that the next one
// begins with. A term that is booked already and has not begun keeps its seats.
//
// It refuses, in this order, with ErrEtagMismatch, ErrPartnerChanged (on that
// day), ErrCancelled, calendar.ErrDateInvalid (the day is over, or no term has
// it), ErrReductionAtRenewalOnly (unless the term is a month and the last that
// is booked) and what Net refuses with.
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
	i, err := s.termToChange(c)
	if err != nil {
		return Subscription{}, err
	}
	last := i == s.standing()
	if c.Seats < s.Terms[i].FinalSeats && !(last && s.Terms[i].Months == 1) {
		return Subscription{}, s.reductionRefused(i)
	}
	s.Terms = slices.Clone(s.Terms)
	s.Terms[i].FinalSeats = max(s.Terms[i].FinalSeats, c.Seats)
	if last {
		s.Seats = c.Seats
	}
	return s.changed(c.At).summed()
}

// termToChange returns the index of the term that has the day of a change.
func (s Subscription) termToChange(c SeatChange) (int, error) {
	if today := s.Today(c.At); c.From.Before(today) {
		return 0, dateInvalid("effective_date", "%s is over; seats change from today, %s, on", c.From, today)
	}
	i := slices.IndexFunc(s.Terms, func(t Term) bool { return !t.Cancelled && t.Span.Contains(c.From) })
	if i < 0 {
		return 0, dateInvalid("effective_date", "subscription %s has no term on %s; its last one is %s", s.ID, c.From, s.Current)
	}
	if c.Seats <= 0 {
		return 0, ErrSeatsNotPositive.Because(fmt.Sprintf("%d is not a number of seats; give at least 1", c.Seats)).On("seats")
	}
	return i, nil
}

// reductionRefused says when the seats of a term can be fewer.
func (s Subscription) reductionRefused(i int) error {
	t := s.Terms[i]
	advice := "renew it with fewer then"
	if t.Months == 1 && s.TermMonths == 1 { // the month after it is booked
		advice = fmt.Sprintf("the next month is booked, so name a day from %s on", s.Current.Start)
	}
	return ErrReductionAtRenewalOnly.Because(
		fmt.Sprintf("subscription %s has %d seats until %s; %s", s.ID, t.FinalSeats, t.Span.End, advice),
		"subscription_id", string(s.ID), "seats", fmt.Sprint(t.FinalSeats), "end_date", t.Span.End.String()).On("seats")
}

// Addition are seats that a term has from a day on, besides those that it began
// with.
type Addition struct {
	TermID string
	From   calendar.Date
	Seats  int64
}

// Added returns what a change of seats from a day on has added to a term since
// before; not ok if it added nothing.
func (s Subscription) Added(before Subscription, from calendar.Date) (Addition, bool) {
	for i, t := range before.Terms {
		if more := s.Terms[i].FinalSeats - t.FinalSeats; more > 0 {
			return Addition{TermID: t.ID, From: from, Seats: more}, true
		}
	}
	return Addition{}, false
}
