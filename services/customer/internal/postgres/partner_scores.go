package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// InsertPartnerTables stores what partners are shown of a report, for good.
func (s *Store) InsertPartnerTables(ctx context.Context, tables []reports.PartnerTable) error {
	var batch pgx.Batch
	for _, t := range tables {
		document, err := t.JSON()
		if err != nil {
			return fmt.Errorf("scores of partner %s: %w", t.Partner, err)
		}
		batch.Queue(`
			INSERT INTO partner_scores (partner_id, month, report_number, document)
			VALUES ($1, $2, $3, $4)`, t.Partner, t.Month, t.Revision, document)
	}
	return explain(s.tx.SendBatch(ctx, &batch).Close(), "insert scores of partners")
}

// PartnerTable returns the latest table that a partner was shown of a month, or
// of any if month is the zero date; or reports.ErrNotShown.
func (s *Store) PartnerTable(ctx context.Context, partner string, month calendar.Date) (reports.PartnerTable, error) {
	f := filter{}
	f.with(true, "partner_id = @partner_id", pgx.StrictNamedArgs{"partner_id": partner})
	f.with(!month.IsZero(), "month = @month", pgx.StrictNamedArgs{"month": month})
	var document []byte
	err := s.tx.QueryRow(ctx, "SELECT document FROM partner_scores"+f.where()+`
		ORDER BY month DESC, report_number DESC
		LIMIT 1`, f.args).Scan(&document)
	if err != nil {
		return reports.PartnerTable{}, missing(err, reports.ErrNotShown, "read scores of partner")
	}
	return reports.ReadPartnerTable(document)
}
