package postgres

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// MigrateQueue brings the job queue's tables up to date, as the owner. It comes
// after the service's own migrations. Both roles may add jobs; only the system
// role works them.
func MigrateQueue(ctx context.Context, ownerURL string) error {
	pool, err := pgxpool.New(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("database for the owner role: %w", err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	// Whoever comes second waits, and finds nothing to do.
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('holdfast job queue'))"); err != nil {
			return fmt.Errorf("job queue: %w", err)
		}
		if _, err := migrator.MigrateTx(ctx, tx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("job queue: %w", err)
		}
		if _, err := tx.Exec(ctx, wallQueue); err != nil {
			return fmt.Errorf("privileges of the job queue: %w", err)
		}
		return nil
	})
}

// wallQueue lets the app role add a job and nothing else. It may read jobs only
// because adding one returns it; they hold nothing but ids.
const wallQueue = `
	DO $$
	DECLARE
		app    text := holdfast_role('app');
		system text := holdfast_role('system');
	BEGIN
		EXECUTE format('REVOKE ALL ON river_job, river_leader, river_migration, river_notification, river_queue FROM %I', app);
		EXECUTE format('REVOKE ALL ON river_migration FROM %I', system);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE (kind) ON river_job TO %I', app);
	END
	$$`
