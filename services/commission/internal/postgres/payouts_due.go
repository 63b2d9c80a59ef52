package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
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
