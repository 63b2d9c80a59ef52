package rpc_test

import (
	"testing"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func TestCreateSubscription_BooksItsFirstTerm(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	if s.GetTermNet().GetAmount() != "24000.00" || s.GetPartnerId() != "softcat" || len(s.GetTerms()) != 1 || len(s.GetPartnersOfRecord()) != 1 {
		t.Fatalf("got %v", s)
	}
	renewed, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	if renewed.GetTermStartDate() != s.GetTermEndDate() || renewed.GetTermNet().GetAmount() != "25200.00" || renewed.GetRevision() != 2 {
		t.Fatalf("got %v", renewed)
	}
	_ = customerv1.Billing_BILLING_ANNUAL
}
