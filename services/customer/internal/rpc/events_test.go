package rpc_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

func TestEvents_TellEveryChangeInOrder(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	renewed, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	_, err = h.customers(channel).CreateContact(h.ctx, contact(s.GetCustomerId(), "anna.secret@"+h.domainOf(s.GetCustomerId())))
	must(t, err)
	h.sequence()

	list, err := h.events(commission).ListEvents(h.ctx, &customerv1.ListEventsRequest{})
	must(t, err)
	var kinds []string
	for i, e := range list.GetEvents() {
		if e.GetPosition() != int64(i+1) || e.GetActor() == "" || e.GetOccurTime() == nil {
			t.Errorf("event %d: %v", i, e)
		}
		kinds = append(kinds, e.GetKind())
		if strings.Contains(e.String(), "anna") || strings.Contains(e.String(), "Anna") {
			t.Errorf("an event names a person: %v", e)
		}
	}
	want := "product_family.created product.created customer.created subscription.created subscription.renewed customer.contacts_changed"
	if got := strings.Join(kinds, " "); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if got := list.GetEvents()[4]; !proto.Equal(got.GetSubscription(), renewed) || got.GetRevision() != 2 || got.GetResourceId() != s.GetSubscriptionId() {
		t.Errorf("got %v", got)
	}
	if list.GetEvents()[5].GetCustomer().GetCustomerId() != s.GetCustomerId() {
		t.Errorf("got %v", list.GetEvents()[5])
	}
	rest, err := h.events(commission).ListEvents(h.ctx, &customerv1.ListEventsRequest{After: 4, PageSize: 1})
	must(t, err)
	if len(rest.GetEvents()) != 1 || rest.GetEvents()[0].GetPosition() != 5 {
		t.Errorf("got %v", rest)
	}
	_, err = h.events(softcat).ListEvents(h.ctx, &customerv1.ListEventsRequest{})
	wantReason(t, err, "PERMISSION_DENIED")
}

func TestWatchEvents_DeliversWhatComes(t *testing.T) {
	h := start(t)
	h.stock() // two events
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	stream, err := h.events(commission).WatchEvents(ctx, &customerv1.WatchEventsRequest{After: 1})
	must(t, err)
	for position := int64(2); position < 5; position++ {
		if position > 2 {
			h.customer("c" + string(rune('0'+position)) + ".example")
		}
		_, err := events.SequenceOnce(h.ctx, h.db.SystemPool())
		must(t, err)
		e, err := stream.Recv()
		must(t, err)
		if e.GetPosition() != position {
			t.Fatalf("got position %d, want %d", e.GetPosition(), position)
		}
	}
}
