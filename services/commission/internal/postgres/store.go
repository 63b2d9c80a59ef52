// Package postgres is every SQL statement of the commission service, and its
// migrations.
package postgres

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations returns the service's schema as goose's SQL files.
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the folder is a constant
	}
	return sub
}

// Store is the service's database. Its statements run in the transaction that
// InTx or InReadTx gives to its function, and nowhere else.
type Store struct {
	db *pg.DB
	tx pgx.Tx
}

// New returns the store of db.
func New(db *pg.DB) *Store { return &Store{db: db} }

// InTx runs fn in one transaction, confined to the scope of ctx, and commits
// it unless fn returns an error. fn may run more than once, so it resets what
// it fills and makes no network call. InTx does not nest.
func (s *Store) InTx(ctx context.Context, fn func(tx *Store) error) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error { return fn(&Store{db: s.db, tx: tx}) })
}

// InReadTx runs fn in a transaction that sees one moment and cannot write.
func (s *Store) InReadTx(ctx context.Context, fn func(tx *Store) error) error {
	return s.db.InReadTx(ctx, func(tx pgx.Tx) error { return fn(&Store{db: s.db, tx: tx}) })
}

// Tx returns the transaction under way, for the platform's idempotency keys
// and events and for the job queue.
func (s *Store) Tx() pgx.Tx { return s.tx }

// Tail delivers the service's events after a position as they come, until ctx
// ends or deliver returns an error.
func (s *Store) Tail(ctx context.Context, after int64, pause time.Duration, deliver func([]events.Event) error) error {
	return events.Tail(ctx, s.db, after, pause, deliver)
}
