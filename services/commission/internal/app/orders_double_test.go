package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// organisations are the customers: each request id makes one once, and each
// domain has one.
type organisations struct {
	customerv1.UnimplementedCustomerServiceServer
	mu       sync.Mutex
	byDomain map[string]*customerv1.Customer
	requests map[string]string // to the customer's id
	before   func(*customerv1.CreateCustomerRequest) error
}

func newOrganisations() *organisations {
	return &organisations{byDomain: map[string]*customerv1.Customer{}, requests: map[string]string{}}
}

// add makes a customer known.
func (o *organisations) add(id, domain string, segment customerv1.Segment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byDomain[domain] = &customerv1.Customer{
		CustomerId: id, DisplayName: id, PrimaryDomain: domain, Segment: segment, CountryCode: "GB", TimeZone: "Europe/London",
	}
}

// merge gives the domain of one customer to another, which has one of its own.
func (o *organisations) merge(domain, into string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byDomain[domain] = o.byDomain[into]
}

func (o *organisations) LookupCustomer(_ context.Context, r *customerv1.LookupCustomerRequest) (*customerv1.Customer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := o.byDomain[r.GetDomain()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such customer")
}

func (o *organisations) CreateCustomer(_ context.Context, r *customerv1.CreateCustomerRequest) (*customerv1.Customer, error) {
	if o.before != nil {
		if err := o.before(r); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	domain := r.GetCustomer().GetPrimaryDomain()
	if id := o.requests[r.GetRequestId()]; id != "" {
		return proto.CloneOf(o.byDomain[domain]), nil
	}
	if o.byDomain[domain] != nil {
		return nil, fault.New("DOMAIN_TAKEN", "the domain belongs to another customer").On("customer.primary_domain")
	}
	created := proto.CloneOf(r.GetCustomer())
	created.CustomerId = fmt.Sprintf("cus_new%d", len(o.requests)+1)
	o.requests[r.GetRequestId()], o.byDomain[domain] = created.CustomerId, created
	return proto.CloneOf(created), nil
}

// living returns the customer with an id, unless it was merged into another.
func (o *organisations) living(id string) (*customerv1.Customer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.byDomain {
		if c.GetCustomerId() == id {
			return c, nil
		}
	}
	return nil, fault.New("CUSTOMER_MERGED", "the customer has been merged into another").On("customer_id")
}

func (c *contracts) CreateSubscription(_ context.Context, r *customerv1.CreateSubscriptionRequest) (*customerv1.Subscription, error) {
	return c.deed(r, func() (*customerv1.Subscription, error) {
		customer, err := c.customers.living(r.GetCustomerId())
		if err != nil {
			return nil, err
		}
		end, anchor := r.GetEndDate(), r.GetEndDate()
		if r.GetTermMonths() > 0 {
			end, anchor = endOf(r.GetStartDate(), r.GetStartDate(), int(r.GetTermMonths())), r.GetStartDate()
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
		if sub := c.get(id); sub != nil {
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
		sub := proto.CloneOf(c.subs[r.GetSubscriptionId()])
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

// request is what commit points have in common.
type request interface {
	proto.Message
	GetRequestId() string
}

// deed carries a commit point out once for each request id.
func (c *contracts) deed(r request, do func() (*customerv1.Subscription, error)) (*customerv1.Subscription, error) {
	if c.beforeDeed != nil {
		if err := c.beforeDeed(r); err != nil {
			return nil, err
		}
	}
	sub, err := c.once(r, do)
	if err == nil && c.afterDeed != nil {
		err = c.afterDeed(r)
	}
	return sub, err
}

func (c *contracts) once(r request, do func() (*customerv1.Subscription, error)) (*customerv1.Subscription, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, done := c.deeds[r.GetRequestId()]; done {
		if !proto.Equal(earlier.request, r) {
			return nil, fault.New("IDEMPOTENCY_KEY_REUSED", "another request")
		}
		return proto.CloneOf(earlier.answer), nil
	}
	sub, err := do()
	if err != nil {
		return nil, err
	}
	c.deeds[r.GetRequestId()] = done{proto.Clone(r), proto.CloneOf(sub)}
	return proto.CloneOf(sub), nil
}

// done is a commit point's request and answer.
type done struct {
	request proto.Message
	answer  *customerv1.Subscription
}

func (*rates) GetProduct(_ context.Context, r *customerv1.GetProductRequest) (*customerv1.Product, error) {
	if r.GetProductId() != "email-security-plus" {
		return nil, fault.New("NOT_FOUND", "there is no such product")
	}
	return &customerv1.Product{ProductId: r.GetProductId(), FamilyId: "email-security"}, nil
}

func (c *rates) FindPrice(_ context.Context, r *customerv1.FindPriceRequest) (*customerv1.Price, error) {
	price := gbp("120.00")
	if amount := c.prices[r.GetCurrencyCode()]; amount != "" {
		price = &typev1.Money{CurrencyCode: r.GetCurrencyCode(), Amount: amount}
	} else if r.GetCurrencyCode() != "GBP" {
		return nil, fault.New("PRICE_NOT_FOUND", "there is no price in this currency").On("currency_code")
	}
	return &customerv1.Price{PriceId: "pri_1", ProductId: r.GetProductId(), UnitPrice: price, UpliftBps: 500}, nil
}

// judgements are what the conduct service knows of orders: every one is CLEAN
// new business unless a test says otherwise of its domain.
type judgements struct {
	poached, old map[string]bool // by domain; old is no new business
	visible      bool            // to everybody; registered deals show it anyway
	requests     map[string]*partnerv1.RecordOrderRequest
	before       func(*partnerv1.RecordOrderRequest) error
}

func newJudgements() judgements {
	return judgements{poached: map[string]bool{}, old: map[string]bool{}, requests: map[string]*partnerv1.RecordOrderRequest{}}
}

func (c *conduct) EvaluateOrder(_ context.Context, r *partnerv1.EvaluateOrderRequest) (*partnerv1.OrderEvaluation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &partnerv1.OrderEvaluation{
		Verdict: c.orders.verdict(r.GetDomain(), r.GetStartDate()), NewBusiness: !c.orders.old[r.GetDomain()], RewardBps: 1000, AppealDays: 30,
		VerdictVisible: c.orders.visible,
	}
	switch id := r.GetDealRegistrationId(); id {
	case "":
	case "dre_expired":
		return nil, fault.New("REGISTRATION_EXPIRED", "the registration has expired")
	default:
		for _, r := range c.orders.requests {
			if r.GetDealRegistrationId() == id {
				return nil, fault.New("STATE_INVALID", "another order has converted the registration")
			}
		}
		answer.DealRegistration, answer.VerdictVisible = &partnerv1.DealRegistration{DealRegistrationId: id, Domain: r.GetDomain()}, true
	}
	return answer, nil
}

func (j judgements) verdict(domain, start string) *partnerv1.Verdict {
	if !j.poached[domain] {
		return &partnerv1.Verdict{
			Outcome: partnerv1.Outcome_OUTCOME_CLEAN, CodeVersionId: "cod_1", FactsDate: today,
			Findings: []*partnerv1.Finding{{Ground: partnerv1.Ground_GROUND_NOT_HELD, Holds: true, Decisive: true, Sentence: "Nobody else has served it."}},
		}
	}
	from, err := calendar.ParseDate(start)
	if err != nil {
		panic(err)
	}
	return &partnerv1.Verdict{
		Outcome: partnerv1.Outcome_OUTCOME_POACHED, CodeVersionId: "cod_1", FactsDate: today, CapBps: new(int32(500)), CapUntilDate: from.AddMonths(12).String(),
		Findings: []*partnerv1.Finding{{
			Ground: partnerv1.Ground_GROUND_REPLACEMENT_ORDER, Holds: true, Decisive: true, Clause: "ethical-ecosystem",
			Sentence: "The order replaces what the customer's group had via another partner.",
		}},
	}
}

func (c *conduct) RecordOrder(_ context.Context, r *partnerv1.RecordOrderRequest) (*partnerv1.Case, error) {
	if c.orders.before != nil {
		if err := c.orders.before(r); err != nil {
			return nil, err
		}
	}
	c.recording.Lock()
	defer c.recording.Unlock()
	id := "cas_" + r.GetSubmissionId()
	if earlier := c.orders.requests[id]; earlier != nil {
		if !proto.Equal(earlier, r) {
			return nil, fault.New("STATE_INVALID", "it was recorded as another order")
		}
		return c.find(func(k *partnerv1.Case) bool { return k.GetCaseId() == id })
	}
	c.orders.requests[id] = proto.CloneOf(r)
	return c.decide(id, func(k *partnerv1.Case) {
		k.SubmissionId, k.SubscriptionId, k.PartnerId, k.EffectiveDate = r.GetSubmissionId(), r.GetSubscriptionId(), r.GetPartnerId(), r.GetStartDate()
		k.State, k.Verdict, k.AppealByDate = partnerv1.CaseState_CASE_STATE_DECIDED, r.GetVerdict(), "2026-04-01"
	}), nil
}
