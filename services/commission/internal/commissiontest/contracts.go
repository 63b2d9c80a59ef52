package commissiontest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// contracts behave as customer's contract promises: one lock, an etag, one
// uncancelled term per start, and each request id once.
type contracts struct {
	customerv1.UnimplementedSubscriptionServiceServer
	customerv1.UnimplementedEventServiceServer

	Mu       sync.Mutex
	Subs     map[string]*customerv1.Subscription
	Bookings map[string]*customerv1.RenewSubscriptionRequest
	quotes   map[string]bool
	Feed     []*customerv1.Event
	Renewals int // terms added by RenewSubscription

	// before and after see a renewal on its way in and out; an error is what the
	// caller gets.
	Before, After func(*customerv1.RenewSubscriptionRequest) error
	// read sees that a subscription is read.
	Read func()
	// beforeDeed and afterDeed see orders and changes of seats.
	BeforeDeed, AfterDeed func(Request) error

	Customers *organisations
	Deeds     map[string]done
}

func newContracts() *contracts {
	return &contracts{
		Subs: map[string]*customerv1.Subscription{}, Bookings: map[string]*customerv1.RenewSubscriptionRequest{}, quotes: map[string]bool{},
		Customers: newOrganisations(), Deeds: map[string]done{},
	}
}

// Add stores a subscription as it is, and tells the feed.
func (c *contracts) Add(sub *customerv1.Subscription) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.save(sub, "subscription.created")
}

// Change changes a subscription, and tells the feed.
func (c *contracts) Change(id, kind string, how func(*customerv1.Subscription)) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	sub := proto.CloneOf(c.Subs[id])
	how(sub)
	c.save(sub, kind)
}

func (c *contracts) save(sub *customerv1.Subscription, kind string) {
	sub.Revision++
	sub.Etag = fmt.Sprintf("r%d", sub.Revision)
	c.Subs[sub.GetSubscriptionId()] = sub
	c.Feed = append(c.Feed, &customerv1.Event{
		Position: int64(len(c.Feed) + 1), Kind: kind, ResourceId: sub.GetSubscriptionId(), Revision: sub.GetRevision(),
		Resource: &customerv1.Event_Subscription{Subscription: sub},
	})
}

func (c *contracts) Get(id string) *customerv1.Subscription {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return proto.CloneOf(c.Subs[id])
}

// Terms counts the uncancelled Terms that start on a day.
func (c *contracts) Terms(id, start string) int {
	n := 0
	for _, t := range c.Get(id).GetTerms() {
		if t.GetStartDate() == start && !t.GetCancelled() {
			n++
		}
	}
	return n
}

var errNoSubscription = fault.New("NOT_FOUND", "there is no such subscription")

// seen returns a copy of a subscription for the caller: a partner sees it while
// it serves it, and of the partners only itself.
func (c *contracts) seen(ctx context.Context, id string) (*customerv1.Subscription, error) {
	sub := proto.CloneOf(c.Subs[id])
	caller, _ := auth.From(ctx)
	if partner := caller.Partner(); sub != nil && partner != "" {
		sub.PartnersOfRecord = slices.DeleteFunc(sub.PartnersOfRecord, func(p *customerv1.PartnerOfRecord) bool {
			return p.GetPartnerId() != partner
		})
		if !slices.ContainsFunc(sub.PartnersOfRecord, func(p *customerv1.PartnerOfRecord) bool { return p.GetUntilDate() == "" || p.GetUntilDate() > Today }) {
			sub = nil
		}
	}
	if sub == nil {
		return nil, errNoSubscription
	}
	return sub, nil
}

