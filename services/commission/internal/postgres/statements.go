package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// heldMinor is what open disputes of the partner and currency of s hold that is
// on no statement yet.
const heldMinor = `(
		SELECT coalesce(sum(d.held_minor), 0)::bigint
		FROM disputes d
		JOIN statement_lines l ON l.entry_id = d.hold_entry_id
		WHERE d.partner_id = s.partner_id AND d.currency = s.currency AND d.state = 'OPEN' AND l.statement_id IS NULL)`

const selectStatement = `
	SELECT s.statement_id, s.partner_id, s.partner_name, s.currency, s.month, s.state, s.opening_minor, s.lines_minor, s.prior_minor, s.closing_minor,
		s.line_count, s.minimum_minor, CASE WHEN s.state = 'CLOSED' THEN ` + heldMinor + ` ELSE 0 END, s.paid_minor, coalesce(s.document_number, ''),
		s.agreement_id, s.tax_id, coalesce(s.previous_statement_id, ''), s.dispute_until, s.code_version_id, s.close_time, s.closer, s.revision
	FROM statements s`

func scanStatement(row pgx.CollectableRow) (statement.Statement, error) {
	var s statement.Statement
	var first calendar.Date
	err := row.Scan(&s.ID, &s.PartnerID, &s.PartnerName, &s.Currency, &first, &s.State, &s.OpeningMinor, &s.LinesMinor, &s.PriorMinor, &s.ClosingMinor,
		&s.LineCount, &s.MinimumMinor, &s.HeldMinor, &s.PaidMinor, &s.DocumentNumber, &s.AgreementID, &s.TaxID, &s.PreviousID, &s.DisputeUntil,
		&s.CodeVersionID, &s.CloseTime, &s.Closer, &s.Revision)
	s.Month, s.CloseTime = statement.MonthOf(first), s.CloseTime.UTC()
	return s, err
}

// Statement returns statement.ErrNone when there is no such statement in the
// scope.
func (s *Store) Statement(ctx context.Context, id string) (statement.Statement, error) {
	return s.oneStatement(ctx, `
		WHERE s.statement_id = $1`, id)
}

// StatementForUpdate is Statement, and locks it.
func (s *Store) StatementForUpdate(ctx context.Context, id string) (statement.Statement, error) {
	return s.lockedStatement(ctx, `
		WHERE s.statement_id = $1
		FOR UPDATE OF s`, id)
}

// LatestStatement returns the latest closed statement of a partner and currency,
// or statement.ErrNone.
func (s *Store) LatestStatement(ctx context.Context, partnerID, currency string) (statement.Statement, error) {
	return s.oneStatement(ctx, latestStatement, partnerID, currency)
}

// LatestStatementForUpdate is LatestStatement, and locks it. Whoever closes,
// disputes or pays looks at it like that; LockStatements comes first, so that
// none becomes the latest meanwhile.
func (s *Store) LatestStatementForUpdate(ctx context.Context, partnerID, currency string) (statement.Statement, error) {
	return s.lockedStatement(ctx, latestStatement+`
		FOR UPDATE OF s`, partnerID, currency)
}

const latestStatement = `
		WHERE s.partner_id = $1
		AND s.currency = $2
		ORDER BY s.month DESC
		LIMIT 1`

// lockedStatement reads again what it has locked: what is held by disputes is
// seen as of the first statement, which may have waited for the lock.
func (s *Store) lockedStatement(ctx context.Context, sql string, args ...any) (statement.Statement, error) {
	locked, err := s.oneStatement(ctx, sql, args...)
	if err != nil {
		return locked, err
	}
	return s.Statement(ctx, locked.ID)
}

func (s *Store) oneStatement(ctx context.Context, sql string, args ...any) (statement.Statement, error) {
	rows, _ := s.tx.Query(ctx, selectStatement+sql, args...) // CollectExactlyOneRow returns the error
	found, err := pgx.CollectExactlyOneRow(rows, scanStatement)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return statement.Statement{}, statement.ErrNone
	case err != nil:
		return statement.Statement{}, fmt.Errorf("statement: %w", err)
	}
	return found, nil
}

// StatementFilter says which statements to list; empty fields fit all.
type StatementFilter struct {
	PartnerID, Currency string
	From, Until         statement.Month // both included
	State               statement.State
}

