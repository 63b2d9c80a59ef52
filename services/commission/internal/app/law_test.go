package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// TestLaw_AnyRepetitionAndInterleavingOfOneRequestHasOneEffect lets several
// callers repeat one request while answers get lost and processes die.
func TestLaw_AnyRepetitionAndInterleavingOfOneRequestHasOneEffect(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		id := fmt.Sprintf("sub_law%d", n)
		w.Subscribe(id)
		kind := kinds[rapid.IntRange(0, len(kinds)-1).Draw(rt, "kind")]
		ctx := keyed(softcat, id, kind.name)
		troubles := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "lost", "away", app.Steps[1], app.Steps[3], app.Steps[6], app.Steps[7], app.OrderSteps[3]}), 2, 6).Draw(rt, "troubles")
		var mu sync.Mutex
		next := 0
		w.App.FailAt(func(step string) error {
			mu.Lock()
			defer mu.Unlock()
			if next < len(troubles) && troubles[next] == step {
				next++
				return errKilled
			}
			return nil
		})
		away := func() error { return trouble(&mu, &next, troubles, "away") }
		lost := func() error { return trouble(&mu, &next, troubles, "lost") }
		w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error { return away() }
		w.Customer.After = func(*customerv1.RenewSubscriptionRequest) error { return lost() }
		w.Customer.BeforeDeed, w.Customer.AfterDeed = func(request) error { return away() }, func(request) error { return lost() }
		var callers sync.WaitGroup
		for range rapid.IntRange(1, 4).Draw(rt, "callers") {
			callers.Go(func() {
				_, err := kind.submit(w, ctx, n)
				if err != nil && !errors.Is(err, errKilled) && !errors.Is(err, idem.ErrKeyInFlight) {
					rt.Errorf("submit: %v", err)
				}
			})
		}
		callers.Wait()
		w.App.FailAt(func(string) error { return nil })
		w.Customer.Before, w.Customer.After, w.Customer.BeforeDeed, w.Customer.AfterDeed = nil, nil, nil, nil
		s, err := kind.submit(w, ctx, n)
		if err != nil || s.State != records.Booked {
			rt.Fatalf("%s, %v; want BOOKED", s.State, err)
		}
		made, booked := kind.made(w, s), w.booked(s.SubscriptionID)
		stored, err := w.App.ListSubmissions(as(anna), app.SubmissionFilter{SubscriptionID: s.SubscriptionID}, "", 10)
		if err != nil || made != 1 || len(booked) != 1 || len(stored) != 1 {
			rt.Fatalf("%d made of it in the contract, %d booked, %d submissions, %v; want one of each", made, len(booked), len(stored), err)
		}
	})
}

// kinds are the submissions that the n-th round of the law may repeat, and how
// often the contract has what one booked.
var kinds = []struct {
	name   string
	submit func(w *world, ctx context.Context, n int) (records.Submission, error)
	made   func(*world, records.Submission) int
}{
	{"renewal", func(w *world, ctx context.Context, n int) (records.Submission, error) {
		return w.App.SubmitRenewal(ctx, order(fmt.Sprintf("rnw_law%d_20260401", n)))
	}, func(w *world, s records.Submission) int { return w.Customer.Terms(s.SubscriptionID, due) }},
	{"order", func(w *world, ctx context.Context, n int) (records.Submission, error) {
		return w.App.SubmitOrder(ctx, harbour(func(o *app.NewOrder) { o.Domain = fmt.Sprintf("law%d.example", n) }))
	}, func(w *world, s records.Submission) int { return w.Customer.Terms(s.SubscriptionID, today) }},
	{"change of seats", func(w *world, ctx context.Context, n int) (records.Submission, error) {
		return w.App.SubmitSeatChange(ctx, app.NewSeats{SubscriptionID: fmt.Sprintf("sub_law%d", n), Seats: 250})
	}, func(w *world, s records.Submission) int {
		return int(w.Customer.Get(s.SubscriptionID).GetSeats()-200) / 50
	}},
}

func trouble(mu *sync.Mutex, next *int, troubles []string, kind string) error {
	mu.Lock()
	defer mu.Unlock()
	if *next < len(troubles) {
		now := troubles[*next]
		if now == "" || now == kind {
			*next++
		}
		if now == kind {
			return errors.New("the connection broke")
		}
	}
	return nil
}