func (c *contracts) GetSubscription(ctx context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	if c.Read != nil {
		c.Read()
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return c.seen(ctx, r.GetSubscriptionId())
}

func (c *contracts) RenewSubscription(ctx context.Context, r *customerv1.RenewSubscriptionRequest) (*customerv1.Subscription, error) {
	if c.Before != nil {
		if err := c.Before(r); err != nil {
			return nil, err
		}
	}
	sub, err := c.renew(ctx, r)
	if err == nil && c.After != nil {
		err = c.After(r)
	}
	return sub, err
}

func (c *contracts) renew(ctx context.Context, r *customerv1.RenewSubscriptionRequest) (*customerv1.Subscription, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if earlier, done := c.Bookings[r.GetRequestId()]; done {
		if !proto.Equal(earlier, r) {
			return nil, fault.New("IDEMPOTENCY_KEY_REUSED", "another request")
		}
		return proto.CloneOf(c.Subs[r.GetSubscriptionId()]), nil
	}
	if _, err := c.seen(ctx, r.GetSubscriptionId()); err != nil {
		return nil, err
	}
	sub := proto.CloneOf(c.Subs[r.GetSubscriptionId()])
	if err := admits(sub, r); err != nil {
		return nil, err
	}
	end := r.GetEndDate()
	if r.GetTermMonths() == 0 {
		sub.AnchorDate = end
	} else {
		end = EndOf(sub.GetAnchorDate(), r.GetStartDate(), int(r.GetTermMonths()))
	}
	sub.Terms = append(sub.Terms, &customerv1.Term{
		StartDate: r.GetStartDate(), EndDate: end, TermMonths: r.GetTermMonths(),
		Seats: r.GetSeats(), UnitPrice: r.GetUnitPrice(), Billing: r.GetBilling(), BookedBy: r.GetRequestId(),
	})
	sub.Seats, sub.TermStartDate, sub.TermEndDate = r.GetSeats(), r.GetStartDate(), sub.GetTerms()[len(sub.GetTerms())-1].GetEndDate()
	sub.UnitPrice, sub.TermMonths, sub.Billing = r.GetUnitPrice(), r.GetTermMonths(), r.GetBilling()
	c.Bookings[r.GetRequestId()] = proto.CloneOf(r)
	c.Renewals++
	c.save(sub, "subscription.renewed")
	return proto.CloneOf(sub), nil
}

func admits(sub *customerv1.Subscription, r *customerv1.RenewSubscriptionRequest) error {
	switch {
	case r.GetEtag() != "" && r.GetEtag() != sub.GetEtag():
		return fault.New("ETAG_MISMATCH", "the subscription has changed")
	case partnerOn(sub, r.GetStartDate()) != r.GetExpectedPartnerId():
		return fault.New("PARTNER_CHANGED", "the partner of record is another one")
	case sub.GetState() == customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED:
		return fault.New("SUBSCRIPTION_CANCELLED", "the subscription is cancelled")
	}
	for _, t := range sub.GetTerms() {
		if t.GetStartDate() == r.GetStartDate() && !t.GetCancelled() {
			return fault.New("TERM_ALREADY_RENEWED", "there is an uncancelled term with this start")
		}
	}
	if r.GetStartDate() != sub.GetTermEndDate() {
		return fault.New("DATE_INVALID", "the next term begins on another day").On("start_date")
	}
	return nil
}

func partnerOn(sub *customerv1.Subscription, day string) string {
	for _, p := range sub.GetPartnersOfRecord() {
		if p.GetFromDate() <= day && (p.GetUntilDate() == "" || day < p.GetUntilDate()) {
			return p.GetPartnerId()
		}
	}
	return ""
}

// EndOf returns the day on which a term of so many months ends.
func EndOf(anchor, start string, months int) string {
	a, _ := calendar.ParseDate(anchor)
	s, _ := calendar.ParseDate(start)
	term, err := calendar.TermFrom(a, s, months)
	if err != nil {
		panic(err)
	}
	return term.End.String()
}

func (c *contracts) RecordQuote(_ context.Context, r *customerv1.RecordQuoteRequest) (*customerv1.RecordQuoteResponse, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if !c.quotes[r.GetRequestId()] {
		c.quotes[r.GetRequestId()] = true
		sub := proto.CloneOf(c.Subs[r.GetSubscriptionId()])
		sub.LastQuoteDate = r.GetQuoteDate()
		c.save(sub, "subscription.quoted")
	}
	return &customerv1.RecordQuoteResponse{}, nil
}

func (c *contracts) ListEvents(_ context.Context, r *customerv1.ListEventsRequest) (*customerv1.ListEventsResponse, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	answer := &customerv1.ListEventsResponse{}
	for _, e := range c.Feed[min(int(r.GetAfter()), len(c.Feed)):] {
		if len(answer.Events) == int(r.GetPageSize()) {
			break
		}
		answer.Events = append(answer.Events, proto.CloneOf(e))
	}
	return answer, nil
}

// Tell tells the feed of a customer.
func (c *contracts) Tell(customer *customerv1.Customer, revision int64) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.Feed = append(c.Feed, &customerv1.Event{
		Position: int64(len(c.Feed) + 1), Kind: "customer.updated", ResourceId: customer.GetCustomerId(), Revision: revision,
		Resource: &customerv1.Event_Customer{Customer: customer},
	})
}
