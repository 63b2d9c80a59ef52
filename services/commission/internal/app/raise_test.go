package app_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func (w *world) raise(to app.Raise) {
	w.t.Helper()
	_, err := w.App.ProposeRaise(as(anna), to)
	must(w.t, err)
	_, err = w.App.ApproveRaise(as(bert), to)
	must(w.t, err)
}

func TestRaise_LeavesABookedTermAlone(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	s, err := w.Submit(order(renewalID))
	must(t, err)
	w.raise(app.Raise{RelationshipID: s.Calculation.RelationshipID, To: 2200})
	r, err := w.App.GetRelationship(as(anna), s.Calculation.RelationshipID)
	must(t, err)
	if from := r.Raises[0].From; from != calendar.On(2027, 4, 1) {
		t.Errorf("raised from %s", from)
	}
}

// A raise that is approved while the renewal is submitted takes effect in that
// term or after it, and never in a term that was booked without it.
func TestRaise_AndSubmissionAtOnceAgreeOnTheTerm(t *testing.T) {
	for range 8 {
		w := newWorld(t)
		w.Subscribe(subscription)
		raise := app.Raise{RelationshipID: "rel_" + subscription, To: 2200}
		_, err := w.App.ProposeRaise(as(anna), raise)
		must(t, err)
		approved := make(chan error, 1)
		go func() {
			_, err := w.App.ApproveRaise(as(bert), raise)
			approved <- err
		}()
		s, err := w.Submit(order(renewalID))
		must(t, err)
		must(t, <-approved)
		r, err := w.App.GetRelationship(as(anna), raise.RelationshipID)
		must(t, err)
		rate, err := r.RateOn(s.Term.Start)
		must(t, err)
		if rate.Agreed() != s.Calculation.Locked {
			t.Errorf("booked at %d, but the term's rate is %d", s.Calculation.Locked, rate.Agreed())
		}
	}
}
