package pg

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrCommitUnknown is returned when the connection was lost while COMMIT was
// under way. The transaction may or may not have happened: look before you
// repeat it.
var ErrCommitUnknown = errors.New("the answer to COMMIT was lost")

// SQLSTATEs that decide whether a transaction is run again.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	readOnlyTransaction  = "25006"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	featureNotSupported  = "0A000"
)

// Constraint returns the name of the constraint that err says was violated, or "".
func Constraint(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.ConstraintName
	}
	return ""
}

func code(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// rolledBack reports that a transaction which was not committed failed for a
// reason that may be gone the next time.
func rolledBack(ctx context.Context, conn *pgx.Conn, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	switch code(err) {
	case serializationFailure, deadlockDetected, readOnlyTransaction, adminShutdown, crashShutdown, cannotConnectNow:
		return true
	case featureNotSupported:
		return isStalePlan(err)
	}
	return conn.IsClosed()
}

// isStalePlan recognizes a cached statement whose table a migration changed;
// pgx prepares it anew the next time.
func isStalePlan(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Routine == "RevalidateCachedQuery"
}

// uncommitted reports that err, the answer to COMMIT, proves that nothing was
// committed. Two proofs are none: a FATAL error, which the server sends also
// when it is shut down just after committing, and pgconn.SafeToRetry, which
// pgx 5.12 grants also to a connection lost after sending.
func uncommitted(conn *pgx.Conn, err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.SeverityUnlocalized == "ERROR"
	}
	return errors.Is(err, pgx.ErrTxCommitRollback) || !conn.IsClosed()
}
