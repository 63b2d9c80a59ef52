package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectReconciliation = `
	SELECT r.reconciliation_id, r.partner_id, r.currency, r.month, coalesce(r.statement_id, ''), r.file_name, r.content_digest, r.ignored_columns, r.sums,
		r.actor, r.create_time
	FROM reconciliations r`

func scanReconciliation(row pgx.CollectableRow) (matching.Reconciliation, error) {
	var r matching.Reconciliation
	var first calendar.Date
	err := row.Scan(&r.ID, &r.PartnerID, &r.Currency, &first, &r.StatementID, &r.FileName, &r.Digest, &r.Ignored, &r.Sums, &r.Actor, &r.CreateTime)
	r.Month, r.CreateTime = statement.MonthOf(first), r.CreateTime.UTC()
	return r, err
}

// Reconciliation returns matching.ErrNoReconciliation when there is no such
// reconciliation in the scope.
func (s *Store) Reconciliation(ctx context.Context, id string) (matching.Reconciliation, error) {
	rows, _ := s.tx.Query(ctx, selectReconciliation+`
		WHERE r.reconciliation_id = $1`, id) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanReconciliation)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r, matching.ErrNoReconciliation
	case err != nil:
		return r, fmt.Errorf("reconciliation %s: %w", id, err)
	}
	return r, nil
}

// ReconciliationFilter says which reconciliations to list; empty fields fit all.
type ReconciliationFilter struct {
	PartnerID, Currency string
	Month               statement.Month
}

// Reconciliations returns up to limit reconciliations before an id, newest first;
// "" begins with the newest.
func (s *Store) Reconciliations(ctx context.Context, f ReconciliationFilter, before string, limit int) ([]matching.Reconciliation, error) {
	rows, _ := s.tx.Query(ctx, selectReconciliation+`
		WHERE (@before = '' OR r.reconciliation_id < @before)
		AND (@partner = '' OR r.partner_id = @partner)
		AND (@currency = '' OR r.currency = @currency)
		AND (@month::date IS NULL OR r.month = @month)
		ORDER BY r.reconciliation_id DESC
		LIMIT @limit`, pgx.StrictNamedArgs{
		"before": before, "partner": f.PartnerID, "currency": f.Currency, "month": f.Month.First(), "limit": limit,
	}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanReconciliation)
	if err != nil {
		return nil, fmt.Errorf("list reconciliations: %w", err)
	}
	return list, nil
}

// pairRow is a row as jsonb_populate_recordset reads it.
type pairRow struct {
	ReconciliationID string                `json:"reconciliation_id"`
	Number           int                   `json:"number"`
	PartnerID        string                `json:"partner_id"`
	Outcome          matching.Outcome      `json:"outcome"`
	Differences      []matching.Difference `json:"differences"`
	EntryID          *string               `json:"entry_id"`
	FileLine         *int                  `json:"file_line"`
	FileLineID       *string               `json:"file_line_id"`
	FileReference    *string               `json:"file_reference"`
	FileDate         *calendar.Date        `json:"file_date"`
	FileMinor        *int64                `json:"file_minor"`
	FileRate         *int32                `json:"file_rate_bps"`
	FileCustomer     *string               `json:"file_customer"`
}

func pairRows(r matching.Reconciliation, pairs []matching.Pair) []pairRow {
	rows := make([]pairRow, len(pairs))
	for i, p := range pairs {
		row := pairRow{
			ReconciliationID: r.ID, Number: i + 1, PartnerID: r.PartnerID, Outcome: p.Outcome(),
			Differences: append([]matching.Difference{}, p.Differences()...), // never NULL
		}
		if p.Line != nil {
			row.EntryID = &p.Line.ID
		}
		if f := p.Row; f != nil {
			row.FileLine, row.FileLineID, row.FileReference, row.FileMinor, row.FileCustomer = &f.Number, &f.LineID, &f.Reference, &f.Amount, &f.Customer
			if !f.Date.IsZero() {
				row.FileDate = &f.Date
			}
			if f.Rate != matching.NoRate {
				row.FileRate = (*int32)(&f.Rate)
			}
		}
		rows[i] = row
	}
	return rows
}

// rowsAtOnce bounds the size of one statement.
const rowsAtOnce = 5_000

