package app_test

import (
	"context"
	"errors"
	"testing"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// killAt lets the process die at one step, once.
func (w *world) killAt(step string) {
	w.app.FailAt(func(reached string) error {
		if reached == step {
			return errKilled
		}
		return nil
	})
}

// resume is the next process: its jobs run until nothing is left.
func (w *world) resume() {
	w.t.Helper()
	w.restart()
	for _, s := range w.submissions(renewalID) {
		must(w.t, w.app.BookSubmission(context.Background(), s.ID))
	}
	w.project()
}

// wantBookedOnce fails unless contract and margin agree on one renewal.
func (w *world) wantBookedOnce() {
	w.t.Helper()
	if n := w.customer.terms(subscription, due); n != 1 {
		w.t.Errorf("the contract has %d terms from %s; want 1", n, due)
	}
	terms := w.booked(subscription)
	if len(terms) != 1 {
		w.t.Fatalf("%d booked terms with a margin; want 1", len(terms))
	}
	if got := terms[0].Margin.Decimal(); got != "5040.00" {
		w.t.Errorf("margin is %s; want 5040.00", got)
	}
	r, err := w.app.GetRenewal(as(softcat), renewalID)
	must(w.t, err)
	if r.State != "BOOKED" || r.SubmissionID != terms[0].SubmissionID {
		w.t.Errorf("renewal is %s by %s; want BOOKED by %s", r.State, r.SubmissionID, terms[0].SubmissionID)
	}
}

func TestSubmitRenewal_KilledAtAnyStepIsDrivenToItsEnd(t *testing.T) {
	for _, step := range app.Steps {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			w.subscribe(subscription)
			touchedOnTheWay(w)
			w.killAt(step)
			ctx := keyed(softcat, "first", step)
			_, err := w.app.SubmitRenewal(ctx, order(renewalID))
			if err != nil && !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			w.resume()
			if step == app.Steps[0] { // nothing was promised yet
				if n := len(w.submissions(renewalID)); n != 0 {
					t.Fatalf("%d submissions are left of one that was not stored", n)
				}
			}
			again, err := w.app.SubmitRenewal(ctx, order(renewalID))
			must(t, err)
			if again.State != records.Booked {
				t.Errorf("the same key is answered with a submission %s; want BOOKED", again.State)
			}
			w.project()
			w.wantBookedOnce()
		})
	}
}

// touchedOnTheWay changes the subscription once, without effect on the renewal,
// between the submission and the commit point, so that every step occurs.
func touchedOnTheWay(w *world) {
	touched := false
	w.customer.before = func(*customerv1.RenewSubscriptionRequest) error {
		if !touched {
			touched = true
			w.customer.change(subscription, "subscription.quoted", func(s *customerv1.Subscription) { s.LastQuoteDate = today })
		}
		return nil
	}
}

func TestSubmitRenewal_KilledAtAnyTwoStepsIsDrivenToItsEnd(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	touchedOnTheWay(w)
	for _, step := range app.Steps[1:] {
		w.killAt(step)
		if open := w.submissions(renewalID); len(open) > 0 {
			err := w.app.BookSubmission(context.Background(), open[0].ID)
			if err != nil && !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
		} else if _, err := w.submit(order(renewalID)); err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		w.restart()
	}
	w.resume()
	w.wantBookedOnce()
}

func TestSubmitRenewal_RejectionKilledAtAnyStepLeavesNoMargin(t *testing.T) {
	for _, step := range app.Steps[1:] {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			w.subscribe(subscription)
			w.cancelOnTheWay()
			w.killAt(step)
			if _, err := w.submit(order(renewalID)); err == nil && len(w.submissions(renewalID)) == 0 {
				t.Fatal("nothing was stored")
			}
			w.resume()
			all := w.submissions(renewalID)
			if len(all) != 1 || all[0].State != records.Rejected || all[0].Rejection.Reason != "SUBSCRIPTION_CANCELLED" {
				t.Errorf("got %+v; want one submission, rejected because of the cancellation", all)
			}
			if n := len(w.booked(subscription)); n != 0 || w.customer.terms(subscription, due) != 0 {
				t.Errorf("a cancelled subscription has %d booked terms", n)
			}
		})
	}
}

// cancelOnTheWay cancels the subscription between the submission and the commit
// point.
func (w *world) cancelOnTheWay() {
	w.onTheWay("subscription.cancelled", func(s *customerv1.Subscription) {
		s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-15"
	})
}

// onTheWay changes the subscription once between the submission and the commit
// point.
func (w *world) onTheWay(kind string, how func(*customerv1.Subscription)) {
	done := false
	w.customer.before = func(*customerv1.RenewSubscriptionRequest) error {
		if !done {
			done = true
			w.customer.change(subscription, kind, how)
		}
		return nil
	}
}

func TestSubmitRenewal_LostAnswerIsBookedByTheJob(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.customer.after = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	s, err := w.submit(order(renewalID))
	must(t, err)
	if s.State != records.Submitted {
		t.Fatalf("an unknown outcome is answered as %s; want SUBMITTED", s.State)
	}
	if err := w.app.BookSubmission(context.Background(), s.ID); err == nil {
		t.Error("the job ends although the outcome is unknown")
	}
	w.customer.after = nil
	w.resume()
	w.wantBookedOnce()
	if w.customer.renewals != 1 {
		t.Errorf("renewed %d times; want once", w.customer.renewals)
	}
}

func TestSweep_GivesAJobToASubmissionThatLostItsOwn(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.killAt(app.Steps[1])
	if _, err := w.submit(order(renewalID)); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	kinds := app.JobKinds{Book: "book_submission", Record: "record_order"}
	w.at(monday.Add(app.SweepAge * 2))
	if n, err := w.app.Sweep(context.Background(), kinds); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want none: the job is waiting", n, err)
	}
	_, err := w.db.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	must(t, err)
	if n, err := w.app.Sweep(context.Background(), kinds); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want 1", n, err)
	}
	if n, err := w.app.Sweep(context.Background(), kinds); n != 0 || err != nil {
		t.Errorf("swept %d, %v again; want none", n, err)
	}
}
