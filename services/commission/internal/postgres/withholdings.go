package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

const selectWithholding = `
	SELECT withholding_id, case_id, relationship_id, subscription_id, partner_id, source_id, currency, agreed_minor, capped_minor, state,
		revision, create_time, update_time
	FROM withholdings`

func scanWithholding(row pgx.CollectableRow) (records.Withholding, error) {
	var w records.Withholding
	err := row.Scan(&w.ID, &w.CaseID, &w.RelationshipID, &w.SubscriptionID, &w.PartnerID, &w.SourceID, &w.Agreed.Currency, &w.Agreed.Minor,
		&w.Capped.Minor, &w.State, &w.Revision, &w.CreateTime, &w.UpdateTime)
	w.Capped.Currency = w.Agreed.Currency
	w.CreateTime, w.UpdateTime = w.CreateTime.UTC(), w.UpdateTime.UTC()
	return w, err
}

// WithholdingsUnder returns the withholdings of a relationship by their
// sources.
func (s *Store) WithholdingsUnder(ctx context.Context, relationshipID string) (map[string]records.Withholding, error) {
	rows, _ := s.tx.Query(ctx, selectWithholding+`
		WHERE relationship_id = $1`, relationshipID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanWithholding)
	if err != nil {
		return nil, fmt.Errorf("withholdings of relationship %s: %w", relationshipID, err)
	}
	bySource := make(map[string]records.Withholding, len(list))
	for _, w := range list {
		bySource[w.SourceID] = w
	}
	return bySource, nil
}

// SaveWithholding adds a withholding, or saves its next revision.
func (s *Store) SaveWithholding(ctx context.Context, w records.Withholding) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO withholdings (withholding_id, case_id, relationship_id, subscription_id, partner_id, source_id, currency, agreed_minor,
			capped_minor, state, revision, create_time, update_time)
		VALUES (@id, @case, @relationship, @subscription, @partner, @source, @currency, @agreed, @capped, @state, @revision, @created, @updated)
		ON CONFLICT (withholding_id) DO UPDATE
		SET agreed_minor = @agreed, capped_minor = @capped, state = @state, revision = @revision, update_time = @updated`,
		pgx.StrictNamedArgs{
			"id": w.ID, "case": w.CaseID, "relationship": w.RelationshipID, "subscription": w.SubscriptionID, "partner": w.PartnerID,
			"source": w.SourceID, "currency": w.Agreed.Currency, "agreed": w.Agreed.Minor, "capped": w.Capped.Minor, "state": w.State,
			"revision": w.Revision, "created": w.CreateTime, "updated": w.UpdateTime,
		})
	if err != nil {
		return fmt.Errorf("save withholding %s: %w", w.ID, err)
	}
	return nil
}

// WithholdingFilter says which withholdings to list; empty fields fit all.
type WithholdingFilter struct {
	CaseID, SubscriptionID, PartnerID string
	State                             records.WithholdingState
}

// Withholdings returns up to limit withholdings before an id, newest first; ""
// begins with the newest.
func (s *Store) Withholdings(ctx context.Context, f WithholdingFilter, before string, limit int) ([]records.Withholding, error) {
	rows, _ := s.tx.Query(ctx, selectWithholding+`
		WHERE (@before = '' OR withholding_id < @before)
		AND (@case = '' OR case_id = @case)
		AND (@subscription = '' OR subscription_id = @subscription)
		AND (@partner = '' OR partner_id = @partner)
		AND (@state = '' OR state = @state)
		ORDER BY withholding_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "case": f.CaseID, "subscription": f.SubscriptionID, "partner": f.PartnerID, "state": string(f.State), "limit": limit,
		}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanWithholding)
	if err != nil {
		return nil, fmt.Errorf("list withholdings: %w", err)
	}
	return list, nil
}

// EarnedUnder returns what is booked under a relationship as it stands: a term
// that a transfer has divided counts by its part. Rewards are not divided.
func (s *Store) EarnedUnder(ctx context.Context, relationshipID string) ([]records.Earned, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT submission_id, coalesce(running_from, term_start), term_start, term_end, currency, net_minor, margin_minor, locked_bps, cap_bps, effective_bps, settlement_mode
		FROM booked_terms b
		WHERE relationship_id = $1
		AND NOT EXISTS (SELECT FROM term_shares WHERE source_id = b.submission_id)
		UNION ALL
		SELECT s.term_share_id, coalesce(b.running_from, s.term_start), s.from_date, s.until_date, s.currency, s.net_minor, s.margin_minor, s.locked_bps,
			s.cap_bps, s.effective_bps, s.settlement_mode
		FROM term_shares s
		LEFT JOIN booked_terms b ON b.submission_id = s.source_id
		WHERE s.relationship_id = $1
		AND s.replaced_by = ''
		ORDER BY 1`, relationshipID) // CollectRows returns the error
	margins, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (records.Earned, error) {
		var e records.Earned
		err := row.Scan(&e.SourceID, &e.TermStart, &e.Share.Span.Start, &e.Share.Span.End, &e.Share.Net.Currency, &e.Share.Net.Minor,
			&e.Share.Margin.Minor, &e.Share.Agreed, &e.Share.Cap, &e.Share.Effective, &e.Share.Mode)
		e.Share.Margin.Currency = e.Share.Net.Currency
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("earned under relationship %s: %w", relationshipID, err)
	}
	rewards, err := s.rewardsUnder(ctx, relationshipID)
	return append(margins, rewards...), err
}

func (s *Store) rewardsUnder(ctx context.Context, relationshipID string) ([]records.Earned, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT b.submission_id, b.term_start, c.body -> 'reward' -> 'amount'
		FROM booked_terms b
		JOIN calculations c ON c.calculation_id = b.calculation_id
		WHERE b.relationship_id = $1
		AND c.body -> 'reward' IS NOT NULL`, relationshipID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (records.Earned, error) {
		var e records.Earned
		err := row.Scan(&e.SourceID, &e.TermStart, &e.Reward)
		e.SourceID = records.RewardSource(e.SourceID)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("rewards under relationship %s: %w", relationshipID, err)
	}
	return list, nil
}
