package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// saga is the way of a submission that is no renewal, with what must come of it.
type saga struct {
	name    string
	steps   []string
	prepare func(*world)
	submit  func(*world, context.Context) (records.Submission, error)
	settled func(*world, records.Submission) // fails unless it is booked once
}

var sagas = []saga{
	{"order", app.OrderSteps, func(w *world) { w.Cards(2000, 1000) },
		func(w *world, ctx context.Context) (records.Submission, error) {
			return w.App.SubmitOrder(ctx, harbour(registered))
		},
		(*world).wantOrderedOnce},
	{"order for a customer that is merged on the way", app.OrderSteps, mergedOnTheWay,
		func(w *world, ctx context.Context) (records.Submission, error) {
			return w.App.SubmitOrder(ctx, harbour(registered))
		},
		(*world).wantOrderedOnce},
	{"change of seats", app.Steps, func(w *world) {
		w.Subscribe(subscription)
		w.onTheWayOfDeeds(func() {
			w.Customer.Change(subscription, "subscription.quoted", func(s *customerv1.Subscription) { s.LastQuoteDate = today })
		})
	},
		func(w *world, ctx context.Context) (records.Submission, error) {
			return w.App.SubmitSeatChange(ctx, moreSeats)
		},
		(*world).wantReseatedOnce},
}

var moreSeats = app.NewSeats{SubscriptionID: subscription, Seats: 250}

// onTheWayOfDeeds does something once between a submission and its commit point.
func (w *world) onTheWayOfDeeds(what func()) {
	done := false
	w.Customer.BeforeDeed = func(request) error {
		if !done {
			done = true
			what()
		}
		return nil
	}
}

// mergedOnTheWay lets the customer of an order be merged into another once the
// order has found it.
func mergedOnTheWay(w *world) {
	w.Cards(2000, 1000)
	w.Customer.Customers.Add("cus_7", "harbour.example", customerv1.Segment_SEGMENT_ENTERPRISE)
	w.Customer.Customers.Add("cus_8", "other.example", customerv1.Segment_SEGMENT_ENTERPRISE)
	w.onTheWayOfDeeds(func() { w.Customer.Customers.Merge("harbour.example", "other.example") })
}

// resumeAll is the next process: its jobs run until nothing is left.
func (w *world) resumeAll() []records.Submission {
	w.t.Helper()
	w.Restart()
	list := w.all()
	for _, s := range list {
		must(w.t, w.App.BookSubmission(context.Background(), s.ID))
		if s.Kind == records.OfOrder {
			must(w.t, w.App.RecordOrder(context.Background(), s.ID))
		}
	}
	w.Project()
	return w.all()
}

func (w *world) all() []records.Submission {
	w.t.Helper()
	list, err := w.App.ListSubmissions(as(anna), app.SubmissionFilter{}, "", 100)
	must(w.t, err)
	return list
}

func (w *world) wantOrderedOnce(s records.Submission) {
	w.t.Helper()
	contract := w.Customer.Get(s.SubscriptionID)
	if len(contract.GetTerms()) != 1 || contract.GetTerms()[0].GetBookedBy() != s.ID || contract.GetCustomerId() != s.Order.CustomerID {
		w.t.Errorf("contract %v for %s; want one term by %s", contract, s.Order.CustomerID, s.ID)
	}
	if terms := w.booked(s.SubscriptionID); len(terms) != 1 || terms[0].Margin.Decimal() != "14400.00" || terms[0].RelationshipID != s.Calculation.RelationshipID {
		w.t.Errorf("booked %+v; want one term with 14400.00", terms)
	}
	if r := w.relationship(s.SubscriptionID); r.Lock.Rate != 2000 || r.Case.ID != "cas_"+s.ID || r.ID != s.Calculation.RelationshipID {
		w.t.Errorf("relationship %+v", r)
	}
	if len(w.Customer.Customers.Requests) > 1 || len(w.Conduct.Orders.Requests) != 1 {
		w.t.Errorf("%d customers are created, partner knows of %d orders", len(w.Customer.Customers.Requests), len(w.Conduct.Orders.Requests))
	}
}

