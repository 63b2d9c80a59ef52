package subscriptions

import (
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Cause is why a subscription was cancelled.
type Cause string

// The causes.
const (
	CauseCustomer    Cause = "CUSTOMER"
	CauseVendorFault Cause = "VENDOR_FAULT"
	CauseNonPayment  Cause = "NON_PAYMENT"
	CauseFraud       Cause = "FRAUD"
)

// Cancellation asks for the end.
type Cancellation struct {
	Etag  string
	From  calendar.Date
	Cause Cause
	At    time.Time
}

// Cancel ends the subscription from a day on. Terms that have not begun by
// then are cancelled. It refuses, in this order, with ErrEtagMismatch,
// ErrCancelled, and calendar.ErrDateInvalid for a day before the first term or
// after the last.
func (s Subscription) Cancel(c Cancellation) (Subscription, error) {
	if err := s.expectEtag(c.Etag); err != nil {
		return Subscription{}, err
	}
	if err := s.expectActive(); err != nil {
		return Subscription{}, err
	}
	if c.From.Before(s.FirstStart) || c.From.After(s.Current.End) {
		return Subscription{}, dateInvalid("effective_date", "subscription %s can be cancelled from %s to %s", s.ID, s.FirstStart, s.Current.End)
	}
	s.Terms = slices.Clone(s.Terms)
	for i := range s.Terms {
		if !s.Terms[i].Span.Start.Before(c.From) {
			s.Terms[i].Cancelled = true
		}
	}
	s.State, s.CancelDate, s.Cause = Cancelled, c.From, c.Cause
	return s.changed(c.At).summed()
}
