package rpc_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestCreateSubscription_HasTheIdThatCommissionChoseHoweverOftenItAsks(t *testing.T) {
	h := start(t)
	h.stock()
	request := order(h.customer("one.example").GetCustomerId())
	request.SubscriptionId, request.ExternalId = ident.New("sub_"), "S-1"
	// To idempotency keys the service and the service for a partner are two.
	clients := []customerv1.SubscriptionServiceClient{h.subscriptions(commission), h.subscriptions(servertest.ServiceFor("commission", "softcat"))}
	answers := make([]*customerv1.Subscription, 64)
	for _, err := range at64(func(n int) (err error) {
		for {
			answers[n], err = clients[n%2].CreateSubscription(h.ctx, proto.CloneOf(request))
			if refusal, ok := fault.Of(err); !ok || refusal.Reason != "IDEMPOTENCY_KEY_IN_FLIGHT" {
				return err
			}
		}
	}) {
		must(t, err)
	}
	for _, got := range answers {
		if !proto.Equal(answers[0], got) || got.GetSubscriptionId() != request.GetSubscriptionId() {
			t.Fatalf("asked for %s: %s", request.GetSubscriptionId(), cmp.Diff(answers[0], got, protocmp.Transform()))
		}
	}
	other := proto.CloneOf(request)
	other.RequestId, other.ExternalId = rid(), ""
	_, err := h.subscriptions(commission).CreateSubscription(h.ctx, other)
	wantReason(t, err, "ALREADY_EXISTS subscription_id")
	if got := h.get(request.GetSubscriptionId()); !proto.Equal(got, answers[0]) {
		t.Error(cmp.Diff(answers[0], got, protocmp.Transform()))
	}
}

func TestSubscription_AStubMovesTheAnchor(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.subscriptions(commission)
	request := order(h.customer("one.example").GetCustomerId())
	request.Seats, request.TermMonths, request.StartDate, request.EndDate = 25, 0, "2025-04-15", "2026-01-01"
	s, err := c.CreateSubscription(h.ctx, request)
	must(t, err)
	if s.GetTermNet().GetAmount() != "2145.21" || s.GetTermMonths() != 0 || s.GetAnchorDate() != "2026-01-01" || s.GetTermEndDate() != "2026-01-01" {
		t.Errorf("got %v", s)
	}
	renew := func(months int32, end string) *customerv1.Subscription {
		t.Helper()
		r := renewal(s)
		r.TermMonths, r.EndDate = months, end
		renewed, err := c.RenewSubscription(h.ctx, r)
		must(t, err)
		if read := h.get(s.GetSubscriptionId()); !proto.Equal(read, renewed) {
			t.Error(cmp.Diff(renewed, read, protocmp.Transform()))
		}
		return renewed
	}
	if s = renew(12, ""); s.GetTermEndDate() != "2027-01-01" {
		t.Errorf("a year later it ends on %s", s.GetTermEndDate())
	}
	// 200 seats at 126.00 for 58 of 365 days.
	if s = renew(0, "2027-02-28"); s.GetAnchorDate() != "2027-02-28" || s.GetTermNet().GetAmount() != "4004.38" {
		t.Errorf("the second stub is anchored at %s for %s", s.GetAnchorDate(), s.GetTermNet())
	}
	if s = renew(1, ""); s.GetTermEndDate() != "2027-03-28" {
		t.Errorf("a month after it ends on %s", s.GetTermEndDate())
	}
}

func TestChangeSeats_OfAMonthFallAwayAtItsEnd(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.subscriptions(commission)
	request := order(h.customer("one.example").GetCustomerId())
	request.TermMonths, request.StartDate = 1, day(-3)
	s, err := c.CreateSubscription(h.ctx, request)
	must(t, err)
	change := &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(1), Seats: 150, RequestId: rid(),
	}
	fewer, err := c.ChangeSeats(h.ctx, change)
	must(t, err)
	if fewer.GetSeats() != 150 || fewer.GetTerms()[0].GetFinalSeats() != 200 || fewer.GetTermNet().GetAmount() != "2000.00" {
		t.Errorf("got %v", fewer)
	}
	if read := h.get(s.GetSubscriptionId()); !proto.Equal(read, fewer) {
		t.Error(cmp.Diff(fewer, read, protocmp.Transform()))
	}
	next := renewal(fewer)
	next.TermMonths, next.Seats = 1, fewer.GetSeats()
	renewed, err := c.RenewSubscription(h.ctx, next)
	must(t, err)
	if renewed.GetSeats() != 150 || renewed.GetTerms()[1].GetSeats() != 150 {
		t.Errorf("got %v", renewed)
	}
	again, err := c.ChangeSeats(h.ctx, change)
	must(t, err)
	if !proto.Equal(again, fewer) {
		t.Errorf("answered differently: %s", cmp.Diff(fewer, again, protocmp.Transform()))
	}
}

func TestReassignSubscription_GoesBackToTheEndOfATermThatHasEnded(t *testing.T) {
	var ahead atomic.Int64
	h := startOn(t, &ahead)
	h.stock()
	s := h.subscription() // ends in 30 days
	ahead.Store(int64(40 * 24 * time.Hour))
	move := func(on string) (*customerv1.Subscription, error) {
		return h.subscriptions(partner).ReassignSubscription(h.ctx, &customerv1.ReassignSubscriptionRequest{
			SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: on, TransferId: "tra_1", RequestId: rid(),
		})
	}
	for _, on := range []string{day(29), day(31), day(38)} {
		_, err := move(on)
		wantReason(t, err, "DATE_INVALID effective_date")
	}
	moved, err := move(s.GetTermEndDate())
	must(t, err)
	want := []*customerv1.PartnerOfRecord{
		{PartnerId: "softcat", FromDate: s.GetFirstStartDate(), UntilDate: s.GetTermEndDate()},
		{PartnerId: "northwind", FromDate: s.GetTermEndDate(), TransferId: "tra_1"},
	}
	if diff := cmp.Diff(want, moved.GetPartnersOfRecord(), protocmp.Transform()); diff != "" || moved.GetPartnerId() != "northwind" {
		t.Errorf("served by %s: %s", moved.GetPartnerId(), diff)
	}
}
