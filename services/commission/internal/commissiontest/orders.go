package commissiontest

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

func (c *contracts) CreateSubscription(_ context.Context, r *customerv1.CreateSubscriptionRequest) (*customerv1.Subscription, error) {
	return c.deed(r, func() (*customerv1.Subscription, error) {
		customer, err := c.Customers.living(r.GetCustomerId())
		if err != nil {
			return nil, err
		}
		end, anchor := r.GetEndDate(), r.GetEndDate()
		if r.GetTermMonths() > 0 {
			end, anchor = EndOf(r.GetStartDate(), r.GetStartDate(), int(r.GetTermMonths())), r.GetStartDate()
		}
		sub := &customerv1.Subscription{
			SubscriptionId: r.GetSubscriptionId(), CustomerId: r.GetCustomerId(), CustomerName: customer.GetDisplayName(),
			CustomerSegment: segment(customer), CustomerCountryCode: customer.GetCountryCode(), TimeZone: customer.GetTimeZone(),
			ProductId: r.GetProductId(), FamilyId: "email-security", Seats: r.GetSeats(), UnitPrice: r.GetUnitPrice(), UpliftBps: r.GetUpliftBps(),
			TermMonths: r.GetTermMonths(), Billing: r.GetBilling(), AnchorDate: anchor, FirstStartDate: r.GetStartDate(),
			TermStartDate: r.GetStartDate(), TermEndDate: end, TermNet: r.GetUnitPrice(), PartnerId: r.GetPartnerId(), PartnerFromDate: r.GetStartDate(),
			State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
			Terms: []*customerv1.Term{{
				StartDate: r.GetStartDate(), EndDate: end, TermMonths: r.GetTermMonths(), Seats: r.GetSeats(), FinalSeats: r.GetSeats(),
				UnitPrice: r.GetUnitPrice(), Billing: r.GetBilling(), BookedBy: r.GetRequestId(),
			}},
			PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: r.GetPartnerId(), FromDate: r.GetStartDate()}},
		}
		c.save(sub, "subscription.created")
		return sub, nil
	})
}

func (c *contracts) BatchGetSubscriptions(_ context.Context, r *customerv1.BatchGetSubscriptionsRequest) (*customerv1.BatchGetSubscriptionsResponse, error) {
	answer := &customerv1.BatchGetSubscriptionsResponse{}
	for _, id := range r.GetSubscriptionIds() {
		if sub := c.Get(id); sub != nil {
			answer.Subscriptions = append(answer.Subscriptions, sub)
		}
	}
	return answer, nil
}

func segment(c *customerv1.Customer) string { return c.GetSegment().String()[len("SEGMENT_"):] }

func (c *contracts) ChangeSeats(ctx context.Context, r *customerv1.ChangeSeatsRequest) (*customerv1.Subscription, error) {
	return c.deed(r, func() (*customerv1.Subscription, error) {
		if _, err := c.seen(ctx, r.GetSubscriptionId()); err != nil {
			return nil, err
		}
		sub := proto.CloneOf(c.Subs[r.GetSubscriptionId()])
		on := r.GetEffectiveDate()
		i := slices.IndexFunc(sub.GetTerms(), func(t *customerv1.Term) bool { return t.GetStartDate() <= on && on < t.GetEndDate() })
		switch {
		case r.GetEtag() != "" && r.GetEtag() != sub.GetEtag():
			return nil, fault.New("ETAG_MISMATCH", "the subscription has changed")
		case partnerOn(sub, on) != r.GetExpectedPartnerId():
			return nil, fault.New("PARTNER_CHANGED", "the partner of record is another one")
		case sub.GetState() == customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED:
			return nil, fault.New("SUBSCRIPTION_CANCELLED", "the subscription is cancelled")
		case i < 0:
			return nil, fault.New("DATE_INVALID", "no term has this day").On("effective_date")
		}
		sub.Terms[i].FinalSeats = r.GetSeats()
		if i == len(sub.GetTerms())-1 {
			sub.Seats = r.GetSeats()
		}
		c.save(sub, "subscription.seats_changed")
		return sub, nil
	})
}

// Request is what commit points have in common.
type Request interface {
	proto.Message
	GetRequestId() string
}

// deed carries a commit point out once for each request id.
func (c *contracts) deed(r Request, do func() (*customerv1.Subscription, error)) (*customerv1.Subscription, error) {
	if c.BeforeDeed != nil {
		if err := c.BeforeDeed(r); err != nil {
			return nil, err
		}
	}
	sub, err := c.once(r, do)
	if err == nil && c.AfterDeed != nil {
		err = c.AfterDeed(r)
	}
	return sub, err
}

func (c *contracts) once(r Request, do func() (*customerv1.Subscription, error)) (*customerv1.Subscription, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if earlier, done := c.Deeds[r.GetRequestId()]; done {
		if !proto.Equal(earlier.request, r) {
			return nil, fault.New("IDEMPOTENCY_KEY_REUSED", "another request")
		}
		return proto.CloneOf(earlier.answer), nil
	}
	sub, err := do()
	if err != nil {
		return nil, err
	}
	c.Deeds[r.GetRequestId()] = done{proto.Clone(r), proto.CloneOf(sub)}
	return proto.CloneOf(sub), nil
}

// done is a commit point's request and answer.
type done struct {
	request proto.Message
	answer  *customerv1.Subscription
}
