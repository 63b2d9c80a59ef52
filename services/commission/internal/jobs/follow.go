package jobs

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// waitPause follows a failure: customer or partner is not up yet, or has no code
// of practice.
const waitPause = time.Second

// follow projects customer's feed until ctx ends: it pulls what there is, then
// watches for more. Nothing is skipped: what fails is tried again.
func (q *Queue) follow(ctx context.Context) {
	position, failing := app.BookStart, false
	for {
		reached, more, err := q.app.PullBook(ctx, position)
		position = reached
		if err == nil && !more {
			err = q.await(ctx, position)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing: // once, and not every second
			q.log.Warn("the book can't be brought up to date; trying on", zap.Error(err))
		case err == nil && failing:
			q.log.Info("the book is brought up to date again", zap.Int64("position", position))
		}
		failing = err != nil
		if failing && !sleep(ctx, waitPause) {
			return
		}
	}
}

// await waits for news of the feed. That the stream ends, as streams do when the
// other side restarts, is a reason to look again and no failure.
func (q *Queue) await(ctx context.Context, position int64) error {
	err := q.app.AwaitBook(ctx, position)
	if errors.Is(err, rpcerr.Unavailable) && sleep(ctx, waitPause) {
		return nil
	}
	return err
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
