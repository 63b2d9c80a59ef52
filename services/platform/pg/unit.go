package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// unit is the transaction that fn gets. Beyond pgx.Tx it remembers what was
// left for the end.
type unit struct {
	pgx.Tx
	last       []Statement
	reading    bool // there is nothing to commit
	repeatable bool
}

// Statement is one that [AtEnd] was given. Refused, if any, turns the error of
// a refusal by the database into the one that InTx returns.
type Statement struct {
	SQL     string
	Args    []any
	Refused func(error) error
}

// AtEnd executes s at the end of the transaction, in the round trip of its
// COMMIT. It is for what nothing in the transaction reads back. A tx that did
// not come from InTx, such as a savepoint, executes s at once.
func AtEnd(ctx context.Context, tx pgx.Tx, s Statement) error {
	if u, ok := tx.(*unit); ok {
		u.last = append(u.last, s)
		return nil
	}
	_, err := tx.Exec(ctx, s.SQL, s.Args...)
	return s.refused(err)
}

// Repeatable declares that running the function of tx once more after it may
// have been committed changes nothing, because it looks first whether it was.
// InTx then does so when the answer to COMMIT is lost.
func Repeatable(tx pgx.Tx) {
	if u, ok := tx.(*unit); ok {
		u.repeatable = true
	}
}

func (s Statement) refused(err error) error {
	if err == nil || s.Refused == nil {
		return err
	}
	return s.Refused(err)
}

// explain gives every statement of the end the chance to put a refusal in its
// own words.
func (u *unit) explain(err error) error {
	for _, s := range u.last {
		err = s.refused(err)
	}
	return err
}

func (u *unit) sendCommit(ctx context.Context) error {
	if len(u.last) == 0 {
		return u.Tx.Commit(ctx)
	}
	var batch pgx.Batch
	for _, s := range u.last {
		batch.Queue(s.SQL, s.Args...)
	}
	var done pgconn.CommandTag
	batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		done = tag
		return nil
	})
	if err := u.Tx.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	if done.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}
