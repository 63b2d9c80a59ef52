package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type customerService struct {
	customerv1.UnimplementedCustomerServiceServer
	app *app.App
}

func (s *customerService) CreateCustomer(ctx context.Context, r *customerv1.CreateCustomerRequest) (*customerv1.Customer, error) {
	created, err := s.app.CreateCustomer(ctx, draftFrom(r.GetCustomer()))
	return answer(customerProto, created, within("customer", err))
}

func draftFrom(c *customerv1.Customer) customers.Draft {
	return customers.Draft{
		Name: c.GetDisplayName(), PrimaryDomain: c.GetPrimaryDomain(), Domains: c.GetDomains(),
		Segment: segmentFrom(c.GetSegment()), Sector: sectorFrom(c.GetSector()), Country: c.GetCountryCode(),
		TimeZone: c.GetTimeZone(), Group: customers.GroupID(c.GetGroupId()), ExternalID: c.GetExternalId(),
	}
}

func (s *customerService) GetCustomer(ctx context.Context, r *customerv1.GetCustomerRequest) (*customerv1.Customer, error) {
	found, err := s.app.GetCustomer(ctx, customers.ID(r.GetCustomerId()))
	return answer(customerProto, found, err)
}

func (s *customerService) ListCustomers(ctx context.Context, r *customerv1.ListCustomersRequest) (*customerv1.ListCustomersResponse, error) {
	var after app.CustomerKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListCustomers(ctx, app.CustomerQuery{
		Segment: segmentFrom(r.GetSegment()), Sector: sectorFrom(r.GetSector()), Country: r.GetCountryCode(),
		Group: customers.GroupID(r.GetGroupId()), NamePrefix: r.GetNamePrefix(), Partner: subscriptions.PartnerID(r.GetPartnerId()),
		After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(c app.ListedCustomer) any { return c.Key() })
	return &customerv1.ListCustomersResponse{
		Customers:     each(found, func(c app.ListedCustomer) *customerv1.Customer { return customerProto(c.Customer) }),
		NextPageToken: next,
	}, nil
}

func (s *customerService) UpdateCustomer(ctx context.Context, r *customerv1.UpdateCustomerRequest) (*customerv1.Customer, error) {
	updated, err := s.app.UpdateCustomer(ctx, app.Amendment{
		ID: customers.ID(r.GetCustomer().GetCustomerId()), Etag: r.GetCustomer().GetEtag(),
		Draft: draftFrom(r.GetCustomer()), Fields: r.GetUpdateMask().GetPaths(),
	})
	return answer(customerProto, updated, within("customer", err))
}

func (s *customerService) LookupCustomer(ctx context.Context, r *customerv1.LookupCustomerRequest) (*customerv1.Customer, error) {
	found, err := s.app.LookupCustomer(ctx, r.GetDomain())
	return answer(customerProto, found, err)
}

func (s *customerService) BatchGetCustomers(ctx context.Context, r *customerv1.BatchGetCustomersRequest) (*customerv1.BatchGetCustomersResponse, error) {
	found, err := s.app.BatchGetCustomers(ctx, idsFrom[customers.ID](r.GetCustomerIds()))
	if err != nil {
		return nil, err
	}
	return &customerv1.BatchGetCustomersResponse{Customers: each(found, customerProto)}, nil
}

func idsFrom[ID ~string](texts []string) []ID {
	ids := make([]ID, len(texts))
	for i, text := range texts {
		ids[i] = ID(text)
	}
	return ids
}

func (s *customerService) MergeCustomers(ctx context.Context, r *customerv1.MergeCustomersRequest) (*customerv1.Customer, error) {
	merged, err := s.app.MergeCustomers(ctx, app.Merger{
		Ended: customers.ID(r.GetCustomerId()), Lasting: customers.ID(r.GetIntoCustomerId()), Etag: r.GetEtag(), ValidateOnly: r.GetValidateOnly(),
	})
	return answer(customerProto, merged, err)
}

func segmentFrom(v customerv1.Segment) customers.Segment {
	return word[customers.Segment]("SEGMENT_", v)
}

func sectorFrom(v customerv1.Sector) customers.Sector {
	return word[customers.Sector]("SECTOR_", v)
}

func customerProto(c customers.Customer) *customerv1.Customer {
	domains := make([]string, len(c.Domains))
	for i, d := range c.Domains {
		domains[i] = string(d)
	}
	return &customerv1.Customer{
		CustomerId: string(c.ID), DisplayName: c.Name, PrimaryDomain: string(c.PrimaryDomain), Domains: domains,
		Segment:     customerv1.Segment(customerv1.Segment_value["SEGMENT_"+string(c.Segment)]),
		Sector:      customerv1.Sector(customerv1.Sector_value["SECTOR_"+string(c.Sector)]),
		CountryCode: string(c.Country), TimeZone: c.TimeZone, GroupId: string(c.Group), ExternalId: c.ExternalID,
		MergedInto: string(c.MergedInto), Etag: c.Etag(), CreateTime: instant(c.CreateTime), UpdateTime: instant(c.UpdateTime),
	}
}
