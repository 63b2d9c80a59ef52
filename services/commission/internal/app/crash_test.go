package app_test

import (
	"context"
	"errors"
	"testing"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

var errKilled = errors.New("the process was killed")

// killAt lets the process die at one step, once.
func (w *world) killAt(step string) {
	w.App.FailAt(func(reached string) error {
		if reached == step {
			return errKilled
		}
		return nil
	})
}

// resume is the next process: its jobs run until nothing is left.
func (w *world) resume() {
	w.t.Helper()
	w.Restart()
	for _, s := range w.submissions(renewalID) {
		must(w.t, w.App.BookSubmission(context.Background(), s.ID))
	}
	w.Project()
}

// wantBookedOnce fails unless contract and margin agree on one renewal.
func (w *world) wantBookedOnce() {
	w.t.Helper()
	if n := w.Customer.Terms(subscription, due); n != 1 {
		w.t.Errorf("the contract has %d terms from %s; want 1", n, due)
	}
	terms := w.booked(subscription)
	if len(terms) != 1 {
		w.t.Fatalf("%d booked terms with a margin; want 1", len(terms))
	}
	if got := terms[0].Margin.Decimal(); got != "5040.00" {
		w.t.Errorf("margin is %s; want 5040.00", got)
	}
	r, err := w.App.GetRenewal(as(softcat), renewalID)
	must(w.t, err)
	if r.State != "BOOKED" || r.SubmissionID != terms[0].SubmissionID {
		w.t.Errorf("renewal is %s by %s; want BOOKED by %s", r.State, r.SubmissionID, terms[0].SubmissionID)
	}
}

func TestSubmitRenewal_KilledAtAnyStepIsDrivenToItsEnd(t *testing.T) {
	for _, step := range app.Steps {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			w.Subscribe(subscription)
			touchedOnTheWay(w)
			w.killAt(step)
			ctx := keyed(softcat, "first", step)
			_, err := w.App.SubmitRenewal(ctx, order(renewalID))
			if err != nil && !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			w.resume()
			if step == app.Steps[0] { // nothing was promised yet
				if n := len(w.submissions(renewalID)); n != 0 {
					t.Fatalf("%d submissions are left of one that was not stored", n)
				}
			}
			again, err := w.App.SubmitRenewal(ctx, order(renewalID))
			must(t, err)
			if again.State != records.Booked {
				t.Errorf("the same key is answered with a submission %s; want BOOKED", again.State)
			}
			w.Project()
			w.wantBookedOnce()
		})
	}
}

// touchedOnTheWay changes the subscription once, without effect on the renewal,
// between the submission and the commit point, so that every step occurs.
func touchedOnTheWay(w *world) {
	touched := false
	w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error {
		if !touched {
			touched = true
			w.Customer.Change(subscription, "subscription.quoted", func(s *customerv1.Subscription) { s.LastQuoteDate = today })
		}
		return nil
	}
}

func TestSubmitRenewal_KilledAtAnyTwoStepsIsDrivenToItsEnd(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	touchedOnTheWay(w)
	for _, step := range app.Steps[1:] {
		w.killAt(step)
		if open := w.submissions(renewalID); len(open) > 0 {
			err := w.App.BookSubmission(context.Background(), open[0].ID)
			if err != nil && !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
		} else if _, err := w.Submit(order(renewalID)); err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		w.Restart()
	}
	w.resume()
	w.wantBookedOnce()
}

func TestSubmitRenewal_RejectionKilledAtAnyStepLeavesNoMargin(t *testing.T) {
	for _, step := range app.Steps[1:] {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			w.Subscribe(subscription)
			w.cancelOnTheWay()
			w.killAt(step)
			if _, err := w.Submit(order(renewalID)); err == nil && len(w.submissions(renewalID)) == 0 {
				t.Fatal("nothing was stored")
			}
			w.resume()
			all := w.submissions(renewalID)
			if len(all) != 1 || all[0].State != records.Rejected || all[0].Rejection.Reason != "SUBSCRIPTION_CANCELLED" {
				t.Errorf("got %+v; want one submission, rejected because of the cancellation", all)
			}
			if n := len(w.booked(subscription)); n != 0 || w.Customer.Terms(subscription, due) != 0 {
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
	w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error {
		if !done {
			done = true
			w.Customer.Change(subscription, kind, how)
		}
		return nil
	}
}

func TestSubmitRenewal_LostAnswerIsBookedByTheJob(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.After = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	s, err := w.Submit(order(renewalID))
	must(t, err)
	if s.State != records.Submitted {
		t.Fatalf("an unknown outcome is answered as %s; want SUBMITTED", s.State)
	}
	if err := w.App.BookSubmission(context.Background(), s.ID); err == nil {
		t.Error("the job ends although the outcome is unknown")
	}
	w.Customer.After = nil
	w.resume()
	w.wantBookedOnce()
	if w.Customer.Renewals != 1 {
		t.Errorf("renewed %d times; want once", w.Customer.Renewals)
	}
}

func TestSweep_GivesAJobToASubmissionThatLostItsOwn(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.killAt(app.Steps[1])
	if _, err := w.Submit(order(renewalID)); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	kinds := app.JobKinds{Book: "book_submission", Record: "record_order"}
	w.At(monday.Add(app.SweepAge * 2))
	if n, err := w.App.Sweep(context.Background(), kinds); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want none: the job is waiting", n, err)
	}
	_, err := w.DB.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	must(t, err)
	if n, err := w.App.Sweep(context.Background(), kinds); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want 1", n, err)
	}
	if n, err := w.App.Sweep(context.Background(), kinds); n != 0 || err != nil {
		t.Errorf("swept %d, %v again; want none", n, err)
	}
}
