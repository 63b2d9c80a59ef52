package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Migrate brings the job queue's tables up to date, as the owner. It comes
// after the service's own migrations. Both roles may add jobs; only the system
// role works them.
func Migrate(ctx context.Context, ownerURL string) error {
	pool, err := pgxpool.New(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("database for the owner role: %w", err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	// Whoever comes second waits, and finds nothing to do. Each version is a
	// transaction of its own, as later ones use what earlier ones have added to
	// a type.
	return alone(ctx, pool, func(conn *pgxpool.Conn) error {
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("job queue: %w", err)
		}
		if _, err := conn.Exec(ctx, wallQueue); err != nil {
			return fmt.Errorf("privileges of the job queue: %w", err)
		}
		return nil
	})
}

// alone runs migrate while no other process does, on whatever machine.
func alone(ctx context.Context, pool *pgxpool.Pool, migrate func(*pgxpool.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("database for the owner role: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext('holdfast job queue'))"); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	err = migrate(conn)
	_, unlocked := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtext('holdfast job queue'))")
	return errors.Join(err, unlocked)
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
