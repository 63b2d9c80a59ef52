package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// Changes returns up to limit events of a subscription with a revision above
// after, in order.
func (s *Store) Changes(ctx context.Context, id subscriptions.ID, after int64, limit int) ([]events.Event, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT kind, resource_id, revision, actor, occur_time, snapshot
		FROM events
		WHERE resource_id = $1 AND revision > $2
		ORDER BY revision
		LIMIT $3`, string(id), after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e events.Event, err error) {
		err = row.Scan(&e.Kind, &e.ResourceID, &e.Revision, &e.Actor, &e.OccurredAt, (*[]byte)(&e.Snapshot))
		e.OccurredAt = e.OccurredAt.UTC()
		return e, err
	})
	return list, explain(err, "list changes")
}
