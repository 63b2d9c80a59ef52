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

// UnshownBookings returns submissions booked between two times whose term the
// book does not show, because the contract lost it or it was cancelled.
func (s *Store) UnshownBookings(ctx context.Context, from, before time.Time, limit int) ([]string, error) {
	return s.ids(ctx, "unshown bookings", `
		SELECT s.submission_id
		FROM submissions s
		JOIN renewals r ON r.renewal_id = s.renewal_id
		WHERE s.state = 'BOOKED'
		AND s.decide_time >= $1
		AND s.decide_time < $2
		AND r.cancel_date IS NULL
		AND r.renewed_by <> s.submission_id
		ORDER BY s.decide_time
		LIMIT $3`, from, before, limit)
}

// UnknownBooking is a term of a contract that a submission of ours booked and
// that has no margin here. State is empty if the submission is gone.
type UnknownBooking struct {
	SubmissionID, RenewalID string
	State                   records.SubmissionState
}

// UnknownBookings returns up to limit of them.
func (s *Store) UnknownBookings(ctx context.Context, limit int) ([]UnknownBooking, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT r.renewed_by, r.renewal_id, coalesce(s.state, '')
		FROM renewals r
		LEFT JOIN submissions s ON s.submission_id = r.renewed_by
		WHERE r.renewed_by LIKE 'sbm\_%'
		AND NOT EXISTS (SELECT FROM booked_terms b WHERE b.submission_id = r.renewed_by)
		AND coalesce(s.state, '') <> 'SUBMITTED'
		ORDER BY r.renewal_id
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
