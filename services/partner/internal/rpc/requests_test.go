package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// What a challenger can observe must not depend on whether there is a customer,
// nor on who serves it.
func TestRequestTransfer_IsAnsweredTheSameWhateverThereIs(t *testing.T) {
	w := beginTransfers(t)
	w.customer.addCustomer("cus_2", "", "nothing.example")
	w.customer.addCustomer("cus_3", "", "others.example")
	w.customer.addSubscription("cus_3", "bytes", "2025-04-01", "2026-04-01")
	w.customer.addSubscription("cus_3", "bytes", "2025-06-01", "2026-06-01")
	w.calls.take()
	var want *partnerv1.Transfer
	var calls []call
	for _, domain := range []string{"nobody.example", harbour, "nothing.example", "others.example"} {
		x := w.request(cdw, func(r *partnerv1.RequestTransferRequest) { r.Domain, r.ContactEmail = domain, "bob@"+domain })
		made := w.calls.take()
		for name, deliver := range map[string]bool{"before": false, "after": true} {
			if deliver {
				w.deliver(x)
			}
			got := w.transfer(cdw, x)
			if got.GetEtag() != x.GetEtag() {
				t.Errorf("%s: the etag changes %s the delivery", domain, name)
			}
			got.TransferId, got.Domain, got.Etag, got.CreateTime = "", "", "", nil
			if want == nil {
				want, calls = got, made
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s, %s the delivery: %s", domain, name, diff)
			}
		}
		w.calls.take()
		if diff := cmp.Diff(calls, made, cmp.AllowUnexported(call{})); diff != "" {
			t.Errorf("%s: the calls on the way differ: %s", domain, diff)
		}
	}
}

func TestRequestTransfer_RepeatedIsAnsweredAsBefore(t *testing.T) {
	w := beginTransfers(t)
	r := requestOf()
	x, err := w.transfers(cdw).RequestTransfer(w.ctx(), r)
	w.check(err)
	w.deliver(x)
	_, err = w.give(w.outbox.all()[0].Token, choice)
	w.check(err)
	w.customer.with(func() { w.customer.subscriptions[0].PartnerId = "cdw" }) // now it would be SAME_PARTNER
	again, err := w.transfers(cdw).RequestTransfer(w.ctx(), r)
	w.check(err)
	if diff := cmp.Diff(x, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestRequestTransfer_LeavesOutWhatTheChallengerServes(t *testing.T) {
	w := beginTransfers(t)
	w.customer.addSubscription("cus_1", "cdw", "2025-06-01", "2026-06-01")
	w.customer.addSubscription("cus_1", "bytes", "2023-01-01", "2024-01-01") // long over
	cancelled := w.customer.addSubscription("cus_1", "bytes", "2025-07-01", "2026-07-01")
	w.customer.with(func() {
		cancelled.State, cancelled.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-02-01"
	})
	w.customer.addCustomer("cus_2", "", "sister.example")
	w.customer.addSubscription("cus_2", "bytes", "2025-07-01", "2026-07-01") // another customer's
	x := w.consented(choice)
	if len(x.GetMoves()) != 1 || x.GetMoves()[0].GetSubscriptionId() != sub1 {
		t.Errorf("moves: %v", x.GetMoves())
	}
}

func TestRequestTransfer_ResolvesMergedPartners(t *testing.T) {
	w := beginTransfers(t)
	_, err := w.partners(ann).MergePartners(w.ctx(), &partnerv1.MergePartnersRequest{PartnerId: "cdw", AbsorbedPartnerId: "softcat", RequestId: key()})
	w.check(err)
	wantRefused(t, "SAME_PARTNER", func() error {
		_, err := w.transfers(cdw).RequestTransfer(w.ctx(), requestOf())
		return err
	})
}
