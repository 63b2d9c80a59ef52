package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectDispute = `
	SELECT d.dispute_id, d.entry_id, d.statement_id, d.partner_id, d.state, d.currency, d.line_minor, d.held_minor, d.claimed_minor, d.reason_text,
		d.outcome, d.adjustment_minor, d.resolution_text, coalesce(d.hold_entry_id, ''), coalesce(d.release_entry_id, ''),
		coalesce(d.adjustment_entry_id, ''), d.opener, d.open_time, d.closer, d.close_time, d.revision, (
			SELECT coalesce(jsonb_agg(jsonb_build_object(
				'number', c.number, 'side', c.side, 'author', c.author, 'text', c.comment, 'time', c.create_time) ORDER BY c.number), '[]')
			FROM dispute_comments c
			WHERE c.dispute_id = d.dispute_id)
	FROM disputes d`

func scanDispute(row pgx.CollectableRow) (statement.Dispute, error) {
	var d statement.Dispute
	var claimed, adjusted *int64
	var closed *time.Time
	err := row.Scan(&d.ID, &d.LineID, &d.StatementID, &d.PartnerID, &d.State, &d.Line.Currency, &d.Line.Minor, &d.Held.Minor, &claimed, &d.Reason,
		&d.Outcome, &adjusted, &d.Resolution, &d.HoldEntryID, &d.ReleaseEntryID, &d.AdjustmentEntryID, &d.Opener, &d.OpenTime, &d.Closer, &closed,
		&d.Revision, &d.Comments)
	d.Held.Currency = d.Line.Currency
	d.Claimed, d.Adjustment = optionalAmount(claimed, d.Line.Currency), optionalAmount(adjusted, d.Line.Currency)
	d.OpenTime = d.OpenTime.UTC()
	if closed != nil {
		d.CloseTime = closed.UTC()
	}
	for i := range d.Comments {
		d.Comments[i].Time = d.Comments[i].Time.UTC()
	}
	return d, err
}

// optionalAmount turns NULL into the zero value.
func optionalAmount(minor *int64, c money.Currency) money.Amount {
	if minor == nil {
		return money.Amount{}
	}
	return money.Amount{Minor: *minor, Currency: c}
}

// optionalMinor turns the zero value into NULL.
func optionalMinor(a money.Amount) *int64 {
	if a.Currency == "" {
		return nil
	}
	return &a.Minor
}

// optionalTime turns the zero time into NULL.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Dispute returns statement.ErrNoDispute when there is no such dispute in the
// scope.
func (s *Store) Dispute(ctx context.Context, id string) (statement.Dispute, error) {
	return s.oneDispute(ctx, `
		WHERE d.dispute_id = $1`, id)
}

// DisputeForUpdate is Dispute, and locks it.
func (s *Store) DisputeForUpdate(ctx context.Context, id string) (statement.Dispute, error) {
	_, err := s.tx.Exec(ctx, `
		SELECT FROM disputes
		WHERE dispute_id = $1
		FOR UPDATE`, id)
	if err != nil {
		return statement.Dispute{}, fmt.Errorf("lock dispute %s: %w", id, err)
	}
	return s.Dispute(ctx, id) // with the comments of who had it locked before
}

// OpenDisputeOf returns the open dispute about a line, or
// statement.ErrNoDispute.
func (s *Store) OpenDisputeOf(ctx context.Context, lineID string) (statement.Dispute, error) {
	return s.oneDispute(ctx, `
		WHERE d.entry_id = $1 AND d.state = 'OPEN'`, lineID)
}

func (s *Store) oneDispute(ctx context.Context, sql string, args ...any) (statement.Dispute, error) {
	rows, _ := s.tx.Query(ctx, selectDispute+sql, args...) // CollectExactlyOneRow returns the error
	found, err := pgx.CollectExactlyOneRow(rows, scanDispute)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return statement.Dispute{}, statement.ErrNoDispute
	case err != nil:
		return statement.Dispute{}, fmt.Errorf("dispute: %w", err)
	}
	return found, nil
}

