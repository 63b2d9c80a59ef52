package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const selectShare = `
	SELECT term_share_id, source_id, subscription_id, partner_id, relationship_id, transfer_id, term_start, term_end, from_date, until_date,
		currency, net_minor, margin_minor, locked_bps, cap_bps, effective_bps, settlement_mode, instalments, replaced_by, create_time
	FROM term_shares`

func scanShare(row pgx.CollectableRow) (records.TermShare, error) {
	var s records.TermShare
	err := row.Scan(&s.ID, &s.SourceID, &s.SubscriptionID, &s.PartnerID, &s.RelationshipID, &s.TransferID, &s.Term.Start, &s.Term.End,
		&s.Span.Start, &s.Span.End, &s.Net.Currency, &s.Net.Minor, &s.Margin.Minor, &s.Agreed, &s.Cap, &s.Effective, &s.Mode, &s.Instalments,
		&s.ReplacedBy, &s.CreateTime)
	s.Margin.Currency, s.CreateTime = s.Net.Currency, s.CreateTime.UTC()
	return s, err
}

func (s *Store) shares(ctx context.Context, sql string, args ...any) ([]records.TermShare, error) {
	rows, _ := s.tx.Query(ctx, selectShare+sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanShare)
	if err != nil {
		return nil, fmt.Errorf("list term shares: %w", err)
	}
	return list, nil
}

// SharesOf returns how the terms of a subscription are divided, without what
// was divided again.
func (s *Store) SharesOf(ctx context.Context, subscriptionID string) ([]records.TermShare, error) {
	return s.shares(ctx, `
		WHERE subscription_id = $1
		AND replaced_by = ''
		ORDER BY source_id, from_date`, subscriptionID)
}

// TermShareFilter says which shares to list; empty fields fit all.
type TermShareFilter struct {
	SubscriptionID, TransferID, PartnerID string
}

// TermShares returns up to limit shares before an id, newest first; "" begins
// with the newest. What was divided again is left out.
func (s *Store) TermShares(ctx context.Context, f TermShareFilter, before string, limit int) ([]records.TermShare, error) {
	return s.shares(ctx, `
		WHERE replaced_by = ''
		AND (@before = '' OR term_share_id < @before)
		AND (@subscription = '' OR subscription_id = @subscription)
		AND (@transfer = '' OR transfer_id = @transfer)
		AND (@partner = '' OR partner_id = @partner)
		ORDER BY term_share_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{"before": before, "subscription": f.SubscriptionID, "transfer": f.TransferID, "partner": f.PartnerID, "limit": limit})
}

// AddShares adds the parts of a term, in the place of the part that was divided
// again, if one was.
func (s *Store) AddShares(ctx context.Context, replaced string, parts ...records.TermShare) error {
	var batch pgx.Batch
	if replaced != "" {
		batch.Queue("UPDATE term_shares SET replaced_by = $2 WHERE term_share_id = $1", replaced, parts[0].ID)
	}
	for _, p := range parts {
		batch.Queue(`
			INSERT INTO term_shares (
				term_share_id, source_id, subscription_id, partner_id, relationship_id, transfer_id, term_start, term_end, from_date, until_date,
				currency, net_minor, margin_minor, locked_bps, cap_bps, effective_bps, settlement_mode, instalments, create_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			p.ID, p.SourceID, p.SubscriptionID, p.PartnerID, p.RelationshipID, p.TransferID, p.Term.Start, p.Term.End, p.Span.Start, p.Span.End,
			p.Net.Currency, p.Net.Minor, p.Margin.Minor, p.Agreed, p.Cap, p.Effective, p.Mode, p.Instalments, p.CreateTime)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("add %d term shares: %w", len(parts), err)
	}
	return nil
}

// Bookings returns what is booked of a subscription for days after a day: terms
// and changes of seats, with their calculations, oldest first.
func (s *Store) Bookings(ctx context.Context, subscriptionID string, after calendar.Date) ([]records.Booking, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT b.submission_id, b.relationship_id, b.term_start, b.term_end, c.body
		FROM booked_terms b
		JOIN calculations c ON c.calculation_id = b.calculation_id
		WHERE b.subscription_id = $1
		AND b.term_end > $2
		ORDER BY b.term_start, b.submission_id`, subscriptionID, after) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (records.Booking, error) {
		var b records.Booking
		err := row.Scan(&b.SourceID, &b.RelationshipID, &b.Term.Start, &b.Term.End, &b.Calculation)
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("bookings of subscription %s: %w", subscriptionID, err)
	}
	return list, nil
}

// Handover is a change of partner by a transfer.
type Handover struct {
	SubscriptionID, TransferID, PartnerID string
	From                                  calendar.Date
}

// AddHandovers adds those that are not known yet, and returns them.
func (s *Store) AddHandovers(ctx context.Context, list []Handover) ([]Handover, error) {
	var added []Handover
	var batch pgx.Batch
	for _, h := range list {
		batch.Queue(`
			INSERT INTO handovers (subscription_id, transfer_id, partner_id, from_date)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, h.SubscriptionID, h.TransferID, h.PartnerID, h.From).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 1 {
				added = append(added, h)
			}
			return nil
		})
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("add %d handovers: %w", len(list), err)
	}
	return added, nil
}

// FinishHandover saves that the terms a transfer fell into are divided.
func (s *Store) FinishHandover(ctx context.Context, subscriptionID, transferID string, at time.Time) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE handovers
		SET divide_time = $3
		WHERE subscription_id = $1 AND transfer_id = $2 AND divide_time IS NULL`, subscriptionID, transferID, at)
	if err != nil {
		return fmt.Errorf("finish handover of subscription %s: %w", subscriptionID, err)
	}
	return nil
}

// DueHandovers returns the subscriptions with a change of partner that has taken
// effect where they are and is not dealt with, and for which no job is waiting
// or at work. It needs the system scope.
func (s *Store) DueHandovers(ctx context.Context, now time.Time, jobKind string, limit int) ([]string, error) {
	return s.ids(ctx, "due handovers", `
		SELECT DISTINCT h.subscription_id
		FROM handovers h
		JOIN book b ON b.subscription_id = h.subscription_id
		WHERE h.divide_time IS NULL
		AND h.from_date <= ($1::timestamptz AT TIME ZONE b.time_zone)::date
		AND NOT EXISTS (
			SELECT
			FROM river_job j
			WHERE j.kind = $2
			AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
			AND j.args ->> 'subscription_id' = h.subscription_id)
		ORDER BY h.subscription_id
		LIMIT $3`, now, jobKind, limit)
}