// Statements returns up to limit statements before an id, newest first; "" begins
// with the newest.
func (s *Store) Statements(ctx context.Context, f StatementFilter, before string, limit int) ([]statement.Statement, error) {
	rows, _ := s.tx.Query(ctx, selectStatement+`
		WHERE (@before = '' OR s.statement_id < @before)
		AND (@partner = '' OR s.partner_id = @partner)
		AND (@currency = '' OR s.currency = @currency)
		AND (@from::date IS NULL OR s.month >= @from)
		AND (@until::date IS NULL OR s.month <= @until)
		AND (@state = '' OR s.state = @state)
		ORDER BY s.statement_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "partner": f.PartnerID, "currency": f.Currency, "from": f.From.First(), "until": f.Until.First(), "state": string(f.State),
			"limit": limit,
		}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanStatement)
	if err != nil {
		return nil, fmt.Errorf("list statements: %w", err)
	}
	return list, nil
}

// AddStatement writes a statement, after it has taken its lines. The database
// checks at COMMIT that it adds up. It needs the system scope, and returns
// statement.ErrClosed where there is one of the month.
func (s *Store) AddStatement(ctx context.Context, n statement.Statement) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO statements (
			statement_id, partner_id, partner_name, currency, month, opening_minor, lines_minor, prior_minor, closing_minor, line_count, minimum_minor,
			self_billed, document_number, agreement_id, tax_id, code_version_id, dispute_until, previous_statement_id, state, close_time, closer)
		VALUES (@id, @partner, @name, @currency, @month, @opening, @lines, @prior, @closing, @count, @minimum, @billed, nullif(@number, ''), @agreement, @tax,
			@code, @until, nullif(@previous, ''), @state, @closed, @closer)`,
		pgx.StrictNamedArgs{
			"id": n.ID, "partner": n.PartnerID, "name": n.PartnerName, "currency": n.Currency, "month": n.Month.First(), "opening": n.OpeningMinor,
			"lines": n.LinesMinor, "prior": n.PriorMinor, "closing": n.ClosingMinor, "count": n.LineCount, "minimum": n.MinimumMinor,
			"billed": n.SelfBilled(), "number": n.DocumentNumber, "agreement": n.AgreementID, "tax": n.TaxID, "code": n.CodeVersionID,
			"until": n.DisputeUntil, "previous": n.PreviousID, "state": n.State, "closed": n.CloseTime, "closer": n.Closer,
		})
	switch pg.Constraint(err) {
	case "statements_one_a_month", "statements_one_successor", "statements_one_first":
		return statement.ErrClosed
	}
	if err != nil {
		return fmt.Errorf("add statement %s: %w", n.ID, err)
	}
	return nil
}

// SaveStatement saves how a statement is settled: its state and what was paid.
func (s *Store) SaveStatement(ctx context.Context, n statement.Statement) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE statements
		SET state = @state, paid_minor = @paid, revision = @revision
		WHERE statement_id = @id`,
		pgx.StrictNamedArgs{"id": n.ID, "state": n.State, "paid": n.PaidMinor, "revision": n.Revision})
	if err != nil {
		return fmt.Errorf("save statement %s: %w", n.ID, err)
	}
	return nil
}

// PaidOnward reports whether a statement, or a later one that has its balance,
// is paid or being paid.
func (s *Store) PaidOnward(ctx context.Context, of statement.Statement) (paid bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM statements
			WHERE partner_id = $1 AND currency = $2 AND month >= $3 AND state IN ('PAYING', 'PAID'))`,
		of.PartnerID, of.Currency, of.Month.First()).Scan(&paid)
	if err != nil {
		return false, fmt.Errorf("payments of statement %s: %w", of.ID, err)
	}
	return paid, nil
}

// HeldAgainst returns what open disputes of a partner and currency hold that is
// on no statement yet, in minor units: a payout of the latest one pays so much
// less.
func (s *Store) HeldAgainst(ctx context.Context, partnerID, currency string) (minor int64, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT `+heldMinor+`
		FROM (VALUES ($1, $2)) AS s (partner_id, currency)`, partnerID, currency).Scan(&minor)
	if err != nil {
		return 0, fmt.Errorf("held against %s in %s: %w", partnerID, currency, err)
	}
	return minor, nil
}
