package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type subscriptionService struct {
	customerv1.UnimplementedSubscriptionServiceServer
	app *app.App
}

func (s *subscriptionService) GetSubscription(ctx context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	found, err := s.app.GetSubscription(ctx, subscriptions.ID(r.GetSubscriptionId()))
	return answer(subscriptionProto, found, err)
}

func (s *subscriptionService) ListSubscriptions(ctx context.Context, r *customerv1.ListSubscriptionsRequest) (*customerv1.ListSubscriptionsResponse, error) {
	var after app.SubscriptionKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	query, err := subscriptionQueryFrom(r)
	if err != nil {
		return nil, err
	}
	query.After, query.Limit = after, size+1
	found, err := s.app.ListSubscriptions(ctx, query)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(v subscriptions.View) any { return app.SubscriptionKey{End: v.Current.End, ID: v.ID} })
	return &customerv1.ListSubscriptionsResponse{Subscriptions: each(found, subscriptionProto), NextPageToken: next}, nil
}

func subscriptionQueryFrom(r *customerv1.ListSubscriptionsRequest) (app.SubscriptionQuery, error) {
	from, err := date("ends_from", r.GetEndsFrom())
	if err != nil {
		return app.SubscriptionQuery{}, err
	}
	before, err := date("ends_before", r.GetEndsBefore())
	return app.SubscriptionQuery{
		Customer: customers.ID(r.GetCustomerId()), Partner: subscriptions.PartnerID(r.GetPartnerId()),
		Group: customers.GroupID(r.GetGroupId()), Family: catalogue.FamilyID(r.GetFamilyId()), EndsFrom: from, EndsBefore: before,
		State: word[subscriptions.State]("SUBSCRIPTION_STATE_", r.GetState()),
	}, err
}

func (s *subscriptionService) BatchGetSubscriptions(ctx context.Context, r *customerv1.BatchGetSubscriptionsRequest) (*customerv1.BatchGetSubscriptionsResponse, error) {
	found, err := s.app.BatchGetSubscriptions(ctx, idsFrom[subscriptions.ID](r.GetSubscriptionIds()), r.GetExternalIds())
	if err != nil {
		return nil, err
	}
	return &customerv1.BatchGetSubscriptionsResponse{Subscriptions: each(found, subscriptionProto)}, nil
}

func (s *subscriptionService) GetPartnerOfRecord(ctx context.Context, r *customerv1.GetPartnerOfRecordRequest) (*customerv1.PartnerOfRecord, error) {
	on, err := date("as_of", r.GetAsOf())
	if err != nil {
		return nil, err
	}
	found, err := s.app.GetPartnerOfRecord(ctx, subscriptions.ID(r.GetSubscriptionId()), on)
	return answer(partnerOfRecordProto, found, err)
}

// changeKey is the place of a change in a subscription's list.
type changeKey struct {
	Revision int64 `json:"r"`
}

func (s *subscriptionService) ListSubscriptionChanges(ctx context.Context, r *customerv1.ListSubscriptionChangesRequest) (*customerv1.ListSubscriptionChangesResponse, error) {
	var after changeKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListSubscriptionChanges(ctx, app.ChangeQuery{
		Subscription: subscriptions.ID(r.GetSubscriptionId()), After: after.Revision, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(e events.Event) any { return changeKey{e.Revision} })
	changes, err := events.Messages(found, changeProto)
	return &customerv1.ListSubscriptionChangesResponse{Changes: changes, NextPageToken: next}, err
}

// changed shows the subscription after a change, as it stood then.
var changed = events.Resources[*customerv1.SubscriptionChange]{
	"subscription": events.Snapshot(func(c *customerv1.SubscriptionChange, s subscriptions.Subscription) {
		c.Subscription = subscriptionProto(s.On(c.GetOccurTime().AsTime()))
	}),
}

func changeProto(e events.Event) (*customerv1.SubscriptionChange, error) {
	change := &customerv1.SubscriptionChange{Kind: e.Kind, Actor: e.Actor, OccurTime: instant(e.OccurredAt)}
	return change, changed.Show(change, e)
}

func subscriptionProto(v subscriptions.View) *customerv1.Subscription {
	return &customerv1.Subscription{
		SubscriptionId: string(v.ID), CustomerId: string(v.Customer.ID), ProductId: string(v.Product), FamilyId: string(v.Family),
		Seats: v.Seats, UnitPrice: amountProto(v.UnitPrice), UpliftBps: int32(v.UpliftBps), TermMonths: int32(v.TermMonths),
		Billing: billingProto(v.Billing), AnchorDate: v.Anchor.String(), TimeZone: v.TimeZone,
		TermStartDate: v.Current.Start.String(), TermEndDate: v.Current.End.String(), TermNet: amountProto(v.TermNet),
		PartnerId: string(v.Partner), PartnerFromDate: v.PartnerFrom.String(), State: stateProto(v.State), CancelDate: v.CancelDate.String(),
		CancellationCause: customerv1.CancellationCause(customerv1.CancellationCause_value["CANCELLATION_CAUSE_"+string(v.Cause)]),
		LastQuoteDate:     v.LastQuote.String(), ExternalId: v.ExternalID,
		Terms:            each(v.Terms, func(t subscriptions.Term) *customerv1.Term { return termProto(t, v.PartnerOn(t.Span.Start)) }),
		PartnersOfRecord: each(v.Partners, partnerOfRecordProto),
		Revision:         v.Revision, Etag: v.Etag(), CreateTime: instant(v.CreateTime), UpdateTime: instant(v.UpdateTime),
		CustomerName: v.Customer.Name, CustomerSegment: string(v.Customer.Segment), CustomerCountryCode: string(v.Customer.Country),
		FirstStartDate: v.FirstStart.String(),
	}
}

func stateProto(s subscriptions.State) customerv1.SubscriptionState {
	return customerv1.SubscriptionState(customerv1.SubscriptionState_value["SUBSCRIPTION_STATE_"+string(s)])
}

func billingProto(b subscriptions.Billing) customerv1.Billing {
	return customerv1.Billing(customerv1.Billing_value["BILLING_"+string(b)])
}

// termProto leaves out who booked a term of which the caller does not see the
// partner: that request was another partner's.
func termProto(t subscriptions.Term, partner subscriptions.PartnerID) *customerv1.Term {
	if partner == "" {
		t.BookedBy = ""
	}
	return &customerv1.Term{
		TermId: t.ID, StartDate: t.Span.Start.String(), EndDate: t.Span.End.String(), TermMonths: int32(t.Months), Seats: t.Seats, FinalSeats: t.FinalSeats,
		UnitPrice: amountProto(t.UnitPrice), Net: amountProto(t.Net), PartnerId: string(partner), BookedBy: t.BookedBy,
		Cancelled: t.Cancelled, Billing: billingProto(t.Billing),
	}
}

func partnerOfRecordProto(p subscriptions.PartnerOfRecord) *customerv1.PartnerOfRecord {
	return &customerv1.PartnerOfRecord{
		PartnerId: string(p.Partner), FromDate: p.From.String(), UntilDate: p.Until.String(), TransferId: p.Transfer,
	}
}
