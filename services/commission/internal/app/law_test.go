package app_test

import (
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
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		id := fmt.Sprintf("sub_law%d", n)
		w.subscribe(id)
		o := order(fmt.Sprintf("rnw_law%d_20260401", n))
		ctx := keyed(softcat, id, o)
		troubles := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "lost", "away", app.Steps[1], app.Steps[3], app.Steps[6], app.Steps[7]}), 2, 6).Draw(rt, "troubles")
		var mu sync.Mutex
		next := 0
		w.app.FailAt(func(step string) error {
			mu.Lock()
			defer mu.Unlock()
			if next < len(troubles) && troubles[next] == step {
				next++
				return errKilled
			}
			return nil
		})
		w.customer.before = func(*customerv1.RenewSubscriptionRequest) error { return trouble(&mu, &next, troubles, "away") }
		w.customer.after = func(*customerv1.RenewSubscriptionRequest) error { return trouble(&mu, &next, troubles, "lost") }
		var callers sync.WaitGroup
		for range rapid.IntRange(1, 4).Draw(rt, "callers") {
			callers.Go(func() {
				_, err := w.app.SubmitRenewal(ctx, o)
				if err != nil && !errors.Is(err, errKilled) && !errors.Is(err, idem.ErrKeyInFlight) {
					rt.Errorf("submit: %v", err)
				}
			})
		}
		callers.Wait()
		w.app.FailAt(func(string) error { return nil })
		w.customer.before, w.customer.after = nil, nil
		s, err := w.app.SubmitRenewal(ctx, o)
		if err != nil || s.State != records.Booked {
			rt.Fatalf("%s, %v; want BOOKED", s.State, err)
		}
		if terms, booked := w.customer.terms(id, due), w.booked(id); terms != 1 || len(booked) != 1 || len(w.submissions(o.RenewalID)) != 1 {
			rt.Fatalf("%d terms, %d booked, %d submissions; want one of each", terms, len(booked), len(w.submissions(o.RenewalID)))
		}
	})
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
