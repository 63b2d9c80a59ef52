package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Booking is what a commit point did for a request id, kept for good.
type Booking struct {
	RequestID    string
	Method       string
	Fingerprint  []byte
	Subscription subscriptions.ID
	Revision     int64
	Effective    calendar.Date
}

// Booking returns what was booked by a request id; not ok if nothing was.
func (s *Store) Booking(ctx context.Context, requestID string) (b Booking, ok bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT request_id, method, fingerprint, subscription_id, revision, effective_date
		FROM bookings
		WHERE request_id = $1`, requestID).Scan(&b.RequestID, &b.Method, &b.Fingerprint, &b.Subscription, &b.Revision, &b.Effective)
	if errors.Is(err, pgx.ErrNoRows) {
		return Booking{}, false, nil
	}
	return b, err == nil, explain(err, "look up booking")
}

// Book stores a booking at the end of the transaction, which fails with
// ErrBooked if another one used the request id meanwhile.
func (s *Store) Book(ctx context.Context, b Booking) error {
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO bookings (request_id, method, fingerprint, subscription_id, revision, effective_date)
			VALUES ($1, $2, $3, $4, $5, $6)`,
		Args:    []any{b.RequestID, b.Method, b.Fingerprint, b.Subscription, b.Revision, b.Effective},
		Refused: booked,
	})
}

func booked(err error) error {
	if pg.Constraint(err) == "bookings_one_per_request" {
		return ErrBooked
	}
	return err
}

// SubscriptionAt returns a subscription as it was at a revision, as its event
// shows it.
func (s *Store) SubscriptionAt(ctx context.Context, id subscriptions.ID, revision int64) (sub subscriptions.Subscription, err error) {
	var snapshot []byte
	err = s.tx.QueryRow(ctx, `
		SELECT snapshot
		FROM events
		WHERE resource_id = $1 AND revision = $2`, string(id), revision).Scan(&snapshot)
	if err != nil {
		return sub, missing(err, subscriptions.ErrNotFound, "read subscription's past")
	}
	if err := json.Unmarshal(snapshot, &sub); err != nil {
		return sub, fmt.Errorf("read snapshot of %s at revision %d: %w", id, revision, err)
	}
	return sub, nil
}
