package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// holdings are what the customer behind a domain has, and its corporate group.
// Aliases and merged customers are resolved by then. A domain that nobody has
// is no error: nothing is held.
type holdings struct {
	Found    bool
	Customer customer
	Held     []held // the group's, of one family
}

// customer is the organisation behind a domain.
type customer struct {
	ID, DisplayName, GroupID, TimeZone string
	Domains                            []string
}

// held is a subscription with its history.
type held struct {
	ID, ProductID, FamilyID, CustomerID string
	TimeZone                            string
	Terms                               []heldTerm // uncancelled, oldest first; at least one
	Tenures                             []tenure   // partners of record, oldest first
	Cancelled                           calendar.Date
	Quoted                              calendar.Date // last quote for the renewal to come
	Paid                                bool
}

// heldTerm is a term of a subscription; Months is 0 for a stub.
type heldTerm struct {
	calendar.Term
	Months   int
	BookedBy string
}

// tenure is the time of a partner of record, until no date while it goes on.
type tenure struct {
	Partner     partners.ID
	From, Until calendar.Date
	Transfer    string // that brought it, if one did
}

// Last is the last term that is booked.
func (h held) Last() heldTerm { return h.Terms[len(h.Terms)-1] }

// TermOn returns the term that runs on a day.
func (h held) TermOn(on calendar.Date) (heldTerm, bool) {
	i := slices.IndexFunc(h.Terms, func(t heldTerm) bool { return t.Contains(on) })
	if i < 0 {
		return heldTerm{}, false
	}
	return h.Terms[i], true
}

// TenureOn returns the partner of record on a day: the last one for the days
// after the end, none before the first.
func (h held) TenureOn(on calendar.Date) (tenure, bool) {
	for _, t := range slices.Backward(h.Tenures) {
		if !t.From.After(on) {
			return t, true
		}
	}
	return tenure{}, false
}

// before returns the partner of record before t.
func (h held) before(t tenure) (tenure, bool) {
	i := slices.Index(h.Tenures, t)
	if i < 1 {
		return tenure{}, false
	}
	return h.Tenures[i-1], true
}

// bookedBy reports whether a submission booked one of the terms.
func (h held) bookedBy(submission string) bool {
	return slices.ContainsFunc(h.Terms, func(t heldTerm) bool { return t.BookedBy == submission })
}

// of returns what one customer holds itself.
func (h holdings) of(customerID string) []held {
	return slices.DeleteFunc(slices.Clone(h.Held), func(one held) bool { return one.CustomerID != customerID })
}

// holdings reads what the customer with a domain, and its group, hold in a
// family. It calls customer and must not be called within a transaction.
func (a *App) holdings(ctx context.Context, domain, family string) (holdings, error) {
	found, err := a.lookUp(ctx, domain)
	if err != nil || !found.Found {
		return found, err
	}
	listed, err := a.subscriptionsOf(ctx, found.Customer, family)
	if err != nil {
		return holdings{}, err
	}
	found.Held, err = a.histories(ctx, listed)
	return found, err
}

// histories reads listed subscriptions with their terms and partners of record.
func (a *App) histories(ctx context.Context, listed []*customerv1.Subscription) (all []held, err error) {
	for _, one := range listed {
		full, err := a.peers.Subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: one.GetSubscriptionId()})
		if err != nil {
			return nil, fmt.Errorf("subscription %s: %w", one.GetSubscriptionId(), err)
		}
		converted, err := heldFrom(full)
		if err != nil {
			return nil, fmt.Errorf("subscription %s: %w", one.GetSubscriptionId(), err)
		}
		if len(converted.Terms) > 0 {
			all = append(all, converted)
		}
	}
	return all, nil
}

var errNobody = fault.New("NOT_FOUND", "nobody has this domain")

// lookUp finds the customer with a domain. That there is none is no error.
func (a *App) lookUp(ctx context.Context, domain string) (holdings, error) {
	c, err := a.peers.Customers.LookupCustomer(ctx, &customerv1.LookupCustomerRequest{Domain: domain})
	if errors.Is(err, errNobody) {
		return holdings{}, nil
	}
	if err != nil {
		return holdings{}, err
	}
	return holdings{Found: true, Customer: customer{
		ID: c.GetCustomerId(), DisplayName: c.GetDisplayName(), GroupID: c.GetGroupId(), TimeZone: c.GetTimeZone(), Domains: c.GetDomains(),
	}}, nil
}

// subscriptionsOf lists what a customer's group has, or the customer alone if
// it has none, in a family or, for the empty one, in all.
func (a *App) subscriptionsOf(ctx context.Context, c customer, family string) (found []*customerv1.Subscription, err error) {
	request := &customerv1.ListSubscriptionsRequest{PageSize: 1000, FamilyId: family, GroupId: c.GroupID}
	if c.GroupID == "" {
		request.CustomerId = c.ID
	}
	for {
		answer, err := a.peers.Subscriptions.ListSubscriptions(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("subscriptions of customer %s: %w", c.ID, err)
		}
		found = append(found, answer.GetSubscriptions()...)
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			return found, nil
		}
	}
}

func heldFrom(s *customerv1.Subscription) (h held, err error) {
	dates := dateReader{}
	h = held{
		ID: s.GetSubscriptionId(), ProductID: s.GetProductId(), FamilyID: s.GetFamilyId(), CustomerID: s.GetCustomerId(),
		TimeZone: s.GetTimeZone(), Paid: paid(s),
		Cancelled: dates.read(s.GetCancelDate()), Quoted: dates.read(s.GetLastQuoteDate()),
	}
	for _, t := range s.GetTerms() {
		if t.GetCancelled() {
			continue
		}
		h.Terms = append(h.Terms, heldTerm{
			Term:   calendar.Term{Start: dates.read(t.GetStartDate()), End: dates.read(t.GetEndDate())},
			Months: int(t.GetTermMonths()), BookedBy: t.GetBookedBy(),
		})
	}
	for _, p := range s.GetPartnersOfRecord() {
		h.Tenures = append(h.Tenures, tenure{
			Partner: partners.ID(p.GetPartnerId()), From: dates.read(p.GetFromDate()), Until: dates.read(p.GetUntilDate()),
			Transfer: p.GetTransferId(),
		})
	}
	return h, dates.err
}

// paid reports whether a subscription has a price: a trial is no business.
func paid(s *customerv1.Subscription) bool {
	amount := s.GetUnitPrice().GetAmount()
	return slices.ContainsFunc([]byte(amount), func(digit byte) bool { return digit >= '1' && digit <= '9' })
}

// dateReader reads dates, of which the empty text is none, and keeps the first
// mistake.
type dateReader struct{ err error }

func (r *dateReader) read(text string) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if r.err == nil {
		r.err = err
	}
	return d
}
