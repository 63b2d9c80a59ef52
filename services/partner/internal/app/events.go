package app

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// ListEvents lists what happened after a position, in order.
func (a *App) ListEvents(ctx context.Context, after int64, limit int) (found []events.Event, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = events.List(ctx, tx.Tx(), after, limit)
		return err
	})
	return found, err
}

// watchPoll is how often a watcher looks for news.
const watchPoll = 100 * time.Millisecond

// WatchEvents delivers what happened after a position, and then what happens,
// until ctx ends or deliver fails.
func (a *App) WatchEvents(ctx context.Context, after int64, deliver func([]events.Event) error) error {
	return a.store.Tail(ctx, after, watchPoll, deliver)
}
