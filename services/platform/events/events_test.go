package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

var sample = pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{"00001_applied.sql": {Data: []byte(`
-- +goose Up
CREATE TABLE applied (resource text NOT NULL, CONSTRAINT applied_once PRIMARY KEY (resource));
`)}}}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func event(resource string) events.Event {
	return events.Event{
		Kind: "deal.created", ResourceID: resource, Revision: 1, Actor: "ann", PartnerID: "softcat",
		OccurredAt: noon, Snapshot: []byte(`{"id": "` + resource + `"}`),
	}
}

func system(t *testing.T) context.Context { return pg.WithScope(t.Context(), pg.System()) }

func appendEvents(ctx context.Context, t *testing.T, db *pg.DB, resources ...string) {
	t.Helper()
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		for _, resource := range resources {
			if err := events.Append(ctx, tx, event(resource)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sequence(t *testing.T, db *pg.DB, want int) {
	t.Helper()
	if n, err := events.SequenceOnce(t.Context(), db.SystemPool()); err != nil || n != want {
		t.Fatalf("%d events stamped, error %v; want %d", n, err, want)
	}
}

func list(t *testing.T, db *pg.DB, after int64) (found []events.Event) {
	t.Helper()
	ctx := system(t)
	err := db.InReadTx(ctx, func(tx pgx.Tx) (err error) {
		found, err = events.List(ctx, tx, after, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// places shows a feed as position and resource.
func places(found []events.Event) []string {
	shown := make([]string, len(found))
	for i, e := range found {
		shown[i] = fmt.Sprint(e.Position, " ", e.ResourceID)
	}
	return shown
}

func TestList_ReturnsWhatWasAppendedOnceItHasAPosition(t *testing.T) {
	db := pgtest.New(t, sample)
	appendEvents(pg.WithScope(t.Context(), pg.Partner("softcat")), t, db, "d1")
	if found := list(t, db, 0); len(found) != 0 {
		t.Errorf("events %v before they have a position", found)
	}
	sequence(t, db, 1)
	want := event("d1")
	want.ID, want.Position = 1, 1
	if diff := cmp.Diff([]events.Event{want}, list(t, db, 0)); diff != "" {
		t.Errorf("feed (-want +got):\n%s", diff)
	}
}

// TestList_EndsAPageBeforeItIsTooLarge: readers refuse large answers, and would
// never get past them.
func TestList_EndsAPageBeforeItIsTooLarge(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	sizes := []int{3 << 20, 1 << 20, 1<<20 - 100, 1 << 20, 10}
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		for i, size := range sizes {
			e := event(fmt.Sprint("d", i))
			e.Snapshot = []byte(`"` + strings.Repeat("x", size) + `"`)
			if err := events.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sequence(t, db, len(sizes))
	var pages []string
	for after := int64(0); after < int64(len(sizes)); {
		found := list(t, db, after)
		pages = append(pages, strings.Join(places(found), ", "))
		after = found[len(found)-1].Position
	}
	want := []string{"1 d0", "2 d1, 3 d2", "4 d3, 5 d4"}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Error(diff)
	}
}

func TestAppend_RefusesAnotherPartnersEvent(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := pg.WithScope(t.Context(), pg.Partner("kiwi-it"))
	err := db.InTx(ctx, func(tx pgx.Tx) error { return events.Append(ctx, tx, event("d1")) })
	if err == nil {
		t.Error("a partner's caller wrote an event of another partner")
	}
	ours := event("customer")
	ours.PartnerID, ours.OccurredAt = "", time.Time{}
	if err := db.InTx(ctx, func(tx pgx.Tx) error { return events.Append(ctx, tx, ours) }); err != nil {
		t.Errorf("an event of no partner: %v", err)
	}
}

// A slow transaction takes its id first and commits last. Reading by id would
// pass it over; reading by position does not, and delivers nothing twice.
func TestList_MissesNothingOfATransactionWithAnEarlierID(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	var feed []string
	read := func() {
		found := list(t, db, int64(len(feed)))
		feed = append(feed, places(found)...)
	}
	err := db.InTx(ctx, func(slow pgx.Tx) error {
		savepoint, err := slow.Begin(ctx) // where an event takes its id at once
		if err != nil {
			return err
		}
		if err := events.Append(ctx, savepoint, event("slow")); err != nil {
			return err
		}
		if err := savepoint.Commit(ctx); err != nil {
			return err
		}
		appendEvents(ctx, t, db, "quick1", "quick2")
		sequence(t, db, 2)
		read()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	appendEvents(ctx, t, db, "later")
	sequence(t, db, 2)
	read()
	sequence(t, db, 0)
	read()
	if diff := cmp.Diff([]string{"1 quick1", "2 quick2", "3 slow", "4 later"}, feed); diff != "" {
		t.Errorf("feed (-want +got):\n%s", diff)
	}
}

func TestSequence_ByManyReplicasStampsDensePositionsOnce(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx, cancel := context.WithCancel(system(t))
	var replicas, writers sync.WaitGroup
	for range 3 {
		replicas.Go(func() { events.Sequence(ctx, db.SystemPool(), zap.NewNop()) })
	}
	for w := range 4 {
		writers.Go(func() {
			for i := range 25 {
				err := db.InTx(ctx, func(tx pgx.Tx) error {
					if err := events.Append(ctx, tx, event(fmt.Sprint(w, "-", i))); err != nil || i%5 != 4 {
						return err
					}
					return errGivenUp // its id is lost, which leaves no hole
				})
				if err != nil && !errors.Is(err, errGivenUp) {
					t.Error(err)
				}
			}
		})
	}
	var seen []events.Event
	err := events.Tail(ctx, db, 0, 5*time.Millisecond, func(batch []events.Event) error {
		if seen = append(seen, batch...); len(seen) == 80 {
			return errGivenUp
		}
		return nil
	})
	if !errors.Is(err, errGivenUp) {
		t.Error(err)
	}
	writers.Wait()
	cancel()
	replicas.Wait()
	last := map[byte]string{}
	for i, e := range seen {
		if e.Position != int64(i+1) {
			t.Errorf("event %d has position %d", i+1, e.Position)
		}
		last[e.ResourceID[0]] = e.ResourceID
	}
	if len(last) != 4 {
		t.Errorf("events of %d writers, want 4", len(last))
	}
}

var errGivenUp = errors.New("given up")

func TestTail_EndsWithItsContext(t *testing.T) {
	db := pgtest.New(t, sample)
	appendEvents(system(t), t, db, "d1")
	sequence(t, db, 1)
	ctx, cancel := context.WithCancel(t.Context())
	err := events.Tail(ctx, db, 0, time.Hour, func([]events.Event) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestAppendAll_KeepsTheOrderOfAnImport(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	const many = 6000 // more than one pass stamps
	all := make([]events.Event, many)
	for i := range all {
		all[i] = event(fmt.Sprint("d", i+1))
		if i%2 == 0 {
			all[i].PartnerID = ""
		}
	}
	if err := db.InTx(ctx, func(tx pgx.Tx) error { return events.AppendAll(ctx, tx, all) }); err != nil {
		t.Fatal(err)
	}
	sequence(t, db, 5000)
	sequence(t, db, 1000)
	if diff := cmp.Diff([]string{"5999 d5999", "6000 d6000"}, places(list(t, db, 5998))); diff != "" {
		t.Errorf("end of the feed (-want +got):\n%s", diff)
	}
}
