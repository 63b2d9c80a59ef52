package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type retentionService struct {
	customerv1.UnimplementedRetentionServiceServer
	app *app.App
}

func (s *retentionService) GetRetention(ctx context.Context, r *customerv1.GetRetentionRequest) (*customerv1.Retention, error) {
	period, err := periodFrom(r)
	if err != nil {
		return nil, err
	}
	slice, err := sliceFrom(r)
	if err != nil {
		return nil, err
	}
	slice.Family = catalogue.FamilyID(r.GetFamilyId())
	found, err := s.app.GetRetention(ctx, app.RetentionQuery{
		BookSlice: slice, Period: period, By: word[retention.Dimension]("RETENTION_DIMENSION_", r.GetGroupBy()),
	})
	return answer(retentionProto, found, err)
}

func periodFrom(r interface {
	GetStartDate() string
	GetEndDate() string
}) (p retention.Period, err error) {
	if p.From, err = requiredDate("start_date", r.GetStartDate()); err != nil {
		return p, err
	}
	p.Until, err = requiredDate("end_date", r.GetEndDate())
	return p, err
}

func sliceFrom(r interface {
	GetPartnerId() string
	GetSegment() customerv1.Segment
	GetRegion() customerv1.Region
	GetCountryCode() string
}) (app.BookSlice, error) {
	slice := app.BookSlice{
		Partner: subscriptions.PartnerID(r.GetPartnerId()), Segment: segmentFrom(r.GetSegment()),
		Region: word[customers.Region]("REGION_", r.GetRegion()),
	}
	if r.GetCountryCode() == "" {
		return slice, nil
	}
	var err error
	slice.Country, err = customers.ParseCountry(r.GetCountryCode())
	return slice, fault.At("country_code", err)
}

func (s *retentionService) ListRetentionCustomers(ctx context.Context, r *customerv1.ListRetentionCustomersRequest) (*customerv1.ListRetentionCustomersResponse, error) {
	var after app.RetentionKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	period, err := periodFrom(r)
	if err != nil {
		return nil, err
	}
	slice, err := sliceFrom(r)
	if err != nil {
		return nil, err
	}
	slice.Family = catalogue.FamilyID(r.GetFamilyId())
	found, err := s.app.ListRetentionCustomers(ctx, app.RetentionList{
		BookSlice: slice, Period: period, Movement: word[retention.Movement]("MOVEMENT_", r.GetMovement()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(c retention.Change) any { return app.RetentionKey{Value: c.Value(), ID: c.Customer} })
	return &customerv1.ListRetentionCustomersResponse{Customers: each(found, changedCustomerProto), NextPageToken: next}, nil
}

func retentionProto(r app.Retention) *customerv1.Retention {
	return &customerv1.Retention{
		StartDate: r.Period.From.String(), EndDate: r.Period.Until.String(), FxSetId: r.FxSet, Total: figuresProto(r.Total),
		Slices: each(r.Slices, func(s retention.Slice) *customerv1.RetentionSlice { return retentionSliceProto(r.By, s) }),
	}
}

func retentionSliceProto(by retention.Dimension, s retention.Slice) *customerv1.RetentionSlice {
	slice := &customerv1.RetentionSlice{Figures: figuresProto(s.Figures)}
	switch by {
	case retention.ByPartner:
		slice.PartnerId = s.Name
	case retention.BySegment:
		slice.Segment = segmentProto(customers.Segment(s.Name))
	case retention.ByRegion:
		slice.Region = customerv1.Region(customerv1.Region_value["REGION_"+s.Name])
	case retention.ByCountry:
		slice.CountryCode = s.Name
	case retention.ByFamily:
		slice.FamilyId = s.Name
	}
	return slice
}

func figuresProto(f retention.Figures) *customerv1.RetentionFigures {
	return &customerv1.RetentionFigures{
		GrrBps: shown(f.GRR()), NrrBps: shown(f.NRR()), LogoBps: shown(f.Logo()),
		StartCustomers: f.StartCustomers, EndCustomers: f.EndCustomers,
		StartValue: amountProto(f.Start), EndValue: amountProto(f.End), RetainedValue: amountProto(f.Retained),
		Movements: each(f.Tallies, func(t retention.Tally) *customerv1.MovementFigures {
			return &customerv1.MovementFigures{
				Movement: movementProto(t.Movement), Customers: t.Customers, StartValue: amountProto(t.Start), EndValue: amountProto(t.End),
			}
		}),
	}
}

// shown leaves a rate out that is not defined.
func shown(b money.Bps, ok bool) *int32 {
	if !ok {
		return nil
	}
	plain := int32(b)
	return &plain
}

func movementProto(m retention.Movement) customerv1.Movement {
	return customerv1.Movement(customerv1.Movement_value["MOVEMENT_"+string(m)])
}

func segmentProto(s customers.Segment) customerv1.Segment {
	return customerv1.Segment(customerv1.Segment_value["SEGMENT_"+string(s)])
}

func changedCustomerProto(c retention.Change) *customerv1.RetentionCustomer {
	return &customerv1.RetentionCustomer{
		CustomerId: string(c.Customer), CustomerName: c.Name, Segment: segmentProto(c.Segment), CountryCode: string(c.Country),
		StartValue: amountProto(c.Start), EndValue: amountProto(c.End), Movement: movementProto(c.Movement()),
	}
}
