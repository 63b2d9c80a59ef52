package app

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// watchPause is how often a watched feed is looked at.
const watchPause = 100 * time.Millisecond

// ListEvents returns up to limit events after a position.
func (a *App) ListEvents(ctx context.Context, after int64, limit int) ([]events.Event, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]events.Event, error) {
		return events.List(ctx, tx.Tx(), after, limit)
	})
}

// WatchEvents delivers the events after a position until ctx ends.
func (a *App) WatchEvents(ctx context.Context, after int64, deliver func([]events.Event) error) error {
	return events.Tail(ctx, a.store.DB(), after, watchPause, deliver)
}
