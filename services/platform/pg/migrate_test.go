package pg_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestMigrate_ByManyAtOnceHappensOnce(t *testing.T) {
	cfg := pgtest.Empty(t, "sample")
	var replicas sync.WaitGroup
	for range 3 {
		replicas.Go(func() {
			if err := pg.Migrate(t.Context(), cfg.OwnerURL, sample.Migrations, zap.NewNop()); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := counter(t, db, "a"); got != 0 {
		t.Errorf("counter %d, want 0", got)
	}
}

func TestMigrate_LeavesNothingOfAMigrationThatFails(t *testing.T) {
	cfg := pgtest.Config(t, sample)
	next := fstest.MapFS{
		"00001_deals.sql": sample.Migrations.(fstest.MapFS)["00001_deals.sql"],
		"00002_wrong.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (id bigint);\nSELECT 1 / 0;\n")},
	}
	if err := pg.Migrate(t.Context(), cfg.OwnerURL, next, zap.NewNop()); err == nil {
		t.Fatal("a wrong migration passed")
	}
	next["00002_wrong.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (id bigint);\n")}
	if err := pg.Migrate(t.Context(), cfg.OwnerURL, next, zap.NewNop()); err != nil {
		t.Errorf("the corrected migration: %v", err)
	}
}

func TestMigrate_RefusesARoleThatIsNoOwner(t *testing.T) {
	cfg := pgtest.Empty(t, "sample")
	superuser := pgtest.Server(t).URL("postgres", pgtest.DatabaseOf(cfg.OwnerURL))
	if err := pg.Migrate(t.Context(), superuser, sample.Migrations, zap.NewNop()); err == nil {
		t.Error("a superuser's tables would have the wrong owner, but the migration passed")
	}
}

// A statement that a migration made stale fails once on a connection that has
// it cached; the transaction runs again and never shows it.
func TestInTx_SurvivesAMigrationUnderLoad(t *testing.T) {
	cfg := pgtest.Config(t, sample)
	cfg.MaxConns = 1
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx := system(t)
	read := func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, "SELECT c FROM counters AS c WHERE name = 'a'") // the whole row: its type changes
		_, err := pgx.CollectRows(rows, func(pgx.CollectableRow) (struct{}, error) { return struct{}{}, nil })
		return err
	}
	star := func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, "SELECT * FROM counters WHERE name = 'a'")
		_, err := pgx.CollectRows(rows, func(pgx.CollectableRow) (struct{}, error) { return struct{}{}, nil })
		return errors.Join(err, read(tx))
	}
	for _, sql := range []string{"SELECT 1", "ALTER TABLE counters ADD COLUMN note text", "ALTER TABLE counters ADD COLUMN more text"} {
		execAsOwner(t, cfg, sql)
		if err := db.InTx(ctx, star); err != nil {
			t.Errorf("after %s: %v", sql, err)
		}
	}
}

func execAsOwner(t *testing.T, cfg pg.Config, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), cfg.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