// AddReconciliation adds a reconciliation after its rows, which are numbered from
// 1. The database checks at COMMIT that they add up.
func (s *Store) AddReconciliation(ctx context.Context, r matching.Reconciliation, pairs []matching.Pair) error {
	rows := pairRows(r, pairs)
	for len(rows) > 0 {
		part := rows[:min(rowsAtOnce, len(rows))]
		rows = rows[len(part):]
		_, err := s.tx.Exec(ctx, `
			INSERT INTO reconciliation_rows (
				reconciliation_id, number, partner_id, outcome, differences, entry_id,
				file_line, file_line_id, file_reference, file_date, file_minor, file_rate_bps, file_customer)
			SELECT reconciliation_id, number, partner_id, outcome, differences, entry_id,
				file_line, file_line_id, file_reference, file_date, file_minor, file_rate_bps, file_customer
			FROM jsonb_populate_recordset(NULL::reconciliation_rows, $1)`, part)
		if err != nil {
			return fmt.Errorf("add rows of reconciliation %s: %w", r.ID, err)
		}
	}
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO reconciliations (
				reconciliation_id, partner_id, currency, month, statement_id, file_name, content_digest, row_count, file_minor, statement_minor, sums,
				ignored_columns, actor, create_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		Args: []any{
			r.ID, r.PartnerID, r.Currency, r.Month.First(), optional(r.StatementID), r.FileName, r.Digest, r.Sums.Total.Pairs, r.Sums.Total.File,
			r.Sums.Total.Statement, r.Sums, append([]string{}, r.Ignored...), r.Actor, r.CreateTime,
		},
	})
}

// ReconciliationRowFilter says which rows to list; empty fields fit all.
type ReconciliationRowFilter struct {
	ReconciliationID string
	Outcome          matching.Outcome
	Difference       matching.Difference
}

// ReconciliationRows returns up to limit rows after a number, in their order, with
// their lines as they stand; limit 0 sets none.
func (s *Store) ReconciliationRows(ctx context.Context, f ReconciliationRowFilter, after, limit int) ([]matching.ReconciliationRow, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT number, outcome, differences, coalesce(entry_id, ''), coalesce(file_line, 0), coalesce(file_line_id, ''), coalesce(file_reference, ''),
			file_date, coalesce(file_minor, 0), coalesce(file_rate_bps, -1), coalesce(file_customer, '')
		FROM reconciliation_rows
		WHERE reconciliation_id = @reconciliation
		AND number > @after
		AND (@outcome = '' OR outcome = @outcome)
		AND (@difference = '' OR @difference = ANY (differences))
		ORDER BY number
		LIMIT nullif(@limit, 0)`, pgx.StrictNamedArgs{
		"reconciliation": f.ReconciliationID, "after": after, "outcome": string(f.Outcome), "difference": string(f.Difference), "limit": limit,
	}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanReconciliationRow)
	if err != nil {
		return nil, fmt.Errorf("list rows of reconciliation %s: %w", f.ReconciliationID, err)
	}
	return list, s.addLines(ctx, list)
}

func scanReconciliationRow(row pgx.CollectableRow) (matching.ReconciliationRow, error) {
	var r matching.ReconciliationRow
	var f matching.Row
	var line statement.Line
	err := row.Scan(&r.Number, &r.Outcome, &r.Differences, &line.ID, &f.Number, &f.LineID, &f.Reference, &f.Date, &f.Amount, &f.Rate, &f.Customer)
	if r.Outcome != matching.Extra {
		r.File = &f
	}
	if r.Outcome != matching.Missing {
		r.Line = &line
	}
	return r, err
}

// addLines fills in the lines, of which the rows have the ids.
func (s *Store) addLines(ctx context.Context, list []matching.ReconciliationRow) error {
	ids := make([]string, 0, len(list))
	for _, r := range list {
		if r.Line != nil {
			ids = append(ids, r.Line.ID)
		}
	}
	rows, _ := s.tx.Query(ctx, selectLine+`
		WHERE l.entry_id = ANY ($1)`, ids) // CollectRows returns the error
	found, err := pgx.CollectRows(rows, scanLine)
	if err != nil {
		return fmt.Errorf("%d statement lines: %w", len(ids), err)
	}
	lines := make(map[string]*statement.Line, len(found))
	for i := range found {
		lines[found[i].ID] = &found[i]
	}
	for i := range list {
		if list[i].Line != nil {
			list[i].Line = lines[list[i].Line.ID]
		}
	}
	return nil
}
