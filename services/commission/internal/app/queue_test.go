package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestQueue_DrivesWhatADeadProcessLeft(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Queue.Patience = 0
	w.killAt(app.Steps[1])
	if _, err := w.Submit(order(renewalID)); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.Restart()
	renewed := make(chan struct{})
	w.Customer.After = func(*customerv1.RenewSubscriptionRequest) error {
		close(renewed)
		return nil
	}
	w.RunUntil(renewed)
	w.Project()
	w.wantBookedOnce()
}

func TestReconcile_BringsBothSidesTogetherAfterARestoredBackup(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Subscribe("sub_2")
	lost, err := w.Submit(order(renewalID))
	must(t, err)
	w.Customer.After = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	forgotten, err := w.Submit(order("rnw_2_20260401"))
	must(t, err)
	w.Customer.After = nil
	w.Project()
	// The contract of the one forgets its new term, the submission of the other
	// was rejected although its contract has it.
	w.Customer.Bookings = map[string]*customerv1.RenewSubscriptionRequest{}
	w.Customer.Change(subscription, "subscription.restored", func(s *customerv1.Subscription) {
		s.Terms, s.TermStartDate, s.TermEndDate = s.Terms[:1], "2025-04-01", due
	})
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		return tx.SaveRejection(ctx, forgotten.Reject(app.ErrCancelled, monday))
	}))
	w.Project()
	w.At(monday.Add(time.Hour))
	if n, err := w.App.Reconcile(t.Context()); n != 2 || err != nil {
		t.Errorf("repaired %d, %v; want 2", n, err)
	}
	w.Project()
	w.wantBookedOnce()
	if terms := w.booked("sub_2"); len(terms) != 1 || terms[0].SubmissionID != forgotten.ID {
		t.Errorf("booked %+v", terms)
	}
	if s, err := w.App.GetSubmission(as(softcat), forgotten.ID); err != nil || s.State != records.Booked || s.Rejection != nil {
		t.Errorf("%s, %v", s.State, err)
	}
	if n, err := w.App.Reconcile(t.Context()); n != 0 || err != nil {
		t.Errorf("repaired %d, %v again; want nothing to do after %s", n, err, lost.ID)
	}
}

func TestSchema_KeepsPartnersApart(t *testing.T) {
	w := newWorld(t)
	pgtest.CheckTenancy(t, w.DB)
}

func TestSchema_RefusesABookingWithoutItsMargin(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	_, err := w.Submit(order(renewalID))
	must(t, err)
	err = w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE submissions SET state = 'BOOKED', decide_time = now()")
		return err
	})
	if err == nil {
		t.Error("a submission is BOOKED without a margin")
	}
}
