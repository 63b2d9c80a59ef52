package subscriptions

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrAlreadyRenewed is returned when an uncancelled term has this start.
var ErrAlreadyRenewed = fault.New("TERM_ALREADY_RENEWED", "there is an uncancelled term with this start")

// Renewal asks for the next term.
type Renewal struct {
	TermID    string
	Expected  PartnerID
	Etag      string
	Start     calendar.Date
	Months    int
	End       calendar.Date // of a stub, which has no months
	Seats     int64
	UnitPrice money.Amount
	Billing   Billing // as before if empty
	BookedBy  string
	At        time.Time
}

// Renew adds the term that begins where the last one ends. It refuses, in this
// order, with ErrEtagMismatch, ErrPartnerChanged (on the new term's first
// day), ErrCancelled, ErrAlreadyRenewed, calendar.ErrDateInvalid (another
// start), money.ErrMismatch, calendar.ErrTermUnsupported, ErrCotermOutOfRange
// and what Net refuses with. The coming renewal is another one then, so the last
// quote is cleared.
func (s Subscription) Renew(r Renewal) (Subscription, error) {
	if err := s.admits(r); err != nil {
		return Subscription{}, err
	}
	days, anchor, err := span(s.Anchor, r.Start, r.Months, r.End)
	if err != nil {
		return Subscription{}, err
	}
	if r.Billing == "" {
		r.Billing = s.Billing
	}
	term, err := newTerm(Term{
		ID: r.TermID, Span: days, Months: r.Months, Seats: r.Seats, UnitPrice: r.UnitPrice, Billing: r.Billing, BookedBy: r.BookedBy,
	}, s.UpliftBps)
	if err != nil {
		return Subscription{}, err
	}
	s.Anchor, s.Terms = anchor, append(slices.Clone(s.Terms), term)
	s.LastQuote = calendar.Date{}
	return s.changed(r.At).summed()
}

// admits tells whether the subscription stands as the renewal reckons.
func (s Subscription) admits(r Renewal) error {
	if err := s.expectEtag(r.Etag); err != nil {
		return err
	}
	if err := s.expectPartner(r.Expected, r.Start); err != nil {
		return err
	}
	if err := s.expectActive(); err != nil {
		return err
	}
	if i := slices.IndexFunc(s.Terms, func(t Term) bool { return !t.Cancelled && t.Span.Start == r.Start }); i >= 0 {
		return ErrAlreadyRenewed.Because(fmt.Sprintf("subscription %s has a term from %s already, until %s", s.ID, r.Start, s.Terms[i].Span.End),
			"subscription_id", string(s.ID), "start_date", r.Start.String(), "end_date", s.Terms[i].Span.End.String())
	}
	if r.Start != s.Current.End {
		return dateInvalid("start_date", "the next term of subscription %s begins on %s", s.ID, s.Current.End)
	}
	if r.UnitPrice.Currency != s.UnitPrice.Currency {
		return money.ErrMismatch.Because(fmt.Sprintf("subscription %s is priced in %s", s.ID, s.UnitPrice.Currency),
			"currency", string(s.UnitPrice.Currency)).On("unit_price")
	}
	return nil
}
