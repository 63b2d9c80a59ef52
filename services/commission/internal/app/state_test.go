package app_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/commissiontest"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// TestLaw_TheDatabaseAndTheRulesAgreeOnTheState generates facts, writes them to
// the tables, and compares the list's expression with the rules.
func TestLaw_TheDatabaseAndTheRulesAgreeOnTheState(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	dueDate, err := calendar.ParseDate(due)
	must(t, err)
	seen := map[renewal.State]int{}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		f := commissiontest.DrawFacts(rt)
		w.At(dueDate.AddDays(f.Today).Time().Add(12 * 3600e9))
		must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
			return f.Write(ctx, tx, dueDate, n)
		}))
		got, err := w.App.GetRenewal(as(anna), commissiontest.RoundID(n))
		must(t, err)
		zone, err := calendar.LoadZone(f.Zone)
		must(t, err)
		day := calendar.DateOf(*w.Now.Load(), zone)
		if want := got.Facts().StateOn(day); got.State != want || got.Today != day {
			rt.Errorf("on %s the database says %s (on %s), the rules %s: %+v", day, got.State, got.Today, want, got.Facts())
		}
		seen[got.State]++
	})
	if len(seen) < 9 {
		t.Errorf("only the states %v occurred", seen)
	}
}
