package pg_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// sample has one table of partners' rows and one of everybody's.
var sample = pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{"00001_deals.sql": {Data: []byte(`
-- +goose Up
CREATE TABLE deals (
    partner_id text NOT NULL,
    deal       text NOT NULL,
    CONSTRAINT deals_one_per_name PRIMARY KEY (partner_id, deal)
);
CALL holdfast_wall('deals');
CREATE TABLE counters (
    name  text   NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT counters_pkey PRIMARY KEY (name),
    CONSTRAINT counters_not_negative CHECK (value >= 0)
);
INSERT INTO counters (name, value) VALUES ('a', 0), ('b', 0);
`)}}}

func addDeal(t *testing.T, db *pg.DB, partner, deal string) {
	t.Helper()
	ctx := pg.WithScope(t.Context(), pg.System())
	if err := db.InTx(ctx, insertDeal(ctx, partner, deal)); err != nil {
		t.Fatal(err)
	}
}

func insertDeal(ctx context.Context, partner, deal string) func(pgx.Tx) error {
	return func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO deals (partner_id, deal) VALUES ($1, $2)", partner, deal)
		return err
	}
}

func deals(ctx context.Context, db *pg.DB) (found []string, err error) {
	err = db.InReadTx(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, "SELECT deal FROM deals ORDER BY deal")
		found, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return found, err
}

func TestScope_ShowsEachCallerItsOwnRows(t *testing.T) {
	db := pgtest.New(t, sample)
	for _, partner := range []string{"softcat", "kiwi-it", "direct"} {
		addDeal(t, db, partner, partner+"'s")
	}
	tests := map[string]struct {
		ctx  context.Context
		want []string
	}{
		"a partner":                     {pg.WithScope(t.Context(), pg.Partner("softcat")), []string{"softcat's"}},
		"a partner that absorbed one":   {pg.WithScope(t.Context(), pg.Partner("softcat", "kiwi-it")), []string{"kiwi-it's", "softcat's"}},
		"the system":                    {pg.WithScope(t.Context(), pg.System()), []string{"direct's", "kiwi-it's", "softcat's"}},
		"a partner without ids":         {pg.WithScope(t.Context(), pg.Partner()), []string{}},
		"a context that says nothing":   {t.Context(), []string{}},
		"a partner with the id of NULL": {pg.WithScope(t.Context(), pg.Partner("NULL")), []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found, err := deals(test.ctx, db)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("deals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScope_RefusesToWriteAnothersRows(t *testing.T) {
	db := pgtest.New(t, sample)
	addDeal(t, db, "kiwi-it", "renewal")
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))

	if err := db.InTx(ctx, insertDeal(ctx, "kiwi-it", "theft")); err == nil {
		t.Error("a partner wrote a row of another")
	}
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "UPDATE deals SET deal = 'gone'")
		if tag.RowsAffected() != 0 {
			t.Errorf("a partner changed %d rows of another", tag.RowsAffected())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestScope_HidesOtherCallersAnswersAndTheWholeFeed(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
	for _, table := range []string{"events", "feed_positions", "schema_migrations", "platform_migrations"} {
		err := db.InReadTx(ctx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT FROM "+table)
			return err
		})
		if err == nil {
			t.Errorf("a partner's caller reads %s", table)
		}
	}
}

func TestScope_RefusesIdsThatAreNone(t *testing.T) {
	db := pgtest.New(t, sample)
	for _, id := range []string{"", "a,b", `a"`, "a'; RESET ALL --", "a}", "ä"} {
		if _, err := deals(pg.WithScope(t.Context(), pg.Partner(id)), db); !errors.Is(err, pg.ErrScope) {
			t.Errorf("id %q: error %v, want ErrScope", id, err)
		}
	}
}

// Connections are reused at once by callers of other partners; none may see
// what the one before it saw, and a transaction that fails leaves nothing either.
func TestScope_NeverLeaksThroughThePool(t *testing.T) {
	cfg := pgtest.Config(t, sample)
	cfg.MaxConns = 2
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	partners := []string{"one", "two", "three", "four"}
	for _, partner := range partners {
		addDeal(t, db, partner, partner)
	}
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for round := range 50 {
				mine := partners[(i+round)%len(partners)]
				if err := look(pg.WithScope(t.Context(), pg.Partner(mine)), db, mine); err != nil {
					t.Error(err)
				}
				if err := look(t.Context(), db); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
}

var errGivenUp = errors.New("given up")

// look reads in a transaction that is then given up, and returns an error when
// it saw anything but want.
func look(ctx context.Context, db *pg.DB, want ...string) (wrong error) {
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, "SELECT deal FROM deals")
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err == nil && !slices.Equal(found, want) {
			wrong = fmt.Errorf("%s sees %v", pg.ScopeFrom(ctx), found)
		}
		return errors.Join(err, errGivenUp)
	})
	if !errors.Is(err, errGivenUp) {
		return err
	}
	return wrong
}

func TestOpen_RefusesARoleThatSeesEverything(t *testing.T) {
	cfg := pgtest.Config(t, sample)
	cfg.AppURL = pgtest.Server(t).URL("postgres", pgtest.DatabaseOf(cfg.AppURL))
	if _, err := pg.Open(t.Context(), cfg); !errors.Is(err, pg.ErrRoleSeesAll) {
		t.Errorf("error %v, want ErrRoleSeesAll", err)
	}
}
