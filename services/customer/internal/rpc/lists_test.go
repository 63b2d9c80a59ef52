package rpc_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
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

func TestListSubscriptions_OfAGroupShowsWhatItHasAndHad(t *testing.T) {
	h := start(t)
	h.stock()
	group, err := h.customers(channel).CreateGroup(h.ctx, &customerv1.CreateGroupRequest{Group: &customerv1.Group{DisplayName: "Acme Group"}, RequestId: rid()})
	must(t, err)
	member := func(spoil func(*customerv1.CreateSubscriptionRequest)) *customerv1.Subscription {
		t.Helper()
		c := acme()
		c.PrimaryDomain, c.GroupId = fmt.Sprintf("member-%d.example", requests.Add(1)), group.GetGroupId()
		created, err := h.customers(channel).CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: c, RequestId: rid()})
		must(t, err)
		r := order(created.GetCustomerId())
		spoil(r)
		s, err := h.subscriptions(commission).CreateSubscription(h.ctx, r)
		must(t, err)
		return s
	}
	running := member(func(*customerv1.CreateSubscriptionRequest) {})
	ended := member(func(r *customerv1.CreateSubscriptionRequest) { r.StartDate, r.PartnerId = "2015-01-01", "northwind" })
	cancelled := member(func(*customerv1.CreateSubscriptionRequest) {})
	_, err = h.subscriptions(channel).CancelSubscription(h.ctx, &customerv1.CancelSubscriptionRequest{
		SubscriptionId: cancelled.GetSubscriptionId(), EffectiveDate: cancelled.GetTermStartDate(),
		Cause: customerv1.CancellationCause_CANCELLATION_CAUSE_CUSTOMER, RequestId: rid(),
	})
	must(t, err)
	h.subscription() // of nobody in the group

	for _, tt := range []struct {
		caller auth.Caller
		group  string
		want   []*customerv1.Subscription
	}{
		{partner, group.GetGroupId(), []*customerv1.Subscription{ended, running, cancelled}},
		{northwind, group.GetGroupId(), []*customerv1.Subscription{ended}},
		{partner, "grp_0", nil},
	} {
		list, err := h.subscriptions(tt.caller).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{GroupId: tt.group, FamilyId: "email-security"})
		must(t, err)
		var got, want []string
		for _, s := range list.GetSubscriptions() {
			got = append(got, s.GetSubscriptionId())
		}
		for _, s := range tt.want {
			want = append(want, s.GetSubscriptionId())
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", tt.caller, diff)
		}
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
