// Package events is a service's feed of what changed in it.
//
// A change appends its event in its own transaction, so that there is never
// one without the other. Ids are taken before commit and do not order commits:
// who asked for ids above the last one seen would lose the event of a slow
// transaction. So a sequencer stamps each event with a position once it is
// committed, 1, 2, 3 without gaps, and readers ask for positions. The feed is
// delivered at least once; a consumer stores its position with its effect, and
// so applies each event exactly once.
//
// Events of one resource are in the order of its revisions, because a change
// locks its resource before it appends.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Event says that a resource became what Snapshot shows, the JSON of the
// domain value after the change. ID and Position are the feed's to give.
// PartnerID is empty for what belongs to no partner. A zero OccurredAt means
// the time of the transaction.
type Event struct {
	ID, Position     int64
	Kind, ResourceID string
	Revision         int64
	Actor, PartnerID string
	OccurredAt       time.Time
	Snapshot         json.RawMessage
}

// Showing returns e with its resource as it is after the change.
func Showing(e Event, resource any) (Event, error) {
	text, err := json.Marshal(resource)
	if err != nil {
		return e, fmt.Errorf("snapshot of %s: %w", e.ResourceID, err)
	}
	e.Snapshot = text
	return e, nil
}

// Append adds e to the feed with the COMMIT of tx. The app role may append for
// the partners of its scope, and for none.
func Append(ctx context.Context, tx pgx.Tx, e Event) error {
	return pg.AtEnd(ctx, tx, pg.Statement{
		SQL: `
			INSERT INTO events (kind, resource_id, revision, actor, partner_id, occur_time, snapshot)
			VALUES ($1, $2, $3, $4, nullif($5, ''), coalesce($6, now()), $7)`,
		Args: []any{e.Kind, e.ResourceID, e.Revision, e.Actor, e.PartnerID, instant(e.OccurredAt), []byte(e.Snapshot)},
	})
}

// instant turns the zero time into NULL.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// AppendAll adds many events at once, for imports. It needs the system scope,
// and a time in each event.
func AppendAll(ctx context.Context, tx pgx.Tx, all []Event) error {
	columns := []string{"kind", "resource_id", "revision", "actor", "partner_id", "occur_time", "snapshot"}
	_, err := pg.Copy(ctx, tx, "events", columns, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		e := all[i]
		var partner *string
		if e.PartnerID != "" {
			partner = &e.PartnerID
		}
		return []any{e.Kind, e.ResourceID, e.Revision, e.Actor, partner, instant(e.OccurredAt), []byte(e.Snapshot)}, nil
	}))
	return err
}

// few is up to how many events travel with COMMIT, instead of by COPY.
const few = 20

// AppendMany adds events, each with its time: few as Append does, and more as
// AppendAll does. It needs the system scope.
func AppendMany(ctx context.Context, tx pgx.Tx, all []Event) error {
	if len(all) > few {
		return AppendAll(ctx, tx, all)
	}
	for _, e := range all {
		if err := Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// largestPage is how many bytes of snapshots List returns: half of what gRPC's
// clients accept unless they are told otherwise.
const largestPage = 2 << 20

// List returns up to limit events with a position above after, in order, and
// fewer where they would be larger than 2 MiB: only an empty list says that
// there is no more. It needs the system scope.
func List(ctx context.Context, tx pgx.Tx, after int64, limit int) ([]Event, error) {
	rows, _ := tx.Query(ctx, `
		SELECT id, position, kind, resource_id, revision, actor, coalesce(partner_id, ''), occur_time, snapshot
		FROM events
		WHERE position > $1
		ORDER BY position
		LIMIT $2`, after, limit) // Err returns the error
	defer rows.Close()
	list := []Event{}
	for size := 0; rows.Next(); {
		var e Event
		err := rows.Scan(&e.ID, &e.Position, &e.Kind, &e.ResourceID, &e.Revision, &e.Actor, &e.PartnerID, &e.OccurredAt, (*[]byte)(&e.Snapshot))
		if err != nil {
			return nil, fmt.Errorf("read event: %w", err)
		}
		if size += len(e.Snapshot); size > largestPage && len(list) > 0 {
			return list, nil
		}
		e.OccurredAt = e.OccurredAt.UTC()
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list events after %d: %w", after, err)
	}
	return list, nil
}
