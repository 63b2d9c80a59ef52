package app

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// watchPause is how often a watched feed is looked at.
const watchPause = 100 * time.Millisecond

// ListEvents returns up to limit events of the service's feed after a position.
func (a *App) ListEvents(ctx context.Context, after int64, limit int) ([]events.Event, error) {
	var list []events.Event
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = events.List(ctx, tx.Tx(), after, limit)
		return err
	})
	return list, err
}

// WatchEvents delivers the events after a position as they come, until ctx ends
// or deliver returns an error.
func (a *App) WatchEvents(ctx context.Context, after int64, deliver func([]events.Event) error) error {
	return a.store.Tail(ctx, after, watchPause, deliver)
}

// appendEvent adds an event with its resource as it is after the change.
func (a *App) appendEvent(ctx context.Context, tx *postgres.Store, e events.Event, resource any) error {
	e.OccurredAt = a.now()
	e, err := events.Showing(e, resource)
	if err != nil {
		return err
	}
	return events.Append(ctx, tx.Tx(), e)
}
