package commissiontest

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// organisations are the customers: each request id makes one once, and each
// domain has one.
type organisations struct {
	customerv1.UnimplementedCustomerServiceServer
	mu       sync.Mutex
	byDomain map[string]*customerv1.Customer
	Requests map[string]string // to the customer's id
	Before   func(*customerv1.CreateCustomerRequest) error
}

func newOrganisations() *organisations {
	return &organisations{byDomain: map[string]*customerv1.Customer{}, Requests: map[string]string{}}
}

// Add makes a customer known.
func (o *organisations) Add(id, domain string, segment customerv1.Segment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byDomain[domain] = &customerv1.Customer{
		CustomerId: id, DisplayName: id, PrimaryDomain: domain, Segment: segment, CountryCode: "GB", TimeZone: "Europe/London",
	}
}

// Merge gives the domain of one customer to another, which has one of its own.
func (o *organisations) Merge(domain, into string) {
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
	if o.Before != nil {
		if err := o.Before(r); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	domain := r.GetCustomer().GetPrimaryDomain()
	if id := o.Requests[r.GetRequestId()]; id != "" {
		return proto.CloneOf(o.byDomain[domain]), nil
	}
	if o.byDomain[domain] != nil {
		return nil, fault.New("DOMAIN_TAKEN", "the domain belongs to another customer").On("customer.primary_domain")
	}
	created := proto.CloneOf(r.GetCustomer())
	created.CustomerId = fmt.Sprintf("cus_new%d", len(o.Requests)+1)
	o.Requests[r.GetRequestId()], o.byDomain[domain] = created.CustomerId, created
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
