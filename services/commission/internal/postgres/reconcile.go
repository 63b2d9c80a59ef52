package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// StrandedSubmissions returns undecided submissions from before a time for
// which no job is waiting or at work, oldest first. It needs the system scope.
func (s *Store) StrandedSubmissions(ctx context.Context, before time.Time, jobKind string, limit int) ([]string, error) {
	return s.ids(ctx, "stranded submissions", `
		SELECT s.submission_id
		FROM submissions s
		WHERE s.state = 'SUBMITTED'
		AND s.create_time < $1
		AND NOT EXISTS (
			SELECT
			FROM river_job j
			WHERE j.kind = $2
			AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
			AND j.args ->> 'submission_id' = s.submission_id)
		ORDER BY s.create_time
		LIMIT $3`, before, jobKind, limit)
}

// UntoldOrders returns orders booked before a time of which partner was not
// told, and for which no job is waiting or at work, oldest first. It needs the
// system scope.
func (s *Store) UntoldOrders(ctx context.Context, before time.Time, jobKind string, limit int) ([]string, error) {
	return s.ids(ctx, "untold orders", `
		SELECT s.submission_id
		FROM submissions s
		WHERE s.kind = 'ORDER'
		AND s.state = 'BOOKED'
		AND NOT s.told
		AND s.decide_time < $1
		AND NOT EXISTS (
			SELECT
			FROM river_job j
			WHERE j.kind = $2
			AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
			AND j.args ->> 'submission_id' = s.submission_id)
		ORDER BY s.decide_time
		LIMIT $3`, before, jobKind, limit)
}

// UnshownBookings returns submissions booked between two times which the book
// does not show: a renewal whose term is not there, an order without its
// subscription, the last change of a term's seats that left another number. The
// contract has lost them, or they were cancelled.
func (s *Store) UnshownBookings(ctx context.Context, from, before time.Time, limit int) ([]string, error) {
	return s.ids(ctx, "unshown bookings", `
		SELECT s.submission_id
		FROM submissions s
		LEFT JOIN renewals r ON r.renewal_id = s.renewal_id
		LEFT JOIN book b ON b.subscription_id = s.subscription_id
		WHERE s.state = 'BOOKED'
		AND s.decide_time >= $1
		AND s.decide_time < $2
		AND CASE s.kind
			WHEN 'RENEWAL' THEN r.cancel_date IS NULL AND r.renewed_by <> s.submission_id
			WHEN 'ORDER' THEN b.subscription_id IS NULL
			ELSE b.cancel_date IS NULL AND b.term_start = s.running_from AND b.seats <> s.seats AND NOT EXISTS (
				SELECT
				FROM submissions later
				WHERE later.subscription_id = s.subscription_id
				AND later.kind = 'SEAT_CHANGE'
				AND later.state = 'BOOKED'
				AND later.decide_time > s.decide_time)
		END
		ORDER BY s.decide_time
		LIMIT $3`, from, before, limit)
}

// UnknownBooking is a term of a contract that a submission of ours booked and
// that has no margin here. State is empty if the submission is gone.
type UnknownBooking struct {
	SubmissionID, SubscriptionID string
	State                        records.SubmissionState
}

// UnknownBookings returns up to limit of them.
func (s *Store) UnknownBookings(ctx context.Context, limit int) ([]UnknownBooking, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT c.booked_by, c.subscription_id, coalesce(s.state, '')
		FROM (
			SELECT renewed_by AS booked_by, subscription_id
			FROM renewals
			WHERE renewed_by LIKE 'sbm\_%'
			UNION ALL
			SELECT booked_by, subscription_id
			FROM book
			WHERE booked_by LIKE 'sbm\_%') c
		LEFT JOIN submissions s ON s.submission_id = c.booked_by
		WHERE NOT EXISTS (SELECT FROM booked_terms b WHERE b.submission_id = c.booked_by)
		AND coalesce(s.state, '') <> 'SUBMITTED'
		ORDER BY c.booked_by
		LIMIT $1`, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[UnknownBooking])
	if err != nil {
		return nil, fmt.Errorf("unknown bookings: %w", err)
	}
	return list, nil
}

// MonthlyDue returns the monthly renewals that are due and that nobody
// declined, submitted or cancelled, oldest first, after an id.
func (s *Store) MonthlyDue(ctx context.Context, now time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, "monthly renewals", `
		SELECT renewal_id
		FROM (`+standingRenewals+` WHERE r.term_months = 1 AND r.renewal_id > @after AND r.due_date <= (@now::timestamptz + interval '1 day')::date) standing
		WHERE state = 'GRACE'
		ORDER BY renewal_id
		LIMIT @limit`, pgx.StrictNamedArgs{"now": now, "after": after, "limit": limit})
}

func (s *Store) ids(ctx context.Context, what, sql string, args ...any) ([]string, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return list, nil
}
