package rpc_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestListEvents_CarriesEachResourceAfterItsChange(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	card := w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	id := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	_, err := w.raise(anna, id, 2000)
	must(t, err)
	raised, err := w.approveRaise(bert, id)
	must(t, err)
	_, err = events.SequenceOnce(ctx, w.db.SystemPool())
	must(t, err)

	feed := commissionv1.NewEventServiceClient(w.As(billing))
	answer, err := feed.ListEvents(ctx, &commissionv1.ListEventsRequest{})
	must(t, err)
	var kinds []string
	for i, e := range answer.GetEvents() {
		kinds = append(kinds, e.GetKind())
		if e.GetPosition() != int64(i+1) || e.GetOccurTime() == nil || e.GetActor() == "" {
			t.Errorf("event %d: %v", i, e)
		}
	}
	want := []string{
		"rate_card.created", "rate_card.proposed", "rate_card.approved", "relationship.locked", "relationship.raise_proposed", "relationship.raised",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(card, answer.GetEvents()[2].GetRateCard(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(raised, answer.GetEvents()[5].GetRelationship(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	rest, err := feed.ListEvents(ctx, &commissionv1.ListEventsRequest{After: 5})
	must(t, err)
	if len(rest.GetEvents()) != 1 {
		t.Errorf("after 5: %v", rest)
	}
}

func TestWatchEvents_DeliversWhatComes(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(servertest.Context(t))
	defer cancel()
	stream, err := commissionv1.NewEventServiceClient(w.As(billing)).WatchEvents(ctx, &commissionv1.WatchEventsRequest{})
	must(t, err)
	w.draft("2026-03-09")
	_, err = events.SequenceOnce(ctx, w.db.SystemPool())
	must(t, err)
	e, err := stream.Recv()
	must(t, err)
	if e.GetKind() != "rate_card.created" || e.GetRateCard().GetEffectiveDate() != "2026-03-09" {
		t.Errorf("got %v", e)
	}
}

func TestEvents_AreForServicesOnly(t *testing.T) {
	w := newWorld(t)
	for _, conn := range []commissionv1.EventServiceClient{
		commissionv1.NewEventServiceClient(w.As(softcat)), commissionv1.NewEventServiceClient(w.As(anna)), commissionv1.NewEventServiceClient(w.As(crm)),
	} {
		_, err := conn.ListEvents(servertest.Context(t), &commissionv1.ListEventsRequest{})
		wantReason(t, err, "PERMISSION_DENIED", "")
	}
}
