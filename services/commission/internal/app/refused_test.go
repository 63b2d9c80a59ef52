package app_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

func TestSubmitRenewal_RefusedAttemptLeavesRoomForAnother(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.onTheWay("subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 220 })
	first := keyed(softcat, "first", "")
	_, err := w.App.SubmitRenewal(first, order(renewalID))
	wantReason(t, err, "PREVIEW_STALE")
	refusal, _ := fault.Of(err)
	rejected, err := w.App.GetSubmission(as(softcat), refusal.Facts["submission_id"])
	must(t, err)
	if rejected.State != records.Rejected {
		t.Errorf("the refused submission is %s", rejected.State)
	}
	s, err := w.Submit(order(renewalID))
	must(t, err)
	if s.ID == rejected.ID || s.State != records.Booked || s.Seats != 220 {
		t.Errorf("the new attempt is %s, %s", s.ID, s.State)
	}
	_, err = w.App.SubmitRenewal(first, order(renewalID))
	wantReason(t, err, "PREVIEW_STALE") // a new attempt needs a new key
	if len(w.submissions(renewalID)) != 2 || len(w.booked(subscription)) != 1 {
		t.Errorf("%d submissions, %d booked", len(w.submissions(renewalID)), len(w.booked(subscription)))
	}
}

func TestSubmitRenewal_ChangedOnTheWayIsRefusedForItsReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*customerv1.Subscription)
		reason fault.Reason
	}{
		{"cancelled", func(s *customerv1.Subscription) {
			s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-15"
		}, "SUBSCRIPTION_CANCELLED"},
		{"reassigned from today", reassignTo("cdw", today), "PARTNER_CHANGED"},
		{"reassigned from the new term", reassignTo("cdw", due), "PARTNER_CHANGED"},
		{"renewed by others", func(s *customerv1.Subscription) {
			next := proto.CloneOf(s.Terms[0])
			next.StartDate, next.EndDate, next.BookedBy = due, "2027-04-01", "sbm_elsewhere"
			s.Terms = append(s.Terms, next)
		}, "RENEWAL_ALREADY_SUBMITTED"},
		{"with other seats", func(s *customerv1.Subscription) { s.Seats = 201 }, "PREVIEW_STALE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.Subscribe(subscription)
			w.onTheWay("subscription.changed", c.change)
			_, err := w.Submit(order(renewalID))
			wantReason(t, err, c.reason)
			if refusal, ok := fault.Of(err); ok && refusal.Facts["submission_id"] == "" {
				t.Error("the refusal does not name the submission")
			}
			if n := len(w.booked(subscription)); n != 0 {
				t.Errorf("%d booked terms", n)
			}
		})
	}
}

func TestSubmitRenewal_UnrelatedChangeOnTheWayIsNoObstacle(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.onTheWay("subscription.quoted", func(s *customerv1.Subscription) { s.LastQuoteDate = today })
	s, err := w.Submit(order(renewalID))
	must(t, err)
	if s.State != records.Booked {
		t.Errorf("%s; want BOOKED", s.State)
	}
}
