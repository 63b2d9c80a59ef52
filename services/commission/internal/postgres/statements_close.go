package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// LockStatements waits until nobody else closes or disputes statements of a
// partner and currency, and keeps others from it until the transaction ends.
// Nobody who writes entries takes it.
func (s *Store) LockStatements(ctx context.Context, partnerID, currency string) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtextextended('statements ' || $1 || ' ' || $2, 0))`, partnerID, currency)
	if err != nil {
		return fmt.Errorf("lock statements of %s in %s: %w", partnerID, currency, err)
	}
	return nil
}

// AccountFilter says of whom to look for what there is to close in a month and
// before; empty fields fit all.
type AccountFilter struct {
	Month               statement.Month
	PartnerID, Currency string
}

// AccountsToClose returns the partners and currencies that have a line or a
// balance for a month, and no statement of it.
func (s *Store) AccountsToClose(ctx context.Context, f AccountFilter) ([]statement.Account, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT partner_id, currency
		FROM (
			SELECT DISTINCT partner_id, currency
			FROM statement_lines
			WHERE statement_id IS NULL AND effective_date < @next
			UNION
			SELECT partner_id, currency
			FROM statements s
			WHERE month < @month AND closing_minor <> paid_minor
			AND NOT EXISTS (SELECT FROM statements n WHERE n.previous_statement_id = s.statement_id)
		) a
		WHERE (@partner = '' OR partner_id = @partner)
		AND (@currency = '' OR currency = @currency)
		AND NOT EXISTS (SELECT FROM statements s WHERE s.partner_id = a.partner_id AND s.currency = a.currency AND s.month >= @month)
		ORDER BY partner_id, currency`,
		pgx.StrictNamedArgs{
			"month": f.Month.First(), "next": f.Month.Next().First(), "partner": f.PartnerID, "currency": f.Currency,
		}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a statement.Account, err error) {
		err = row.Scan(&a.PartnerID, &a.Currency)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("accounts to close: %w", err)
	}
	return list, nil
}

// Account returns what there is to close of a partner and currency.
func (s *Store) Account(ctx context.Context, partnerID, currency string) (statement.Account, error) {
	latest, err := s.LatestStatement(ctx, partnerID, currency)
	if err != nil && !errors.Is(err, statement.ErrNone) {
		return statement.Account{}, err
	}
	return s.accountAfter(ctx, partnerID, currency, latest)
}

// AccountForUpdate is Account, and locks the latest statement.
func (s *Store) AccountForUpdate(ctx context.Context, partnerID, currency string) (statement.Account, error) {
	latest, err := s.LatestStatementForUpdate(ctx, partnerID, currency)
	if err != nil && !errors.Is(err, statement.ErrNone) {
		return statement.Account{}, err
	}
	return s.accountAfter(ctx, partnerID, currency, latest)
}

func (s *Store) accountAfter(ctx context.Context, partnerID, currency string, latest statement.Statement) (statement.Account, error) {
	a := statement.Account{PartnerID: partnerID, Currency: money.Currency(currency), Latest: latest}
	err := s.tx.QueryRow(ctx, `
		SELECT min(l.effective_date), min(greatest(l.effective_date, (e.post_time AT TIME ZONE 'UTC')::date - $3::integer))
		FROM statement_lines l
		JOIN ledger_entries e ON e.entry_id = l.entry_id
		WHERE l.partner_id = $1 AND l.currency = $2 AND l.statement_id IS NULL`, partnerID, currency, statement.GraceDays).Scan(&a.Earliest, &a.Known)
	if err != nil {
		return a, fmt.Errorf("open lines of %s in %s: %w", partnerID, currency, err)
	}
	return a, nil
}

// TakeLines puts the open lines of a partner and currency that are effective by
// the end of a month on a statement that is yet to be written, and adds them up.
// It needs the system scope.
func (s *Store) TakeLines(ctx context.Context, statementID string, a statement.Account, m statement.Month) (taken statement.Lines, err error) {
	err = s.tx.QueryRow(ctx, `
		WITH taken AS (
			UPDATE statement_lines
			SET statement_id = @statement
			WHERE partner_id = @partner AND currency = @currency AND statement_id IS NULL AND effective_date < @next
			RETURNING entry_id, effective_date, amount_minor
		), payable AS (
			SELECT sum(p.credit_minor - p.debit_minor) AS minor
			FROM taken
			JOIN ledger_postings p USING (entry_id)
			WHERE p.account = 'PAYABLE'
		)
		SELECT count(*), coalesce(sum(amount_minor), 0)::bigint, coalesce(sum(amount_minor) FILTER (WHERE effective_date < @month), 0)::bigint,
			(SELECT coalesce(minor, 0)::bigint FROM payable)
		FROM taken`,
		pgx.StrictNamedArgs{
			"statement": statementID, "partner": a.PartnerID, "currency": a.Currency, "month": m.First(), "next": m.Next().First(),
		}).Scan(&taken.Count, &taken.Sum, &taken.Prior, &taken.Payable)
	if err != nil {
		return taken, fmt.Errorf("take lines of %s in %s: %w", a.PartnerID, a.Currency, err)
	}
	return taken, nil
}

// OpenLines adds up the lines of the open statement of a partner and currency.
// Prior is what is effective before a day.
func (s *Store) OpenLines(ctx context.Context, partnerID, currency string, before calendar.Date) (open statement.Lines, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT count(*), coalesce(sum(amount_minor), 0)::bigint, coalesce(sum(amount_minor) FILTER (WHERE effective_date < @before), 0)::bigint
		FROM statement_lines
		WHERE partner_id = @partner AND currency = @currency AND statement_id IS NULL`,
		pgx.StrictNamedArgs{"partner": partnerID, "currency": currency, "before": before}).Scan(&open.Count, &open.Sum, &open.Prior)
	if err != nil {
		return open, fmt.Errorf("open lines of %s in %s: %w", partnerID, currency, err)
	}
	return open, nil
}

// NextDocumentNumber takes the next number of self-billed invoices. Until the
// transaction ends, others wait for theirs: a number that is taken is used.
func (s *Store) NextDocumentNumber(ctx context.Context) (n int64, err error) {
	err = s.tx.QueryRow(ctx, `
		UPDATE document_series
		SET last_number = last_number + 1
		WHERE series = 'SELF_BILLING'
		RETURNING last_number`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("next number of a self-billed invoice: %w", err)
	}
	return n, nil
}
