package subscriptions

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Quote tells that a partner quoted the coming renewal on a day.
type Quote struct {
	Partner PartnerID
	On      calendar.Date
	At      time.Time
}

// RecordQuote keeps the latest day on which the partner of record quoted. The
// quote must come from the partner on the day of the quote or on the coming
// term's first day, or it is refused with ErrPartnerChanged; on a cancelled
// subscription with ErrCancelled.
func (s Subscription) RecordQuote(q Quote) (Subscription, error) {
	if err := s.expectActive(); err != nil {
		return Subscription{}, err
	}
	if s.PartnerOn(s.Current.End) != q.Partner {
		if err := s.expectPartner(q.Partner, q.On); err != nil {
			return Subscription{}, err
		}
	}
	s.LastQuote = calendar.Max(s.LastQuote, q.On)
	return s.changed(q.At), nil
}
