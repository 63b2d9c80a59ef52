// Package pg is a service's way to its PostgreSQL database: pools, transactions
// and migrations.
//
// A service has three roles. The owner runs the migrations. A transaction for a
// partner's caller runs as the app role, and row-level security shows it the
// rows of the partners in its [Scope] and no others. Everything else (jobs,
// feeds, the vendor's own people) runs as the system role. Which of the two it
// is, the context says; where it says nothing, a transaction sees no rows.
package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// ErrRoleSeesAll is returned for an app or system role that row-level security
// does not bind: a superuser, or one with BYPASSRLS.
var ErrRoleSeesAll = errors.New("the database role is not bound by row-level security")

// Config says how to reach the database in each role. The owner's URL is for
// [Migrate] only. With several hosts in a URL, target_session_attrs=read-write
// belongs there too. MaxConns is per pool, 10 if it is 0. With a
// TracerProvider every statement is a span. With a Clock every transaction
// finds that clock's time in holdfast.now, which a schema that compares with
// the time may read; without one it is not set, and the database's own holds.
type Config struct {
	OwnerURL, AppURL, SystemURL string
	MaxConns                    int32
	TracerProvider              trace.TracerProvider
	Clock                       func() time.Time
}

// DB is the database of one service.
type DB struct {
	app, system *pgxpool.Pool
	clock       func() time.Time // nil for the database's own
}

// Open connects both roles and returns ErrRoleSeesAll for one with more rights
// than it should have.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	app, err := openPool(ctx, cfg.AppURL, cfg)
	if err != nil {
		return nil, fmt.Errorf("database for the app role: %w", err)
	}
	system, err := openPool(ctx, cfg.SystemURL, cfg)
	if err != nil {
		app.Close()
		return nil, fmt.Errorf("database for the system role: %w", err)
	}
	return &DB{app: app, system: system, clock: cfg.Clock}, nil
}

// Close waits for the transactions under way and closes all connections.
func (db *DB) Close() {
	db.app.Close()
	db.system.Close()
}

// Ping reports whether both roles can reach the database.
func (db *DB) Ping(ctx context.Context) error {
	return errors.Join(db.app.Ping(ctx), db.system.Ping(ctx))
}

// SystemPool is for what brings its own transactions: the job queue and the
// sequencer. It sees every partner's rows.
func (db *DB) SystemPool() *pgxpool.Pool { return db.system }

// Pools returns both pools by role, for metrics.
func (db *DB) Pools() map[string]*pgxpool.Pool {
	return map[string]*pgxpool.Pool{"app": db.app, "system": db.system}
}

func openPool(ctx context.Context, url string, cfg Config) (*pgxpool.Pool, error) {
	parsed, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	parsed.MaxConns = cfg.MaxConns
	if parsed.MaxConns == 0 {
		parsed.MaxConns = 10
	}
	if cfg.TracerProvider != nil {
		parsed.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(cfg.TracerProvider))
	}
	setDefaults(parsed.ConnConfig)
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if err := bound(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// setDefaults adds what the URL leaves open. A transaction that hangs between
// statements would hold its locks for ever.
func setDefaults(cfg *pgx.ConnConfig) {
	for name, value := range map[string]string{
		"application_name":                    "holdfast",
		"timezone":                            "UTC",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := cfg.RuntimeParams[name]; !set {
			cfg.RuntimeParams[name] = value
		}
	}
}

// bound returns ErrRoleSeesAll unless row-level security holds for the pool's role.
func bound(ctx context.Context, pool *pgxpool.Pool) error {
	var role string
	var seesAll bool
	err := pool.QueryRow(ctx, `
		SELECT rolname, rolsuper OR rolbypassrls
		FROM pg_roles
		WHERE rolname = current_user`).Scan(&role, &seesAll)
	if err != nil {
		return err
	}
	if seesAll {
		return fmt.Errorf("%w: %s is a superuser or has BYPASSRLS", ErrRoleSeesAll, role)
	}
	return nil
}
