package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *retentionService) GetAdoption(ctx context.Context, r *customerv1.GetAdoptionRequest) (*customerv1.Adoption, error) {
	var months retention.Months
	var err error
	if months.First, err = month("from_month", r.GetFromMonth()); err != nil {
		return nil, err
	}
	if months.Last, err = month("until_month", r.GetUntilMonth()); err != nil {
		return nil, err
	}
	slice, err := sliceFrom(r)
	if err != nil {
		return nil, err
	}
	found, err := s.app.GetAdoption(ctx, slice, months)
	if err != nil {
		return nil, err
	}
	return &customerv1.Adoption{Months: each(found, adoptionProto)}, nil
}

func adoptionProto(a retention.Adoption) *customerv1.AdoptionMonth {
	return &customerv1.AdoptionMonth{
		Month: monthOf(a.Month), Customers: a.Customers(), Families: a.Families(), AverageBps: shown(a.Average()),
		Distribution: each(a.Counts, func(c retention.Count) *customerv1.AdoptionCount {
			return &customerv1.AdoptionCount{Families: int32(c.Families), Customers: c.Customers}
		}),
	}
}

func (s *retentionService) ListAdoptionCustomers(ctx context.Context, r *customerv1.ListAdoptionCustomersRequest) (*customerv1.ListAdoptionCustomersResponse, error) {
	var after app.AdoptionKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	first, err := month("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	slice, err := sliceFrom(r)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListAdoptionCustomers(ctx, app.AdoptionList{
		BookSlice: slice, Month: first, Families: int(r.GetFamilies()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(u retention.User) any {
		return app.AdoptionKey{Families: len(u.Families), ID: u.Customer}
	})
	return &customerv1.ListAdoptionCustomersResponse{Customers: each(found, adopterProto), NextPageToken: next}, nil
}

func adopterProto(u retention.User) *customerv1.AdoptionCustomer {
	families := make([]string, len(u.Families))
	for i, f := range u.Families {
		families[i] = string(f)
	}
	return &customerv1.AdoptionCustomer{
		CustomerId: string(u.Customer), CustomerName: u.Name, Segment: segmentProto(u.Segment), CountryCode: string(u.Country), FamilyIds: families,
	}
}
