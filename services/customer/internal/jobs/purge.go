package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
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
