package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// AddEntries writes entries into the ledger, with the lines that statements will
// show of them. The database refuses an entry that does not balance. It needs the
// system scope. The second reversal of an entry is ledger.ErrAlreadyReversed.
func (s *Store) AddEntries(ctx context.Context, list ...ledger.Entry) error {
	if len(list) == 0 {
		return nil
	}
	_, err := s.tx.Exec(ctx, insertEntries, entryColumnsOf(list).args()...)
	if err = refusedEntries(err); err != nil {
		return fmt.Errorf("add %d ledger entries: %w", len(list), err)
	}
	return nil
}

// AddEntriesLast is AddEntries in the round trip of COMMIT, for when nothing that
// comes before it reads the entries or refers to them.
func (s *Store) AddEntriesLast(ctx context.Context, list ...ledger.Entry) error {
	if len(list) == 0 {
		return nil
	}
	return pg.AtEnd(ctx, s.tx, pg.Statement{SQL: insertEntries, Args: entryColumnsOf(list).args(), Refused: refusedEntries})
}

func refusedEntries(err error) error {
	if pg.Constraint(err) == "ledger_entries_reversed_once" {
		return ledger.ErrAlreadyReversed
	}
	return err
}

// insertEntries is one statement, at whose end the database checks that every
// entry has its postings, and that they balance. Each parameter is a column.
const insertEntries = `
	WITH given AS (
		SELECT *
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[],
			$11::text[], $12::text[], $13::bytea[], $14::bigint[])
			AS e (entry_id, kind, partner_id, currency, effective_date, post_time, accrual_id, reverses, cause, note, actor, fx_set_id, digest, stated_minor)
	), entries AS (
		INSERT INTO ledger_entries (
			entry_id, kind, partner_id, currency, effective_date, post_time, accrual_id, reverses, cause, note, actor, fx_set_id, digest)
		SELECT entry_id, kind, partner_id, currency, effective_date, post_time, accrual_id, reverses, cause, note, actor, fx_set_id, digest
		FROM given
	), lines AS (
		INSERT INTO statement_lines (entry_id, partner_id, currency, effective_date, amount_minor, accrual_id)
		SELECT entry_id, partner_id, currency, effective_date, stated_minor, accrual_id
		FROM given
		WHERE stated_minor IS NOT NULL
	)
	INSERT INTO ledger_postings (entry_id, number, account, partner_id, currency, effective_date, post_time, debit_minor, credit_minor)
	SELECT *
	FROM unnest($15::text[], $16::smallint[], $17::text[], $18::text[], $19::text[], $20::date[], $21::timestamptz[], $22::bigint[], $23::bigint[])`

const selectEntry = `
	SELECT e.entry_id, e.kind, e.partner_id, e.currency, e.effective_date, e.post_time, coalesce(e.accrual_id, ''), coalesce(e.reverses, ''), e.cause,
		e.note, e.actor, e.fx_set_id, (
			SELECT jsonb_agg(jsonb_build_object('account', p.account, 'debit', p.debit_minor, 'credit', p.credit_minor) ORDER BY p.number)
			FROM ledger_postings p
			WHERE p.entry_id = e.entry_id),
		coalesce(a.kind, ''), coalesce(a.calculation_id, '')
	FROM ledger_entries e
	LEFT JOIN accruals a ON a.accrual_id = e.accrual_id`

func scanEntry(row pgx.CollectableRow) (earnings.Explained, error) {
	var e earnings.Explained
	err := row.Scan(&e.ID, &e.Kind, &e.PartnerID, &e.Currency, &e.Effective, &e.Posted, &e.AccrualID, &e.Reverses, &e.Cause, &e.Note, &e.Actor,
		&e.FxSetID, &e.Postings, &e.Of, &e.CalculationID)
	e.Posted = e.Posted.UTC()
	return e, err
}

// Entry returns ledger.ErrNoEntry when there is no such entry in the scope.
func (s *Store) Entry(ctx context.Context, id string) (ledger.Entry, error) {
	found, err := s.ExplainedEntry(ctx, id)
	return found.Entry, err
}

// ExplainedEntry is Entry, with what explains it.
func (s *Store) ExplainedEntry(ctx context.Context, id string) (earnings.Explained, error) {
	list, err := s.entries(ctx, `
		WHERE e.entry_id = $1`, id)
	switch {
	case err != nil:
		return earnings.Explained{}, err
	case len(list) == 0:
		return earnings.Explained{}, ledger.ErrNoEntry
	}
	return list[0], nil
}

func (s *Store) entries(ctx context.Context, sql string, args ...any) ([]earnings.Explained, error) {
	rows, _ := s.tx.Query(ctx, selectEntry+sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("list ledger entries: %w", err)
	}
	return list, nil
}

// EntryFilter says which entries to list; empty fields fit all.
type EntryFilter struct {
	PartnerID, Currency, AccrualID, Cause, StatementID string
}

// Entries returns up to limit entries before an id, newest first; "" begins with
// the newest.
func (s *Store) Entries(ctx context.Context, f EntryFilter, before string, limit int) ([]earnings.Explained, error) {
	return s.entries(ctx, `
		WHERE (@before = '' OR e.entry_id < @before)
		AND (@partner = '' OR e.partner_id = @partner)
		AND (@currency = '' OR e.currency = @currency)
		AND (@accrual = '' OR e.accrual_id = @accrual)
		AND (@cause = '' OR e.cause = @cause)
		AND (@statement = '' OR e.entry_id IN (SELECT entry_id FROM statement_lines WHERE statement_id = @statement))
		ORDER BY e.entry_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "partner": f.PartnerID, "currency": f.Currency, "accrual": f.AccrualID, "cause": f.Cause, "statement": f.StatementID,
			"limit": limit,
		})
}
