package rpc_test

import (
	"sync/atomic"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// reach is what a caller gets to see of a subscription and its customer.
type reach struct{ get, list, batch, ofRecord, customer, customers, lookup, batchCustomers bool }

var everything = reach{true, true, true, true, true, true, true, true}

func (h *harness) reach(c auth.Caller, s *customerv1.Subscription) (got reach) {
	h.t.Helper()
	subs, people := h.subscriptions(c), h.customers(c)
	domain := h.domainOf(s.GetCustomerId())
	found := func(err error) bool {
		if err != nil {
			wantReason(h.t, err, "NOT_FOUND")
		}
		return err == nil
	}
	_, err := subs.GetSubscription(h.ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: s.GetSubscriptionId()})
	got.get = found(err)
	_, err = subs.GetPartnerOfRecord(h.ctx, &customerv1.GetPartnerOfRecordRequest{SubscriptionId: s.GetSubscriptionId(), AsOf: day(20)})
	got.ofRecord = found(err)
	list, err := subs.ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{})
	must(h.t, err)
	got.list = len(list.GetSubscriptions()) > 0
	batch, err := subs.BatchGetSubscriptions(h.ctx, &customerv1.BatchGetSubscriptionsRequest{SubscriptionIds: []string{s.GetSubscriptionId()}})
	must(h.t, err)
	got.batch = len(batch.GetSubscriptions()) > 0
	_, err = people.GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: s.GetCustomerId()})
	got.customer = found(err)
	_, err = people.LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: domain})
	got.lookup = found(err)
	listed, err := people.ListCustomers(h.ctx, &customerv1.ListCustomersRequest{})
	must(h.t, err)
	got.customers = len(listed.GetCustomers()) > 0
	fetched, err := people.BatchGetCustomers(h.ctx, &customerv1.BatchGetCustomersRequest{CustomerIds: []string{s.GetCustomerId()}})
	must(h.t, err)
	got.batchCustomers = len(fetched.GetCustomers()) > 0
	return got
}

func (h *harness) domainOf(customerID string) string {
	h.t.Helper()
	c, err := h.customers(channel).GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: customerID})
	must(h.t, err)
	return c.GetPrimaryDomain()
}

func TestTenancy_APartnerSeesWhatItServesOrWillServe(t *testing.T) {
	var ahead atomic.Int64
	h := startOn(t, &ahead)
	h.stock()
	s := h.subscription()
	absorbed := softcat
	absorbed.PartnerID, absorbed.PartnerIDs = "survivor", []string{"survivor", "softcat"}

	expect := func(when string, wants map[string]reach) {
		t.Helper()
		callers := map[string]auth.Caller{"softcat": softcat, "northwind": northwind, "survivor": absorbed, "vendor": channel}
		for name, want := range wants {
			if got := h.reach(callers[name], s); got != want {
				t.Errorf("%s, %s sees %+v, want %+v", when, name, got, want)
			}
		}
	}
	expect("at first", map[string]reach{"softcat": everything, "survivor": everything, "vendor": everything, "northwind": {}})

	reassign := func(from, to, on string) {
		t.Helper()
		_, err := h.subscriptions(partner).ReassignSubscription(h.ctx, &customerv1.ReassignSubscriptionRequest{
			SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: from, PartnerId: to, EffectiveDate: on, RequestId: rid(),
		})
		must(t, err)
	}
	reassign("softcat", "northwind", day(10))
	// Nobody is told who serves it in another's time.
	before := everything
	before.ofRecord = false
	expect("before the transfer", map[string]reach{"softcat": before, "northwind": everything})

	ahead.Store(int64(10 * 24 * time.Hour))
	expect("after it", map[string]reach{"softcat": {}, "survivor": {}, "northwind": everything, "vendor": everything})
}

func TestTenancy_FiltersByPartnerOnlyNarrow(t *testing.T) {
	h := start(t)
	h.stock()
	mine := h.subscription()
	foreign := order(mine.GetCustomerId())
	foreign.PartnerId = "northwind"
	_, err := h.subscriptions(commission).CreateSubscription(h.ctx, foreign)
	must(t, err)
	count := func(c auth.Caller, partner string) int {
		t.Helper()
		list, err := h.subscriptions(c).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{PartnerId: partner, CustomerId: mine.GetCustomerId(), FamilyId: "email-security"})
		must(t, err)
		people, err := h.customers(c).ListCustomers(h.ctx, &customerv1.ListCustomersRequest{PartnerId: partner})
		must(t, err)
		return 10*len(people.GetCustomers()) + len(list.GetSubscriptions())
	}
	for _, tt := range []struct {
		caller  auth.Caller
		partner string
		want    int
	}{
		{channel, "", 12}, {channel, "softcat", 11}, {channel, "nobody", 0}, {softcat, "", 11}, {softcat, "softcat", 11}, {softcat, "northwind", 0},
	} {
		if got := count(tt.caller, tt.partner); got != tt.want {
			t.Errorf("%s asking for %q: got %d, want %d", tt.caller, tt.partner, got, tt.want)
		}
	}
	acting, err := h.subscriptions(servertest.ServiceFor("commission", "northwind")).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{})
	must(t, err)
	if len(acting.GetSubscriptions()) != 1 || acting.GetSubscriptions()[0].GetPartnerId() != "northwind" {
		t.Errorf("a service that acts for northwind sees %v", acting)
	}
}
