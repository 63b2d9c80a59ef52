package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
)

const (
	followPause = 200 * time.Millisecond
	// waitPause follows a failure: customer or partner is not up yet, or has no
	// code of practice.
	waitPause = time.Second
)

// follow projects customer's feed until ctx ends. Nothing is skipped: what
// fails is tried again.
func (q *Queue) follow(ctx context.Context) {
	position, failing := app.BookStart, false
	for {
		reached, more, err := q.app.PullBook(ctx, position)
		position = reached
		pause := followPause
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = waitPause
			if !failing { // once, and not every second
				q.log.Warn("the book can't be brought up to date; trying on", zap.Error(err))
			}
		case failing:
			q.log.Info("the book is brought up to date again", zap.Int64("position", position))
		}
		failing = err != nil
		if more && err == nil {
			continue
		}
		if !sleep(ctx, pause) {
			return
		}
	}
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
