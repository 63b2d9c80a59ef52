package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// Each statement sees what is committed; what must not change is locked.
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED"
	// A reader sees one moment, however many statements it takes.
	beginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

	maxAttempts = 5
	firstPause  = 5 * time.Millisecond
	rollback    = 5 * time.Second
)

var errConnectionLost = errors.New("the connection to the database was lost before COMMIT")

// InTx runs fn in one transaction, confined to the scope of ctx, and commits
// it unless fn returns an error, which InTx returns as it is.
//
// When the database rolled the transaction back through no fault of fn
// (serialization failure, deadlock, a connection lost before COMMIT), fn runs
// again, up to five times in all; so fn resets what it fills and calls no
// network. When the answer to COMMIT is lost, nobody knows: InTx returns
// ErrCommitUnknown, unless fn declared itself [Repeatable].
//
// InTx does not nest: fn uses tx alone.
func (db *DB) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return db.persist(ctx, beginWrite, fn)
}

// InReadTx runs fn in a transaction that reads one moment and cannot write. It
// may run fn again as InTx does.
func (db *DB) InReadTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return db.persist(ctx, beginRead, fn)
}

func (db *DB) persist(ctx context.Context, begin string, fn func(tx pgx.Tx) error) error {
	scope := ScopeFrom(ctx)
	setting, err := scope.setting()
	if err != nil {
		return err
	}
	pool := db.app
	if scope.system {
		pool = db.system
	}
	for attempt := 1; ; attempt++ {
		again, err := once(ctx, pool, begin+setting+db.time(), &unit{reading: begin == beginRead}, fn)
		if err == nil || !again || attempt == maxAttempts || !pause(ctx, attempt) {
			return err
		}
	}
}

// time is the SQL that tells the transaction what the configured clock says; it
// travels with BEGIN too.
func (db *DB) time() string {
	if db.clock == nil {
		return ""
	}
	return "; SET LOCAL holdfast.now = '" + db.clock().UTC().Format(time.RFC3339Nano) + "'"
}

// pause waits longer before each attempt, by chance, so that those who
// collided do not meet again. It returns false when ctx ended meanwhile.
func pause(ctx context.Context, attempt int) bool {
	wait := time.NewTimer(rand.N(firstPause << attempt))
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}

// once makes one attempt with u and reports whether another is right.
func once(ctx context.Context, pool *pgxpool.Pool, begin string, u *unit, fn func(tx pgx.Tx) error) (again bool, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release() // closes it if a panic left the transaction open
	tx, err := conn.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return rolledBack(ctx, conn.Conn(), err), fmt.Errorf("begin: %w", err)
	}
	u.Tx = tx
	if err := fn(u); err != nil {
		again := rolledBack(ctx, conn.Conn(), err)
		abandon(ctx, conn.Conn(), tx, err)
		return again, err
	}
	return u.commit(ctx)
}

// abandon rolls tx back, even when ctx has ended. Of a server that turned
// read-only the connection is dropped: the next one may find the new primary.
func abandon(ctx context.Context, conn *pgx.Conn, tx pgx.Tx, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollback)
	defer cancel()
	_ = tx.Rollback(ctx) // a failure closes the connection, which rolls back too
	if code(cause) == readOnlyTransaction {
		_ = conn.Close(ctx)
	}
}

// commit sends what fn left for the end together with COMMIT, in one round trip.
func (u *unit) commit(ctx context.Context) (again bool, err error) {
	conn := u.Tx.Conn()
	if err := unsent(ctx, conn); err != nil {
		abandon(ctx, conn, u.Tx, err)
		return rolledBack(ctx, conn, err), err
	}
	err = u.sendCommit(ctx)
	switch {
	case err == nil:
		return false, nil
	case uncommitted(conn, err):
		again := rolledBack(ctx, conn, err)
		abandon(ctx, conn, u.Tx, err)
		return again, u.explain(err)
	default:
		_ = conn.Close(context.WithoutCancel(ctx)) // nothing is left to say on it
		if u.reading {
			return ctx.Err() == nil, err
		}
		return u.repeatable && ctx.Err() == nil, errors.Join(ErrCommitUnknown, err)
	}
}

// unsent returns an error when COMMIT cannot even be sent.
func unsent(ctx context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() {
		return errConnectionLost
	}
	return ctx.Err()
}