func (w *world) wantReseatedOnce(s records.Submission) {
	w.t.Helper()
	if n := w.Customer.Get(subscription).GetSeats(); n != 250 || len(w.Customer.Deeds) != 1 {
		w.t.Errorf("%d seats by %d changes; want 250 by one", n, len(w.Customer.Deeds))
	}
	terms := w.booked(subscription)
	if len(terms) != 1 || terms[0].Kind != records.OfSeatChange || terms[0].SubmissionID != s.ID || terms[0].Margin.Decimal() != "98.63" {
		w.t.Errorf("booked %+v; want one change with 98.63", terms)
	}
}

func TestSagas_KilledAtAnyStepAreDrivenToTheirEnd(t *testing.T) {
	for _, c := range sagas {
		for _, step := range c.steps {
			t.Run(c.name+" "+step, func(t *testing.T) {
				w := newWorld(t)
				c.prepare(w)
				w.killAt(step)
				ctx := keyed(softcat, "first", step)
				if _, err := c.submit(w, ctx); err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				if left := w.resumeAll(); step == c.steps[0] && len(left) != 0 {
					t.Fatalf("%d submissions are left of one that was not stored", len(left))
				}
				again, err := c.submit(w, ctx)
				must(t, err)
				if again.State != records.Booked || len(w.all()) != 1 {
					t.Errorf("the same key is answered with one %s of %d; want BOOKED, of one", again.State, len(w.all()))
				}
				w.Project()
				c.settled(w, again)
			})
		}
	}
}

func TestSagas_KilledAtOneStepAfterTheOtherAreDrivenToTheirEnd(t *testing.T) {
	for _, c := range sagas {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.prepare(w)
			for _, step := range c.steps[1:] {
				w.killAt(step)
				var err error
				if stored := w.all(); len(stored) == 0 {
					_, err = c.submit(w, keyed(softcat, "first", step))
				} else {
					err = errors.Join(w.App.BookSubmission(t.Context(), stored[0].ID), w.App.RecordOrder(t.Context(), stored[0].ID))
				}
				if err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				w.Restart()
			}
			c.settled(w, w.resumeAll()[0])
		})
	}
}

func TestSagas_LostAnswersAreBookedByTheJob(t *testing.T) {
	broken := errors.New("the connection broke")
	for _, c := range sagas {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.prepare(w)
			w.Customer.AfterDeed = func(request) error { return broken }
			w.Conduct.Orders.Before = func(*partnerv1.RecordOrderRequest) error { return broken }
			s, err := c.submit(w, keyed(softcat, "first", c.name))
			must(t, err)
			if s.State != records.Submitted {
				t.Fatalf("an unknown outcome is answered as %s; want SUBMITTED", s.State)
			}
			if err := w.App.BookSubmission(t.Context(), s.ID); err == nil {
				t.Error("the job ends although the outcome is unknown")
			}
			w.Customer.AfterDeed = nil
			must(t, w.App.BookSubmission(t.Context(), s.ID))
			if err := w.App.RecordOrder(t.Context(), s.ID); s.Kind == records.OfOrder && err == nil {
				t.Error("the job ends although partner does not know")
			}
			w.Conduct.Orders.Before = nil
			c.settled(w, w.resumeAll()[0])
		})
	}
}

func TestSagas_RefusedForGoodLeaveNothing(t *testing.T) {
	for _, c := range sagas {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.prepare(w)
			w.Customer.BeforeDeed = func(request) error { return fault.New("STATE_INVALID", "not now, not ever").On("seats") }
			_, err := c.submit(w, keyed(softcat, "first", c.name))
			wantReason(t, err, "STATE_INVALID")
			left := w.resumeAll()
			if len(left) != 1 || left[0].State != records.Rejected || len(w.booked(left[0].SubscriptionID)) != 0 {
				t.Errorf("left %+v", left)
			}
			if list, _ := w.App.ListRelationships(as(anna), app.RelationshipFilter{SubscriptionID: left[0].SubscriptionID}, "", 10); left[0].Kind == records.OfOrder && len(list) > 0 {
				t.Errorf("a refused order begins %+v", list)
			}
			if left[0].Kind == records.OfOrder && left[0].Rejection.Field != "order.seats" {
				t.Errorf("the rejection is on %q", left[0].Rejection.Field)
			}
		})
	}
}

