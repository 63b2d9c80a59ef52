// Package jobs is the second door into app: clock and queue.
//
// Work that must happen is a job in the transaction that causes it, so that
// there is never one without the other. Jobs may run late, again and twice at
// once; what keeps that harmless is the application and the constraints of the
// database, not the queue. Jobs are retried for good: the pause between two
// attempts doubles up to five minutes, and the sweeper gives a job to whatever
// has lost its own. A job holds the id of its transfer and nothing else.
package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
)

// Purge deletes expired idempotency keys every so often until ctx ends. Every
// replica may run it.
func Purge(ctx context.Context, a *app.App, every time.Duration, log *zap.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.PurgeIdempotencyKeys(ctx); err != nil && ctx.Err() == nil {
			log.Error("purging idempotency keys failed", zap.Error(err))
		}
	}
}
