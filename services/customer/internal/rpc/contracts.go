package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func (s *subscriptionService) CreateSubscription(ctx context.Context, r *customerv1.CreateSubscriptionRequest) (*customerv1.Subscription, error) {
	order, err := orderFrom(r)
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateSubscription(ctx, order)
	return answer(subscriptionProto, created, err)
}

func orderFrom(r *customerv1.CreateSubscriptionRequest) (subscriptions.Order, error) {
	unit, err := amount("unit_price", r.GetUnitPrice())
	if err != nil {
		return subscriptions.Order{}, err
	}
	start, err := requiredDate("start_date", r.GetStartDate())
	if err != nil {
		return subscriptions.Order{}, err
	}
	end, err := date("end_date", r.GetEndDate())
	return subscriptions.Order{
		ID: subscriptions.ID(r.GetSubscriptionId()), Customer: customers.Customer{ID: customers.ID(r.GetCustomerId())}, Product: catalogue.Product{ID: catalogue.ProductID(r.GetProductId())},
		Partner: subscriptions.PartnerID(r.GetPartnerId()), Seats: r.GetSeats(), UnitPrice: unit, UpliftBps: money.Bps(r.GetUpliftBps()),
		Months: int(r.GetTermMonths()), Billing: billingFrom(r.GetBilling()), Start: start, End: end,
		ExternalID: r.GetExternalId(), BookedBy: r.GetRequestId(),
	}, err
}

func (s *subscriptionService) RenewSubscription(ctx context.Context, r *customerv1.RenewSubscriptionRequest) (*customerv1.Subscription, error) {
	renewal, err := renewalFrom(r)
	if err != nil {
		return nil, err
	}
	renewed, err := s.app.RenewSubscription(ctx, subscriptions.ID(r.GetSubscriptionId()), renewal)
	return answer(subscriptionProto, renewed, err)
}

func renewalFrom(r *customerv1.RenewSubscriptionRequest) (subscriptions.Renewal, error) {
	unit, err := amount("unit_price", r.GetUnitPrice())
	if err != nil {
		return subscriptions.Renewal{}, err
	}
	start, err := requiredDate("start_date", r.GetStartDate())
	if err != nil {
		return subscriptions.Renewal{}, err
	}
	end, err := date("end_date", r.GetEndDate())
	return subscriptions.Renewal{
		Expected: subscriptions.PartnerID(r.GetExpectedPartnerId()), Etag: r.GetEtag(), Start: start, Months: int(r.GetTermMonths()),
		End: end, Seats: r.GetSeats(), UnitPrice: unit, Billing: billingFrom(r.GetBilling()), BookedBy: r.GetRequestId(),
	}, err
}

func (s *subscriptionService) ChangeSeats(ctx context.Context, r *customerv1.ChangeSeatsRequest) (*customerv1.Subscription, error) {
	from, err := requiredDate("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	changed, err := s.app.ChangeSeats(ctx, subscriptions.ID(r.GetSubscriptionId()), subscriptions.SeatChange{
		Expected: subscriptions.PartnerID(r.GetExpectedPartnerId()), Etag: r.GetEtag(), From: from, Seats: r.GetSeats(),
	})
	return answer(subscriptionProto, changed, err)
}

func (s *subscriptionService) ReassignSubscription(ctx context.Context, r *customerv1.ReassignSubscriptionRequest) (*customerv1.Subscription, error) {
	from, err := requiredDate("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	agreed, err := date("agreed_date", r.GetAgreedDate())
	if err != nil {
		return nil, err
	}
	reassigned, err := s.app.ReassignSubscription(ctx, subscriptions.ID(r.GetSubscriptionId()), subscriptions.Reassignment{
		Expected: subscriptions.PartnerID(r.GetExpectedPartnerId()), Partner: subscriptions.PartnerID(r.GetPartnerId()),
		From: from, Transfer: r.GetTransferId(), Agreed: agreed,
	})
	return answer(subscriptionProto, reassigned, err)
}

func (s *subscriptionService) CancelSubscription(ctx context.Context, r *customerv1.CancelSubscriptionRequest) (*customerv1.Subscription, error) {
	from, err := requiredDate("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	cancelled, err := s.app.CancelSubscription(ctx, subscriptions.ID(r.GetSubscriptionId()), subscriptions.Cancellation{
		Etag: r.GetEtag(), From: from, Cause: word[subscriptions.Cause]("CANCELLATION_CAUSE_", r.GetCause()),
	})
	return answer(subscriptionProto, cancelled, err)
}

func (s *subscriptionService) RecordQuote(ctx context.Context, r *customerv1.RecordQuoteRequest) (*customerv1.RecordQuoteResponse, error) {
	on, err := requiredDate("quote_date", r.GetQuoteDate())
	if err != nil {
		return nil, err
	}
	err = s.app.RecordQuote(ctx, subscriptions.ID(r.GetSubscriptionId()), subscriptions.Quote{
		Partner: subscriptions.PartnerID(r.GetPartnerId()), On: on,
	})
	return &customerv1.RecordQuoteResponse{}, err
}

func billingFrom(v customerv1.Billing) subscriptions.Billing {
	return word[subscriptions.Billing]("BILLING_", v)
}
