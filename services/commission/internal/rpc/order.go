package rpc

import (
	"context"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

type orderService struct {
	commissionv1.UnimplementedOrderServiceServer
	app *app.App
}

func (s *orderService) PreviewOrder(ctx context.Context, r *commissionv1.PreviewOrderRequest) (*commissionv1.PreviewOrderResponse, error) {
	order, err := newOrder(r.GetOrder())
	if err != nil {
		return nil, err
	}
	preview, err := s.app.PreviewOrder(ctx, order)
	return answer(orderPreviewProto, preview, err)
}

func (s *orderService) SubmitOrder(ctx context.Context, r *commissionv1.SubmitOrderRequest) (*commissionv1.Submission, error) {
	order, err := newOrder(r.GetOrder())
	if err != nil {
		return nil, err
	}
	order.ExpectedFingerprint, order.PartnerReference = r.GetExpectedFingerprint(), r.GetPartnerReference()
	submission, err := s.app.SubmitOrder(ctx, order)
	return answer(submissionProto, submission, err)
}

func (s *orderService) PreviewSeatChange(ctx context.Context, r *commissionv1.PreviewSeatChangeRequest) (*commissionv1.PreviewSeatChangeResponse, error) {
	from, err := date("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	preview, err := s.app.PreviewSeatChange(ctx, app.NewSeats{SubscriptionID: r.GetSubscriptionId(), Seats: r.GetSeats(), From: from})
	return answer(func(c records.Calculation) *commissionv1.PreviewSeatChangeResponse {
		return &commissionv1.PreviewSeatChangeResponse{Calculation: calculationProto(&c)}
	}, preview, err)
}

func (s *orderService) SubmitSeatChange(ctx context.Context, r *commissionv1.SubmitSeatChangeRequest) (*commissionv1.Submission, error) {
	from, err := date("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	submission, err := s.app.SubmitSeatChange(ctx, app.NewSeats{
		SubscriptionID: r.GetSubscriptionId(), Seats: r.GetSeats(), From: from,
		ExpectedFingerprint: r.GetExpectedFingerprint(), PartnerReference: r.GetPartnerReference(),
	})
	return answer(submissionProto, submission, err)
}

// newOrder fills what the contract lets callers leave out.
func newOrder(o *commissionv1.Order) (app.NewOrder, error) {
	currency, err := money.ParseCurrency(o.GetCurrencyCode())
	if err != nil {
		return app.NewOrder{}, fault.At("order.currency_code", err)
	}
	start, err := date("order.start_date", o.GetStartDate())
	if err != nil {
		return app.NewOrder{}, err
	}
	coterm, err := date("order.coterm_date", o.GetCotermDate())
	if err != nil {
		return app.NewOrder{}, err
	}
	order := app.NewOrder{
		PartnerID: o.GetPartnerId(), Domain: o.GetDomain(), Customer: newCustomer(o.GetCustomer()), ProductID: o.GetProductId(), Seats: o.GetSeats(),
		Currency: currency, Months: int(o.GetTermMonths()), Billing: billingOf(o.GetBilling()), Start: start, Coterm: coterm,
		DealRegistrationID: o.GetDealRegistrationId(),
	}
	if order.Billing == "" {
		order.Billing = margin.Prepaid
	}
	if order.Months == 0 && coterm.IsZero() {
		order.Months = 12
	}
	return order, nil
}

func newCustomer(c *commissionv1.OrderCustomer) *records.NewCustomer {
	if c == nil {
		return nil
	}
	return &records.NewCustomer{
		Name: c.GetDisplayName(), Segment: segmentOf(c.GetSegment()), Sector: sectorOf(c.GetSector()), Country: c.GetCountryCode(), TimeZone: c.GetTimeZone(),
	}
}

func sectorOf(s customerv1.Sector) string {
	if s == customerv1.Sector_SECTOR_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(s.String(), "SECTOR_")
}

func orderPreviewProto(p app.OrderPreview) *commissionv1.PreviewOrderResponse {
	preview := &commissionv1.PreviewOrderResponse{Calculation: calculationProto(&p.Calculation), Verdict: p.Verdict}
	if p.IfPoached != nil {
		preview.IfPoached = calculationProto(p.IfPoached)
	}
	return preview
}
