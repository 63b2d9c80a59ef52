package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Due returns the latest closed statement of each partner in a currency of
// which something is left, in the order of partners; of one partner only, if it
// is named.
func (s *Store) Due(ctx context.Context, c money.Currency, partnerID string) ([]payout.Due, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT s.statement_id, s.partner_id, coalesce(s.document_number, ''), s.month, s.state = 'CLOSED', s.closing_minor, s.paid_minor, s.minimum_minor,
			`+heldMinor+`,
			(SELECT coalesce(max(p.payout_batch_id), '')
			FROM payouts p
			WHERE p.statement_id = s.statement_id
			AND p.state IN ('PROPOSED', 'INSTRUCTED', 'PAID'))
		FROM statements s
		WHERE s.currency = $1
		AND ($2 = '' OR s.partner_id = $2)
		AND s.closing_minor > s.paid_minor
		AND NOT EXISTS (SELECT FROM statements later WHERE later.previous_statement_id = s.statement_id)
		ORDER BY s.partner_id`, string(c), partnerID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (payout.Due, error) {
		var d payout.Due
		err := row.Scan(&d.StatementID, &d.PartnerID, &d.Document, &d.Month, &d.Open, &d.Closing.Minor, &d.Paid.Minor, &d.Minimum.Minor,
			&d.Held.Minor, &d.InBatch)
		d.Closing.Currency, d.Paid.Currency, d.Minimum.Currency, d.Held.Currency = c, c, c, c
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("statements to be paid in %s: %w", c, err)
	}
	return list, nil
}

// StatementsForUpdate returns those of the statements that exist, by their ids,
// and locks them until the transaction ends, in the order of their ids.
func (s *Store) StatementsForUpdate(ctx context.Context, ids ...string) (map[string]statement.Statement, error) {
	if _, err := s.tx.Exec(ctx, "SELECT FROM statements WHERE statement_id = ANY ($1) ORDER BY statement_id FOR UPDATE", ids); err != nil {
		return nil, fmt.Errorf("lock %d statements: %w", len(ids), err)
	}
	rows, _ := s.tx.Query(ctx, selectStatement+`
		WHERE s.statement_id = ANY ($1)`, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanStatement)
	if err != nil {
		return nil, fmt.Errorf("read %d statements: %w", len(ids), err)
	}
	byID := make(map[string]statement.Statement, len(list))
	for _, found := range list {
		byID[found.ID] = found
	}
	return byID, nil
}

// SaveStatements is SaveStatement for many, in order.
func (s *Store) SaveStatements(ctx context.Context, list ...statement.Statement) error {
	var batch pgx.Batch
	for _, n := range list {
		batch.Queue(`
			UPDATE statements
			SET state = $2, paid_minor = $3, revision = $4
			WHERE statement_id = $1`, n.ID, n.State, n.PaidMinor, n.Revision)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save %d statements: %w", len(list), err)
	}
	return nil
}
