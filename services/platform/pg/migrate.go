package pg

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"go.uber.org/zap"
)

//go:embed schema/*.sql
var schema embed.FS

// CommonSchema holds the migrations of what every service has: idempotency
// keys, events, feed positions, and the functions of the partners' wall.
// Migrate applies it by itself.
var CommonSchema = mustSub(schema, "schema")

const (
	lockNotAvailable = "55P03"
	// A statement that waits longer for its table's lock than this makes
	// everybody queue up behind it.
	lockTimeout   = "2s"
	lockAttempts  = 5
	commonVersion = "platform_migrations"
	ownVersion    = "schema_migrations"
)

// Migrate brings the database up to date, as its owner: first the common
// schema, then the service's own migrations, which are goose's SQL files. Of
// several processes that start at once, one migrates and the others wait. A
// migration that cannot get its lock within two seconds is tried again a few
// times; each is a transaction of its own, so nothing is left half-done.
func Migrate(ctx context.Context, ownerURL string, migrations fs.FS, log *zap.Logger) error {
	cfg, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return fmt.Errorf("database for the owner role: %w", err)
	}
	setDefaults(cfg)
	cfg.RuntimeParams["lock_timeout"] = lockTimeout
	db := stdlib.OpenDB(*cfg)
	defer func() { _ = db.Close() }() // its connections are idle by then
	if err := apply(ctx, db, CommonSchema, commonVersion, log); err != nil {
		return fmt.Errorf("common schema: %w", err)
	}
	if err := apply(ctx, db, migrations, ownVersion, log); err != nil {
		return err
	}
	return hideVersions(ctx, db)
}

func apply(ctx context.Context, db *sql.DB, migrations fs.FS, table string, log *zap.Logger) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600)) // every second, for ten minutes
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithTableName(table), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		done, err := provider.Up(ctx)
		for _, m := range done {
			log.Info("migration applied", zap.String("file", m.Source.Path), zap.Duration("duration", m.Duration))
		}
		if err == nil || code(err) != lockNotAvailable || attempt == lockAttempts || !pause(ctx, attempt) {
			return err
		}
	}
}

// hideVersions takes back what the default privileges gave away.
func hideVersions(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `
		DO $$
		DECLARE
			versions regclass;
		BEGIN
			FOREACH versions IN ARRAY ARRAY[to_regclass('platform_migrations'), to_regclass('schema_migrations')] LOOP
				IF versions IS NOT NULL THEN
					EXECUTE format('REVOKE ALL ON %s FROM %I, %I', versions, holdfast_role('app'), holdfast_role('system'));
				END IF;
			END LOOP;
		END
		$$`)
	return err
}

func mustSub(root fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(root, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return sub
}
