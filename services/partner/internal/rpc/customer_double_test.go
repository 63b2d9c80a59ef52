package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// customerDouble answers reads as customer's contract promises: by any domain,
// by group, in pages.
type customerDouble struct {
	customerv1.UnimplementedCustomerServiceServer
	customerv1.UnimplementedSubscriptionServiceServer

	mu            sync.Mutex
	customers     []*customerv1.Customer
	contacts      []*customerv1.Contact
	reassigned    map[string]*customerv1.ReassignSubscriptionRequest // by request id
	before, after func() error                                       // of a reassignment on its way in and out
	subscriptions []*customerv1.Subscription
	changes       []*customerv1.SubscriptionChange
}

func (d *customerDouble) register(to grpc.ServiceRegistrar) {
	customerv1.RegisterCustomerServiceServer(to, d)
	customerv1.RegisterSubscriptionServiceServer(to, d)
	customerv1.RegisterCatalogueServiceServer(to, catalogueDouble{})
}

// addCustomer stores a customer, the first of whose domains is primary.
func (d *customerDouble) addCustomer(id, group string, domains ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.customers = append(d.customers, &customerv1.Customer{
		CustomerId: id, DisplayName: id, GroupId: group, PrimaryDomain: domains[0], Domains: domains, TimeZone: "Europe/London",
	})
}

// addSubscription stores a subscription of a customer with one term, at 120.00
// per seat and year.
func (d *customerDouble) addSubscription(customer, partner, start, end string) *customerv1.Subscription {
	d.mu.Lock()
	defer d.mu.Unlock()
	sub := &customerv1.Subscription{
		SubscriptionId: fmt.Sprintf("sub_%d", len(d.subscriptions)+1), CustomerId: customer, ProductId: "mail", FamilyId: "email-security",
		PartnerId: partner, UnitPrice: &typev1.Money{CurrencyCode: "GBP", Amount: "120.00"}, TimeZone: "Europe/London",
		TermStartDate: start, TermEndDate: end, State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		Terms:            []*customerv1.Term{{StartDate: start, EndDate: end, TermMonths: 12}},
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: partner, FromDate: start}},
	}
	d.subscriptions = append(d.subscriptions, sub)
	return sub
}

func (d *customerDouble) LookupCustomer(_ context.Context, r *customerv1.LookupCustomerRequest) (*customerv1.Customer, error) {
	if !strings.Contains(r.GetDomain(), ".") {
		return nil, fault.New("DOMAIN_INVALID", "it is no domain").On("domain")
	}
	return one(d, func(c *customerv1.Customer) bool { return slices.Contains(c.GetDomains(), r.GetDomain()) }, d.customers)
}

func (d *customerDouble) GetGroup(_ context.Context, r *customerv1.GetGroupRequest) (*customerv1.Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	group := &customerv1.Group{GroupId: r.GetGroupId()}
	for _, c := range d.customers {
		if c.GetGroupId() == r.GetGroupId() {
			group.CustomerIds = append(group.CustomerIds, c.GetCustomerId())
		}
	}
	return group, nil
}

func (d *customerDouble) BatchGetCustomers(_ context.Context, r *customerv1.BatchGetCustomersRequest) (*customerv1.BatchGetCustomersResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	response := &customerv1.BatchGetCustomersResponse{}
	for _, c := range d.customers {
		if slices.Contains(r.GetCustomerIds(), c.GetCustomerId()) {
			response.Customers = append(response.Customers, proto.CloneOf(c))
		}
	}
	return response, nil
}

func (d *customerDouble) GetSubscription(_ context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	return one(d, func(s *customerv1.Subscription) bool { return s.GetSubscriptionId() == r.GetSubscriptionId() }, d.subscriptions)
}

// ListSubscriptions has pages of two, so that there is always a next one.
func (d *customerDouble) ListSubscriptions(_ context.Context, r *customerv1.ListSubscriptionsRequest) (*customerv1.ListSubscriptionsResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	response := &customerv1.ListSubscriptionsResponse{}
	for _, s := range d.subscriptions {
		if !d.wanted(s, r) || s.GetSubscriptionId() <= r.GetPageToken() {
			continue
		}
		if len(response.GetSubscriptions()) == 2 {
			response.NextPageToken = response.GetSubscriptions()[1].GetSubscriptionId()
			break
		}
		response.Subscriptions = append(response.Subscriptions, proto.CloneOf(s))
	}
	return response, nil
}

func (d *customerDouble) wanted(s *customerv1.Subscription, r *customerv1.ListSubscriptionsRequest) bool {
	matches := func(want, got string) bool { return want == "" || want == got }
	owner := slices.IndexFunc(d.customers, func(c *customerv1.Customer) bool { return c.GetCustomerId() == s.GetCustomerId() })
	group := ""
	if owner >= 0 {
		group = d.customers[owner].GetGroupId()
	}
	return matches(r.GetCustomerId(), s.GetCustomerId()) && matches(r.GetPartnerId(), s.GetPartnerId()) &&
		matches(r.GetFamilyId(), s.GetFamilyId()) && matches(r.GetGroupId(), group)
}

// one returns the first that is meant, or NOT_FOUND.
func one[T proto.Message](d *customerDouble, meant func(T) bool, among []T) (found T, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(among, meant)
	if i < 0 {
		return found, fault.New("NOT_FOUND", "there is no such resource")
	}
	return proto.CloneOf(among[i]), nil
}
