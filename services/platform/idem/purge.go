package idem

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// purgeBatch keeps each deletion short.
const purgeBatch = 10_000

// Purge deletes answers that expired before the given time, at most 10,000 of
// them, and returns their number. It needs the system scope.
func Purge(ctx context.Context, tx pgx.Tx, before time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `
		DELETE FROM idempotency_keys
		WHERE (caller, request_id) IN (
			SELECT caller, request_id
			FROM idempotency_keys
			WHERE expire_time < $1
			ORDER BY expire_time
			LIMIT $2
		)`, before, purgeBatch)
	if err != nil {
		return 0, fmt.Errorf("purge idempotency keys: %w", err)
	}
	return tag.RowsAffected(), nil
}
