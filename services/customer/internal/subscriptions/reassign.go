package subscriptions

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrSamePartner is returned when the partner serves the subscription already.
var ErrSamePartner = fault.New("SAME_PARTNER", "both partners are the same")

// Reassignment asks for another partner of record from a day on.
type Reassignment struct {
	Expected PartnerID
	Partner  PartnerID
	From     calendar.Date
	Transfer string
	Agreed   calendar.Date // with the customer; today if no date
	At       time.Time
}

// Reassign ends the time of the partner on that day and begins the other's,
// whether or not the next term is booked. A change that is booked for a later
// day stays. The new partner has not quoted yet, so the last quote is cleared.
//
// It refuses, in this order, with ErrCancelled, ErrPartnerChanged,
// ErrSamePartner and calendar.ErrDateInvalid: for a day before it was agreed,
// unless it is the end of the last term, and for one that is not after the partner's own
// first day.
func (s Subscription) Reassign(r Reassignment) (Subscription, error) {
	if err := s.expectActive(); err != nil {
		return Subscription{}, err
	}
	if err := s.expectPartner(r.Expected, r.From); err != nil {
		return Subscription{}, err
	}
	if r.Partner == r.Expected {
		return Subscription{}, ErrSamePartner.Because(fmt.Sprintf("%s is partner of record of subscription %s already", r.Partner, s.ID)).On("partner_id")
	}
	if err := checkPartner(r.Partner); err != nil {
		return Subscription{}, err
	}
	if agreed := r.agreed(s.Today(r.At)); r.From.Before(agreed) && r.From != s.Current.End {
		return Subscription{}, dateInvalid("effective_date", "%s", s.reassignable(agreed))
	}
	i := slices.IndexFunc(s.Partners, func(p PartnerOfRecord) bool { return p.Serves(r.From) })
	if i < 0 || !r.From.After(s.Partners[i].From) {
		return Subscription{}, dateInvalid("effective_date",
			"a transfer takes effect after the first day of the partner that it relieves; the earliest is %s", s.earliestAfter(i))
	}
	s.Partners = slices.Clone(s.Partners)
	next := PartnerOfRecord{Partner: r.Partner, From: r.From, Until: s.Partners[i].Until, Transfer: r.Transfer}
	s.Partners[i].Until = r.From
	s.Partners = slices.Insert(s.Partners, i+1, next)
	s.LastQuote = calendar.Date{}
	return s.changed(r.At), nil
}

// agreed is the day before which nothing can be moved.
func (r Reassignment) agreed(today calendar.Date) calendar.Date {
	if r.Agreed.IsZero() {
		return today
	}
	return calendar.Min(r.Agreed, today)
}

// reassignable says from when on another partner can serve the subscription.
func (s Subscription) reassignable(agreed calendar.Date) string {
	if s.Current.End.Before(agreed) {
		return fmt.Sprintf("the last term of subscription %s ended on %s; a transfer takes effect on that day, or from %s on, when it was agreed", s.ID, s.Current.End, agreed)
	}
	return fmt.Sprintf("a transfer of subscription %s takes effect from %s on, when it was agreed", s.ID, agreed)
}

func (s Subscription) earliestAfter(i int) calendar.Date {
	return s.Partners[max(i, 0)].From.AddDays(1)
}
