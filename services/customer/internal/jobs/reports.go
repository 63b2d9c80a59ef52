package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
)

// Listen makes the follow-ups that answers ask for, and publishes the report
// whose day has come, at once and every so often until ctx ends. Every replica
// may run it.
func Listen(ctx context.Context, a *app.App, every time.Duration, log *zap.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for deed, do := range map[string]func(context.Context) error{
			"making follow-ups": a.MakeFollowUps, "publishing the month's report": a.PublishDueReport,
		} {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				log.Error("a duty failed and will be tried again", zap.String("duty", deed), zap.Error(err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
