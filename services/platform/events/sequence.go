package events

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"
)

const (
	// sequencerLock is the advisory lock of whoever stamps positions.
	sequencerLock = 0x686f6c64_66617374
	// stampBatch bounds a pass, so that a large import does not hold up what
	// comes after it.
	stampBatch = 5000

	idlePause  = 50 * time.Millisecond
	errorPause = time.Second
)

// Sequence stamps committed events until ctx ends. Every replica runs it; one
// at a time does the work. pool is the system pool. An error is logged and the
// pass tried again.
func Sequence(ctx context.Context, pool *pgxpool.Pool, log *zap.Logger) {
	for {
		stamped, err := SequenceOnce(ctx, pool)
		wait := idlePause
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("sequencing events failed", zap.Error(err))
			wait = errorPause
		case stamped == stampBatch:
			continue // there is more
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

// SequenceOnce makes one pass and returns the number of events that got their
// position: none while another process is at it.
func SequenceOnce(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var ours bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(sequencerLock)).Scan(&ours); err != nil || !ours {
			return err
		}
		// A statement of its own, so that it sees what the last holder of the lock
		// stamped. Ids order what it finds: a resource is locked when its event
		// takes one.
		tag, err := tx.Exec(ctx, `
			WITH unsequenced AS (
				SELECT id
				FROM events
				WHERE position IS NULL
				ORDER BY id
				LIMIT $1
			), stamps AS (
				SELECT id, (SELECT coalesce(max(position), 0) FROM events) + row_number() OVER (ORDER BY id) AS position
				FROM unsequenced
			)
			UPDATE events
			SET position = stamps.position
			FROM stamps
			WHERE events.id = stamps.id`, stampBatch)
		n = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("stamp events: %w", err)
	}
	return n, nil
}

// sleep returns false when ctx ended before the time was over.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
