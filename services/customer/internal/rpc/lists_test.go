package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func TestListSubscriptions_PagesByTheEndOfTheTerm(t *testing.T) {
	h := start(t)
	h.stock()
	var ids []string
	for range 5 {
		s := h.subscription() // all end on one day, so ids decide
		ids = append(ids, s.GetSubscriptionId())
	}
	renewed, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(h.get(ids[0])))
	must(t, err)
	want := append(ids[1:5:5], ids[0])

	for _, who := range []customerv1.SubscriptionServiceClient{h.subscriptions(channel), h.subscriptions(softcat)} {
		var got []string
		request := &customerv1.ListSubscriptionsRequest{PageSize: 2, PartnerId: "softcat", State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE}
		for {
			page, err := who.ListSubscriptions(h.ctx, request)
			must(t, err)
			for _, s := range page.GetSubscriptions() {
				got = append(got, s.GetSubscriptionId())
				if s.GetPartnerId() != "softcat" || len(s.GetTerms()) != 0 || s.GetCustomerName() == "" {
					t.Errorf("got %v", s)
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	later, err := h.subscriptions(channel).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{EndsFrom: renewed.GetTermEndDate()})
	must(t, err)
	sooner, err := h.subscriptions(channel).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{EndsBefore: renewed.GetTermEndDate()})
	must(t, err)
	if len(later.GetSubscriptions()) != 1 || len(sooner.GetSubscriptions()) != 4 {
		t.Errorf("got %d later and %d sooner", len(later.GetSubscriptions()), len(sooner.GetSubscriptions()))
	}
}

func TestBatchGetSubscriptions_KeepsTheOrder(t *testing.T) {
	h := start(t)
	h.stock()
	a, b := h.subscription().GetSubscriptionId(), h.subscription().GetSubscriptionId()
	got, err := h.subscriptions(channel).BatchGetSubscriptions(h.ctx, &customerv1.BatchGetSubscriptionsRequest{SubscriptionIds: []string{b, "sub_0", a}})
	must(t, err)
	if len(got.GetSubscriptions()) != 2 || got.GetSubscriptions()[0].GetSubscriptionId() != b || got.GetSubscriptions()[1].GetSubscriptionId() != a {
		t.Errorf("got %v", got)
	}
}
