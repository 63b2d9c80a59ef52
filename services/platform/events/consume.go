package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrPositionBehind is returned by SavePosition for a position below the one
// that is stored: effects would be applied twice.
var ErrPositionBehind = errors.New("the feed was consumed further already")

// LoadPosition returns how far this service has consumed feed, 0 for one it
// has not begun, and locks it until tx ends: of two replicas with the same
// events, the second waits, finds the position moved and skips what is done.
//
//	position, err := events.LoadPosition(ctx, tx, "customer")
//	// apply the events above position, in tx
//	err = events.SavePosition(ctx, tx, "customer", last)
func LoadPosition(ctx context.Context, tx pgx.Tx, feed string) (int64, error) {
	var position int64
	err := tx.QueryRow(ctx, `
		INSERT INTO feed_positions (feed, position)
		VALUES ($1, 0)
		ON CONFLICT (feed) DO UPDATE
		SET position = feed_positions.position
		RETURNING position`, feed).Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("load position of feed %s: %w", feed, err)
	}
	return position, nil
}

// SavePosition stores how far feed has been consumed, in the transaction of the
// effects. It returns ErrPositionBehind for a step backwards.
func SavePosition(ctx context.Context, tx pgx.Tx, feed string, position int64) error {
	tag, err := tx.Exec(ctx, `
		INSERT INTO feed_positions (feed, position)
		VALUES ($1, $2)
		ON CONFLICT (feed) DO UPDATE
		SET position = excluded.position, update_time = now()
		WHERE feed_positions.position <= excluded.position`, feed, position)
	if err != nil {
		return fmt.Errorf("save position %d of feed %s: %w", position, feed, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("feed %s, position %d: %w", feed, position, ErrPositionBehind)
	}
	return nil
}
