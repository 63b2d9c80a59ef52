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

// runUntil works on the queue until done is closed, and on what is then under
// way to its end.
func (w *world) runUntil(done <-chan struct{}) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() {
		select {
		case <-done:
			cancel()
		case <-ctx.Done():
		}
	}()
	must(w.t, w.queue.Run(ctx))
}

func TestQueue_DrivesWhatADeadProcessLeft(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.queue.Patience = 0
	w.killAt(app.Steps[1])
	if _, err := w.submit(order(renewalID)); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.restart()
	renewed := make(chan struct{})
	w.customer.after = func(*customerv1.RenewSubscriptionRequest) error {
		close(renewed)
		return nil
	}
	w.runUntil(renewed)
	w.project()
	w.wantBookedOnce()
}

func TestReconcile_BringsBothSidesTogetherAfterARestoredBackup(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.subscribe("sub_2")
	lost, err := w.submit(order(renewalID))
	must(t, err)
	w.customer.after = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	forgotten, err := w.submit(order("rnw_2_20260401"))
	must(t, err)
	w.customer.after = nil
	w.project()
	// The contract of the one forgets its new term, the submission of the other
	// was rejected although its contract has it.
	w.customer.bookings = map[string]*customerv1.RenewSubscriptionRequest{}
	w.customer.change(subscription, "subscription.restored", func(s *customerv1.Subscription) {
		s.Terms, s.TermStartDate, s.TermEndDate = s.Terms[:1], "2025-04-01", due
	})
	must(t, w.system(func(ctx context.Context, tx *postgres.Store) error {
		return tx.SaveRejection(ctx, forgotten.Reject(app.ErrCancelled, monday))
	}))
	w.project()
	w.at(monday.Add(time.Hour))
	if n, err := w.app.Reconcile(t.Context()); n != 2 || err != nil {
		t.Errorf("repaired %d, %v; want 2", n, err)
	}
	w.project()
	w.wantBookedOnce()
	if terms := w.booked("sub_2"); len(terms) != 1 || terms[0].SubmissionID != forgotten.ID {
		t.Errorf("booked %+v", terms)
	}
	if s, err := w.app.GetSubmission(as(softcat), forgotten.ID); err != nil || s.State != records.Booked || s.Rejection != nil {
		t.Errorf("%s, %v", s.State, err)
	}
	if n, err := w.app.Reconcile(t.Context()); n != 0 || err != nil {
		t.Errorf("repaired %d, %v again; want nothing to do after %s", n, err, lost.ID)
	}
}

func TestSchema_KeepsPartnersApart(t *testing.T) {
	w := newWorld(t)
	pgtest.CheckTenancy(t, w.db)
}

func TestSchema_RefusesABookingWithoutItsMargin(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.customer.before = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	_, err := w.submit(order(renewalID))
	must(t, err)
	err = w.system(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE submissions SET state = 'BOOKED', decide_time = now()")
		return err
	})
	if err == nil {
		t.Error("a submission is BOOKED without a margin")
	}
}