// DisputeFilter says which disputes to list; empty fields fit all.
type DisputeFilter struct {
	PartnerID, StatementID, LineID string
	State                          statement.DisputeState
}

// Disputes returns up to limit disputes before an id, newest first; "" begins
// with the newest.
func (s *Store) Disputes(ctx context.Context, f DisputeFilter, before string, limit int) ([]statement.Dispute, error) {
	rows, _ := s.tx.Query(ctx, selectDispute+`
		WHERE (@before = '' OR d.dispute_id < @before)
		AND (@partner = '' OR d.partner_id = @partner)
		AND (@statement = '' OR d.statement_id = @statement)
		AND (@line = '' OR d.entry_id = @line)
		AND (@state = '' OR d.state = @state)
		ORDER BY d.dispute_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "partner": f.PartnerID, "statement": f.StatementID, "line": f.LineID, "state": string(f.State), "limit": limit,
		}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanDispute)
	if err != nil {
		return nil, fmt.Errorf("list disputes: %w", err)
	}
	return list, nil
}

// AddDispute writes a dispute, after the entry that holds its amount. It returns
// statement.ErrAlreadyDisputed where the line has an open one.
func (s *Store) AddDispute(ctx context.Context, d statement.Dispute) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO disputes (
			dispute_id, entry_id, statement_id, partner_id, currency, line_minor, held_minor, claimed_minor, reason_text, state, hold_entry_id, opener,
			open_time)
		VALUES (@id, @line, @statement, @partner, @currency, @amount, @held, @claimed, @reason, @state, nullif(@hold, ''), @opener, @opened)`,
		pgx.StrictNamedArgs{
			"id": d.ID, "line": d.LineID, "statement": d.StatementID, "partner": d.PartnerID, "currency": d.Line.Currency, "amount": d.Line.Minor,
			"held": d.Held.Minor, "claimed": optionalMinor(d.Claimed), "reason": d.Reason, "state": d.State, "hold": d.HoldEntryID, "opener": d.Opener,
			"opened": d.OpenTime,
		})
	switch {
	case pg.Constraint(err) == "disputes_one_open_a_line":
		return statement.ErrAlreadyDisputed
	case err != nil:
		return fmt.Errorf("add dispute %s: %w", d.ID, err)
	}
	return nil
}

// SaveDispute saves how a dispute stands, without its comments.
func (s *Store) SaveDispute(ctx context.Context, d statement.Dispute) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE disputes
		SET state = @state, outcome = @outcome, adjustment_minor = @adjustment, resolution_text = @resolution, release_entry_id = nullif(@release, ''),
			adjustment_entry_id = nullif(@adjusted, ''), closer = @closer, close_time = @closed, revision = @revision
		WHERE dispute_id = @id`,
		pgx.StrictNamedArgs{
			"id": d.ID, "state": d.State, "outcome": d.Outcome, "adjustment": optionalMinor(d.Adjustment), "resolution": d.Resolution,
			"release": d.ReleaseEntryID, "adjusted": d.AdjustmentEntryID, "closer": d.Closer, "closed": optionalTime(d.CloseTime), "revision": d.Revision,
		})
	if err != nil {
		return fmt.Errorf("save dispute %s: %w", d.ID, err)
	}
	return nil
}

// AddComment writes the last comment of a dispute.
func (s *Store) AddComment(ctx context.Context, d statement.Dispute) error {
	c := d.Comments[len(d.Comments)-1]
	_, err := s.tx.Exec(ctx, `
		INSERT INTO dispute_comments (dispute_id, number, partner_id, side, author, comment, create_time)
		VALUES (@dispute, @number, @partner, @side, @author, @comment, @created)`,
		pgx.StrictNamedArgs{
			"dispute": d.ID, "number": c.Number, "partner": d.PartnerID, "side": c.Side, "author": c.Author, "comment": c.Text, "created": c.Time,
		})
	if err != nil {
		return fmt.Errorf("add comment to dispute %s: %w", d.ID, err)
	}
	return nil
}
