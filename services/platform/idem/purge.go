package idem

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// purgeBatch keeps each deletion short.
const purgeBatch = 10_000

// Purge deletes the answers that expired before the given time, 10,000 in a
// transaction, and returns their number.
func Purge(ctx context.Context, db *pg.DB, before time.Time) (purged int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	for {
		var batch int64
		err := db.InTx(ctx, func(tx pgx.Tx) (err error) {
			batch, err = purge(ctx, tx, before)
			return err
		})
		purged += int(batch)
		if err != nil || batch < purgeBatch {
			return purged, err
		}
	}
}

func purge(ctx context.Context, tx pgx.Tx, before time.Time) (int64, error) {
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
