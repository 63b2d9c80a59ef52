package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// MoveFacts returns the facts of each move of a transfer, by subscription.
func (s *Store) MoveFacts(ctx context.Context, id transfers.ID) (map[string]json.RawMessage, error) {
	type row struct {
		Subscription string
		Facts        json.RawMessage
	}
	rows, err := all(ctx, s, pgx.RowToStructByPos[row], `
		SELECT subscription_id, facts
		FROM transfer_moves
		WHERE transfer_id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("facts of transfer %s: %w", id, err)
	}
	facts := make(map[string]json.RawMessage, len(rows))
	for _, r := range rows {
		facts[r.Subscription] = r.Facts
	}
	return facts, nil
}

// LockSubscriptions lets one transaction at a time decide about moves of a
// subscription, until it ends. Whoever locks several does so in one order.
func (s *Store) LockSubscriptions(ctx context.Context, ids []string) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(one.key)
		FROM (
			SELECT DISTINCT hashtextextended('transfer_moves ' || id, 0) AS key
			FROM unnest($1::text[]) AS given (id)
			ORDER BY key) one`, ids)
	if err != nil {
		return fmt.Errorf("lock moves: %w", err)
	}
	return nil
}

// Rivals returns the open transfers, in the order of their ids, that would move
// one of these subscriptions too, and keeps others from changing them. They come
// without moves.
func (s *Store) Rivals(ctx context.Context, of transfers.ID, subscriptions []string, today calendar.Date) ([]transfers.Transfer, error) {
	return all(ctx, s, scanTransfer, selectTransfer+`
		WHERE state = 'REQUESTED'
		AND expire_date >= $3
		AND transfer_id <> $1
		AND transfer_id IN (SELECT transfer_id FROM transfer_moves WHERE subscription_id = ANY ($2))
		ORDER BY transfer_id
		FOR UPDATE`, of, subscriptions, today)
}

// AgreedAfter returns a transfer that the customer consented to after an instant
// and that moves one of these subscriptions; "" if there is none.
func (s *Store) AgreedAfter(ctx context.Context, after time.Time, subscriptions []string) (id transfers.ID, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT coalesce(min(t.transfer_id), '')
		FROM transfers t
		JOIN transfer_moves m ON m.transfer_id = t.transfer_id
		WHERE t.consent_time > $1
		AND m.agreed
		AND m.failure_reason = ''
		AND m.subscription_id = ANY ($2)`, after, subscriptions).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("transfers agreed after: %w", err)
	}
	return id, nil
}

// TransfersToExpire returns pending transfers whose last day has passed.
func (s *Store) TransfersToExpire(ctx context.Context, today calendar.Date, limit int) ([]transfers.ID, error) {
	return all(ctx, s, pgx.RowTo[transfers.ID], `
		SELECT transfer_id
		FROM transfers
		WHERE state IN ('REQUESTED', 'SUPERSEDED')
		AND expire_date < $1
		ORDER BY expire_date, transfer_id
		LIMIT $2`, today, limit)
}

// unlessAtWork leaves out a transfer t for which a job of a kind waits or is at
// work.
const unlessAtWork = `
	AND NOT EXISTS (
		SELECT
		FROM river_job j
		WHERE j.kind = $1
		AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
		AND j.args ->> 'transfer_id' = t.transfer_id)`

// StrandedCarries returns consented transfers without a job of a kind, oldest
// first. It needs the system scope.
func (s *Store) StrandedCarries(ctx context.Context, jobKind string, limit int) ([]transfers.ID, error) {
	return all(ctx, s, pgx.RowTo[transfers.ID], `
		SELECT t.transfer_id
		FROM transfers t
		WHERE t.state = 'CONSENTED'`+unlessAtWork+`
		ORDER BY t.create_time
		LIMIT $2`, jobKind, limit)
}

// StrandedDeliveries returns transfers whose mail is on its way without a job
// of a kind. It needs the system scope.
func (s *Store) StrandedDeliveries(ctx context.Context, jobKind string, limit int) ([]transfers.ID, error) {
	return all(ctx, s, pgx.RowTo[transfers.ID], `
		SELECT t.transfer_id
		FROM transfer_dossiers t
		WHERE t.delivery IN ('UNRESOLVED', 'WAITING')`+unlessAtWork+`
		ORDER BY t.transfer_id
		LIMIT $2`, jobKind, limit)
}
