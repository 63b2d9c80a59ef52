// Package postgres holds every SQL statement of the partner service, next to
// the method that runs it.
//
// Row-level security confines a partner's caller to its own rows, so no
// statement repeats that. Refusals by the database come back as the refusal of
// the rule that the constraint guards.
package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// DB opens transactions.
type DB struct {
	db *pg.DB
}

// New returns the statements of db.
func New(db *pg.DB) *DB { return &DB{db} }

// InTx runs fn in one transaction, as [pg.DB.InTx] does: perhaps more than once.
func (d *DB) InTx(ctx context.Context, fn func(*Store) error) error {
	return d.db.InTx(ctx, func(tx pgx.Tx) error { return fn(&Store{tx}) })
}

// InReadTx runs fn in a transaction that can't write.
func (d *DB) InReadTx(ctx context.Context, fn func(*Store) error) error {
	return d.db.InReadTx(ctx, func(tx pgx.Tx) error { return fn(&Store{tx}) })
}

// Tail delivers events after a position as they come, as [events.Tail] does.
func (d *DB) Tail(ctx context.Context, after int64, poll time.Duration, deliver func([]events.Event) error) error {
	return events.Tail(ctx, d.db, after, poll, deliver)
}

// Store is one transaction.
type Store struct {
	tx pgx.Tx
}

// Tx is the transaction itself, for what the platform stores in it.
func (s *Store) Tx() pgx.Tx { return s.tx }

// one runs a statement that finds one row or none, for which it returns missing.
func one[T any](ctx context.Context, s *Store, missing error, scan pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectExactlyOneRow returns the error
	return exactly(rows, missing, scan)
}

func exactly[T any](rows pgx.Rows, missing error, scan pgx.RowToFunc[T]) (T, error) {
	found, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, missing
	}
	return found, err
}

// all runs a statement that finds any number of rows.
func all[T any](ctx context.Context, s *Store, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	return pgx.CollectRows(rows, scan)
}

// instant scans a timestamptz, where NULL is the zero time.
func instant(t *time.Time) *zeronull.Timestamptz { return (*zeronull.Timestamptz)(t) }
