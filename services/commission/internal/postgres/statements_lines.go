package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// The line of a hold or a release shows the accrual of the disputed line.
const selectLine = `
	SELECT l.entry_id, coalesce(l.statement_id, ''), l.partner_id, e.kind, l.currency, l.amount_minor, l.effective_date, e.post_time, e.cause, e.note,
		coalesce(o.dispute_id, ''), coalesce(a.accrual_id, ''), coalesce(a.kind, ''), coalesce(a.calculation_id, ''), coalesce(a.source_id, ''),
		coalesce(a.subscription_id, ''), coalesce(a.customer_id, ''), coalesce(a.customer_name, ''), coalesce(a.product_id, ''),
		coalesce(a.partner_reference, ''), coalesce(a.invoice_id, ''), coalesce(a.instalment, 0), coalesce(a.currency, ''), coalesce(a.net_minor, 0),
		coalesce(a.rate_bps, 0), a.service_date
	FROM statement_lines l
	JOIN ledger_entries e ON e.entry_id = l.entry_id
	LEFT JOIN disputes o ON o.entry_id = l.entry_id AND o.state = 'OPEN'
	LEFT JOIN disputes h ON e.kind IN ('DISPUTE_HOLD', 'DISPUTE_RELEASE') AND e.cause = 'dispute:' || h.dispute_id
	LEFT JOIN statement_lines held ON held.entry_id = h.entry_id
	LEFT JOIN accruals a ON a.accrual_id = coalesce(l.accrual_id, held.accrual_id)`

func scanLine(row pgx.CollectableRow) (statement.Line, error) {
	var l statement.Line
	err := row.Scan(&l.ID, &l.StatementID, &l.PartnerID, &l.Kind, &l.Amount.Currency, &l.Amount.Minor, &l.Effective, &l.Posted, &l.Cause, &l.Note,
		&l.DisputeID, &l.AccrualID, &l.Earning.Kind, &l.CalculationID, &l.SourceID, &l.SubscriptionID, &l.CustomerID, &l.CustomerName, &l.ProductID,
		&l.PartnerReference, &l.InvoiceID, &l.Instalment, &l.Net.Currency, &l.Net.Minor, &l.Rate, &l.Service)
	l.Posted = l.Posted.UTC()
	return l, err
}

// Line returns statement.ErrNoLine when there is no such line in the scope.
func (s *Store) Line(ctx context.Context, id string) (statement.Line, error) {
	rows, _ := s.tx.Query(ctx, selectLine+`
		WHERE l.entry_id = $1`, id) // CollectExactlyOneRow returns the error
	found, err := pgx.CollectExactlyOneRow(rows, scanLine)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return statement.Line{}, statement.ErrNoLine
	case err != nil:
		return statement.Line{}, fmt.Errorf("statement line %s: %w", id, err)
	}
	return found, nil
}

// LineFilter says which lines to list: those of a statement, or those of the
// open one of a partner and currency. Other empty fields fit all.
type LineFilter struct {
	StatementID               string
	PartnerID, Currency       string
	From, Until               calendar.Date // effective in [from, until)
	SubscriptionID, InvoiceID string
}

// LineKey is where a page of lines ends.
type LineKey struct {
	Effective calendar.Date `json:"effective"`
	ID        string        `json:"id"`
}

// Lines returns up to limit lines after a key, by effective date; the zero key
// begins with the first, and limit 0 sets none.
func (s *Store) Lines(ctx context.Context, f LineFilter, after LineKey, limit int) ([]statement.Line, error) {
	of := `
		WHERE l.statement_id = @statement`
	args := pgx.StrictNamedArgs{
		"statement": f.StatementID, "from": f.From, "until": f.Until, "subscription": f.SubscriptionID, "invoice": f.InvoiceID,
		"after": after.Effective, "id": after.ID, "limit": limit,
	}
	if f.StatementID == "" {
		of = `
		WHERE l.partner_id = @partner AND l.currency = @currency AND l.statement_id IS NULL`
		delete(args, "statement")
		args["partner"], args["currency"] = f.PartnerID, f.Currency
	}
	rows, _ := s.tx.Query(ctx, selectLine+of+`
		AND (@after::date IS NULL OR (l.effective_date, l.entry_id) > (@after, @id))
		AND (@from::date IS NULL OR l.effective_date >= @from)
		AND (@until::date IS NULL OR l.effective_date < @until)
		AND (@subscription = '' OR a.subscription_id = @subscription)
		AND (@invoice = '' OR a.invoice_id = @invoice)
		ORDER BY l.effective_date, l.entry_id
		LIMIT nullif(@limit, 0)`, args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanLine)
	if err != nil {
		return nil, fmt.Errorf("list statement lines: %w", err)
	}
	return list, nil
}