func TestSubmitOrder_RefusedCustomerRejectsIt(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.Customers.Before = func(*customerv1.CreateCustomerRequest) error {
		return fault.New("COUNTRY_UNKNOWN", "there is no such country").On("customer.country_code")
	}
	_, err := w.place(harbour(registered))
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != "COUNTRY_UNKNOWN" || refusal.Field != "order.customer.country_code" || refusal.Facts["submission_id"] == "" {
		t.Errorf("got %v", err)
	}
	w.Customer.Customers.Before = nil
	_, err = w.place(harbour(registered)) // the registration is free again
	must(t, err)
}

func TestSweep_GivesAJobToAnOrderThatPartnerWasNotToldOf(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Conduct.Orders.Before = func(*partnerv1.RecordOrderRequest) error { return errors.New("the connection broke") }
	s, err := w.place(harbour(registered))
	must(t, err)
	kinds := app.JobKinds{Book: "book_submission", Record: "record_order"}
	w.At(monday.Add(app.SweepAge * 2))
	if n, err := w.App.Sweep(t.Context(), kinds); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want none: the job is waiting", n, err)
	}
	_, err = w.DB.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	must(t, err)
	for _, want := range []int{1, 0} {
		if n, err := w.App.Sweep(t.Context(), kinds); n != want || err != nil {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
	}
	w.Conduct.Orders.Before = nil
	must(t, w.App.RecordOrder(t.Context(), s.ID))
	w.wantOrderedOnce(s)
}

func TestQueue_TellsPartnerOfABookedOrder(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Queue.Patience = 0
	told := make(chan struct{})
	failed := false
	w.Conduct.Orders.Before = func(*partnerv1.RecordOrderRequest) error {
		if !failed {
			failed = true
			return errors.New("the connection broke")
		}
		close(told)
		return nil
	}
	s, err := w.place(harbour(registered))
	must(t, err)
	w.RunUntil(told)
	w.Conduct.Orders.Before = nil
	w.wantOrderedOnce(s)
}

func TestReconcile_BringsOrdersAndSeatsTogetherAfterARestoredBackup(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Subscribe(subscription)
	backup := len(w.Customer.Feed)
	lost, err := w.place(harbour(registered))
	must(t, err)
	reseated, err := w.App.SubmitSeatChange(keyed(softcat, "seats", moreSeats), moreSeats)
	must(t, err)
	w.Customer.AfterDeed = func(request) error { return errors.New("the connection broke") }
	forgotten, err := w.place(harbour(func(o *app.NewOrder) { o.Domain = "forgotten.example" }))
	must(t, err)
	w.Customer.AfterDeed = nil
	// Customer forgets the one order and the seats; the other order was rejected
	// here although it is contract.
	clear(w.Customer.Deeds)
	delete(w.Customer.Subs, lost.SubscriptionID)
	w.Customer.Feed = w.Customer.Feed[:backup]
	w.Customer.Change(subscription, "subscription.restored", func(s *customerv1.Subscription) { s.Seats, s.Terms[0].FinalSeats = 200, 200 })
	w.Customer.Change(forgotten.SubscriptionID, "subscription.created", func(*customerv1.Subscription) {})
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		return tx.SaveRejection(ctx, forgotten.Reject(app.ErrCancelled, monday))
	}))
	w.Project()
	w.At(monday.Add(time.Hour))
	if n, err := w.App.Reconcile(t.Context()); n != 3 || err != nil {
		t.Errorf("repaired %d, %v; want 3", n, err)
	}
	w.Project()
	if n := w.Customer.Get(subscription).GetSeats(); n != 250 {
		t.Errorf("%d seats after %s; want 250", n, reseated.ID)
	}
	if c := w.Customer.Get(lost.SubscriptionID); c == nil || c.GetTerms()[0].GetBookedBy() != lost.ID {
		t.Errorf("the lost order's contract is %v", c)
	}
	if terms := w.booked(forgotten.SubscriptionID); len(terms) != 1 || w.relationship(forgotten.SubscriptionID).Lock.Rate != 2000 {
		t.Errorf("booked %+v", terms)
	}
	if n, err := w.App.Reconcile(t.Context()); n != 0 || err != nil {
		t.Errorf("repaired %d, %v again; want nothing to do", n, err)
	}
}

