package app_test

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

	mu       sync.Mutex
	subs     map[string]*customerv1.Subscription
	bookings map[string]*customerv1.RenewSubscriptionRequest
	quotes   map[string]bool
	feed     []*customerv1.Event
	renewals int // terms added by RenewSubscription

	// before and after see a renewal on its way in and out; an error is what the
	// caller gets.
	before, after func(*customerv1.RenewSubscriptionRequest) error
	// read sees that a subscription is read.
	read func()
	// beforeDeed and afterDeed see orders and changes of seats.
	beforeDeed, afterDeed func(request) error

	customers *organisations
	deeds     map[string]done
}

func newContracts() *contracts {
	return &contracts{
		subs: map[string]*customerv1.Subscription{}, bookings: map[string]*customerv1.RenewSubscriptionRequest{}, quotes: map[string]bool{},
		customers: newOrganisations(), deeds: map[string]done{},
	}
}

// add stores a subscription as it is, and tells the feed.
func (c *contracts) add(sub *customerv1.Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.save(sub, "subscription.created")
}

// change changes a subscription, and tells the feed.
func (c *contracts) change(id, kind string, how func(*customerv1.Subscription)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sub := proto.CloneOf(c.subs[id])
	how(sub)
	c.save(sub, kind)
}

func (c *contracts) save(sub *customerv1.Subscription, kind string) {
	sub.Revision++
	sub.Etag = fmt.Sprintf("r%d", sub.Revision)
	c.subs[sub.GetSubscriptionId()] = sub
	c.feed = append(c.feed, &customerv1.Event{
		Position: int64(len(c.feed) + 1), Kind: kind, ResourceId: sub.GetSubscriptionId(), Revision: sub.GetRevision(),
		Resource: &customerv1.Event_Subscription{Subscription: sub},
	})
}

func (c *contracts) get(id string) *customerv1.Subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	return proto.CloneOf(c.subs[id])
}

// terms counts the uncancelled terms that start on a day.
func (c *contracts) terms(id, start string) int {
	n := 0
	for _, t := range c.get(id).GetTerms() {
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
	sub := proto.CloneOf(c.subs[id])
	caller, _ := auth.From(ctx)
	if partner := caller.Partner(); sub != nil && partner != "" {
		sub.PartnersOfRecord = slices.DeleteFunc(sub.PartnersOfRecord, func(p *customerv1.PartnerOfRecord) bool {
			return p.GetPartnerId() != partner
		})
		if !slices.ContainsFunc(sub.PartnersOfRecord, func(p *customerv1.PartnerOfRecord) bool { return p.GetUntilDate() == "" || p.GetUntilDate() > today }) {
			sub = nil
		}
	}
	if sub == nil {
		return nil, errNoSubscription
	}
	return sub, nil
}

func (c *contracts) GetSubscription(ctx context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	if c.read != nil {
		c.read()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen(ctx, r.GetSubscriptionId())
}

func (c *contracts) RenewSubscription(ctx context.Context, r *customerv1.RenewSubscriptionRequest) (*customerv1.Subscription, error) {
	if c.before != nil {
		if err := c.before(r); err != nil {
			return nil, err
		}
	}
	sub, err := c.renew(ctx, r)
	if err == nil && c.after != nil {
		err = c.after(r)
	}
	return sub, err
}

func (c *contracts) renew(ctx context.Context, r *customerv1.RenewSubscriptionRequest) (*customerv1.Subscription, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, done := c.bookings[r.GetRequestId()]; done {
		if !proto.Equal(earlier, r) {
			return nil, fault.New("IDEMPOTENCY_KEY_REUSED", "another request")
		}
		return proto.CloneOf(c.subs[r.GetSubscriptionId()]), nil
	}
	if _, err := c.seen(ctx, r.GetSubscriptionId()); err != nil {
		return nil, err
	}
	sub := proto.CloneOf(c.subs[r.GetSubscriptionId()])
	if err := admits(sub, r); err != nil {
		return nil, err
	}
	end := r.GetEndDate()
	if r.GetTermMonths() == 0 {
		sub.AnchorDate = end
	} else {
		end = endOf(sub.GetAnchorDate(), r.GetStartDate(), int(r.GetTermMonths()))
	}
	sub.Terms = append(sub.Terms, &customerv1.Term{
		StartDate: r.GetStartDate(), EndDate: end, TermMonths: r.GetTermMonths(),
		Seats: r.GetSeats(), UnitPrice: r.GetUnitPrice(), Billing: r.GetBilling(), BookedBy: r.GetRequestId(),
	})
	sub.Seats, sub.TermStartDate, sub.TermEndDate = r.GetSeats(), r.GetStartDate(), sub.GetTerms()[len(sub.GetTerms())-1].GetEndDate()
	sub.UnitPrice, sub.TermMonths, sub.Billing = r.GetUnitPrice(), r.GetTermMonths(), r.GetBilling()
	c.bookings[r.GetRequestId()] = proto.CloneOf(r)
	c.renewals++
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

func endOf(anchor, start string, months int) string {
	a, _ := calendar.ParseDate(anchor)
	s, _ := calendar.ParseDate(start)
	term, err := calendar.TermFrom(a, s, months)
	if err != nil {
		panic(err)
	}
	return term.End.String()
}

func (c *contracts) RecordQuote(_ context.Context, r *customerv1.RecordQuoteRequest) (*customerv1.RecordQuoteResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.quotes[r.GetRequestId()] {
		c.quotes[r.GetRequestId()] = true
		sub := proto.CloneOf(c.subs[r.GetSubscriptionId()])
		sub.LastQuoteDate = r.GetQuoteDate()
		c.save(sub, "subscription.quoted")
	}
	return &customerv1.RecordQuoteResponse{}, nil
}

func (c *contracts) ListEvents(_ context.Context, r *customerv1.ListEventsRequest) (*customerv1.ListEventsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &customerv1.ListEventsResponse{}
	for _, e := range c.feed[min(int(r.GetAfter()), len(c.feed)):] {
		if len(answer.Events) == int(r.GetPageSize()) {
			break
		}
		answer.Events = append(answer.Events, proto.CloneOf(e))
	}
	return answer, nil
}
