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

// feed is the feed of a service below: what is kept of it, and how to pull what
// there is and to wait for more.
type feed struct {
	keeps string
	pull  func(ctx context.Context, after int64) (position int64, more bool, err error)
	await func(ctx context.Context, position int64) error
}

// forecast is followed like a feed: its news are the changes here, which need no
// position.
func (q *Queue) forecast() feed {
	return feed{
		keeps: "the forecast",
		pull: func(ctx context.Context, after int64) (int64, bool, error) {
			more, err := q.finance.RefreshForecast(ctx)
			return after, more, err
		},
		await: func(ctx context.Context, _ int64) error { return q.finance.AwaitForecast(ctx) },
	}
}

// follow keeps up with a feed until ctx ends: it pulls what there is, then
// watches for more. Nothing is skipped: what fails is tried again.
func (q *Queue) follow(ctx context.Context, f feed) {
	position, failing := app.FeedStart, false
	for {
		reached, more, err := f.pull(ctx, position)
		position = reached
		if err == nil && !more {
			err = f.watch(ctx, position)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing: // once, and not every second
			q.log.Warn("a feed can't be followed; trying on", zap.String("keeps", f.keeps), zap.Error(err))
		case err == nil && failing:
			q.log.Info("a feed is followed again", zap.String("keeps", f.keeps), zap.Int64("position", position))
		}
		failing = err != nil
		if failing && !sleep(ctx, waitPause) {
			return
		}
	}
}

// watch waits for news of the feed. That the stream ends, as streams do when the
// other side restarts, is a reason to look again and no failure.
func (f feed) watch(ctx context.Context, position int64) error {
	err := f.await(ctx, position)
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
