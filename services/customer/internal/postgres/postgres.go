// Package postgres holds every SQL statement of the customer service, next to
// the method that runs it. It decides nothing: a violated constraint comes back
// as the refusal of the rule that it guards.
package postgres

import (
	"context"
	"embed"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the service's own, to be applied by pg.Migrate.
func Migrations() fs.FS {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the name is a constant
	}
	return migrations
}

// Store is the service's database. Its methods with a context and without a
// transaction of their own work inside InTx and InReadTx only.
type Store struct {
	db *pg.DB
	tx pgx.Tx
}

// New returns the store of a database.
func New(db *pg.DB) *Store {
	return &Store{db: db}
}

// InTx runs fn in a transaction in the scope of ctx; see pg.DB.InTx.
func (s *Store) InTx(ctx context.Context, fn func(tx *Store) error) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error { return fn(&Store{db: s.db, tx: tx}) })
}

// InReadTx is InTx for what only reads, at one moment.
func (s *Store) InReadTx(ctx context.Context, fn func(tx *Store) error) error {
	return s.db.InReadTx(ctx, func(tx pgx.Tx) error { return fn(&Store{db: s.db, tx: tx}) })
}

// Savepoint runs fn and takes back what it did if it returns an error.
func (s *Store) Savepoint(ctx context.Context, fn func(tx *Store) error) error {
	return pgx.BeginFunc(ctx, s.tx, func(tx pgx.Tx) error { return fn(&Store{db: s.db, tx: tx}) })
}

// Tx is the transaction itself, for idempotency keys and events.
func (s *Store) Tx() pgx.Tx {
	return s.tx
}

// DB is the database itself, for the feed.
func (s *Store) DB() *pg.DB {
	return s.db
}
