package events

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// tailBatch is the most that Tail delivers at once.
const tailBatch = 500

// Tail delivers the events after a position, in order and without end, and
// looks for new ones every poll. It reads in the system scope, whatever that of
// ctx is: the feed is for services. It returns the first error of deliver or of
// the database, or that of ctx.
func Tail(ctx context.Context, db *pg.DB, after int64, poll time.Duration, deliver func([]Event) error) error {
	reader := pg.WithScope(ctx, pg.System())
	for {
		var batch []Event
		err := db.InReadTx(reader, func(tx pgx.Tx) (err error) {
			batch, err = List(reader, tx, after, tailBatch)
			return err
		})
		if err != nil {
			return err
		}
		if len(batch) > 0 {
			if err := deliver(batch); err != nil {
				return err
			}
			after = batch[len(batch)-1].Position
		}
		if len(batch) == 0 && !sleep(ctx, poll) {
			return ctx.Err()
		}
	}
}