// TestPullBook_MayShowAnOrderBeforeItIsBooked lets the feed be faster than the
// saga: the renewal is there, and its margin is not guessed.
func TestPullBook_MayShowAnOrderBeforeItIsBooked(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.AfterDeed = func(request) error { return errors.New("the connection broke") }
	s, err := w.place(harbour(func(o *app.NewOrder) { o.Months = 12 }))
	must(t, err)
	w.Project()
	list := w.Renewals(app.RenewalFilter{})
	if len(list) != 1 || list[0].SubscriptionID != s.SubscriptionID || list[0].Effective != nil {
		t.Fatalf("renewals %+v; want one without a margin", list)
	}
	if n, err := w.App.Reconcile(t.Context()); n != 0 || err != nil {
		t.Errorf("repaired %d, %v; want nothing to do", n, err)
	}
	for name, locked := range map[string]func() error{
		"accepted": func() error {
			_, err := w.App.AcceptCardRate(keyed(anna, "accept", ""), s.SubscriptionID, nil)
			return err
		},
		"imported": func() error {
			result, err := w.App.BatchImportRelationships(keyed(anna, "import", ""), []app.AgreedMargin{{SubscriptionID: s.SubscriptionID, PartnerID: "softcat", Rate: 100}})
			must(t, err)
			return result[0].Refused
		},
		"ensured": func() error {
			_, err := w.App.EnsureRelationship(t.Context(), app.Tenure{SubscriptionID: s.SubscriptionID, PartnerID: "softcat", On: s.Term.Start})
			return err
		},
	} {
		refusal, ok := fault.Of(locked())
		if want := map[string]fault.Reason{"ensured": margin.ErrLockMissing.Reason}[name]; !ok || refusal.Reason != want && refusal.Reason != margin.ErrExists.Reason {
			t.Errorf("%s before the order is booked: %v", name, refusal)
		}
	}
	w.Customer.AfterDeed = nil
	must(t, w.App.BookSubmission(t.Context(), s.ID))
	if list = w.Renewals(app.RenewalFilter{}); len(list) != 1 || *list[0].Effective != 2000 {
		t.Errorf("renewals %+v; want one at 2000 bps", list)
	}
}

// TestBookSubmission_KeepsARelationshipThatWasFaster books an order of the
// vendor's own after its relationship, at no margin, was begun by a look at it,
// and a partner's after a transfer has ended its time.
func TestBookSubmission_KeepsARelationshipThatWasFaster(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.AfterDeed = func(request) error { return errors.New("the connection broke") }
	own := harbour(func(o *app.NewOrder) { o.PartnerID = "direct" })
	s, err := w.App.SubmitOrder(keyed(anna, "own", own), own)
	must(t, err)
	begun, err := w.App.EnsureRelationship(t.Context(), app.Tenure{SubscriptionID: s.SubscriptionID, PartnerID: "direct", On: s.Term.Start})
	must(t, err)
	w.Customer.AfterDeed = nil
	must(t, w.App.BookSubmission(t.Context(), s.ID))
	if terms := w.booked(s.SubscriptionID); len(terms) != 1 || terms[0].RelationshipID != begun.ID {
		t.Errorf("booked %+v; want it under %s", terms, begun.ID)
	}
}
