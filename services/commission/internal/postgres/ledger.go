package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// AddEntries writes entries into the ledger, with the lines that statements will
// show of them. The database checks at COMMIT that each balances. It needs the
// system scope. The second reversal of an entry is ledger.ErrAlreadyReversed.
func (s *Store) AddEntries(ctx context.Context, list ...ledger.Entry) error {
	if len(list) == 0 {
		return nil
	}
	var batch pgx.Batch
	queueEntries(&batch, list)
	err := s.tx.SendBatch(ctx, &batch).Close()
	switch {
	case pg.Constraint(err) == "ledger_entries_reversed_once":
		return ledger.ErrAlreadyReversed
	case err != nil:
		return fmt.Errorf("add %d ledger entries: %w", len(list), err)
	}
	return nil
}

// entryRow, postingRow and lineRow are rows as jsonb_populate_recordset reads
// them.
type entryRow struct {
	ID        string         `json:"entry_id"`
	Kind      ledger.Kind    `json:"kind"`
	PartnerID string         `json:"partner_id"`
	Currency  money.Currency `json:"currency"`
	Effective calendar.Date  `json:"effective_date"`
	Posted    time.Time      `json:"post_time"`
	AccrualID *string        `json:"accrual_id"`
	Reverses  *string        `json:"reverses"`
	Cause     string         `json:"cause"`
	Note      string         `json:"note"`
	Actor     string         `json:"actor"`
	FxSetID   string         `json:"fx_set_id"`
	Digest    string         `json:"digest"`
}

type postingRow struct {
	EntryID   string         `json:"entry_id"`
	Number    int            `json:"number"`
	Account   ledger.Account `json:"account"`
	PartnerID string         `json:"partner_id"`
	Currency  money.Currency `json:"currency"`
	Effective calendar.Date  `json:"effective_date"`
	Posted    time.Time      `json:"post_time"`
	Debit     int64          `json:"debit_minor"`
	Credit    int64          `json:"credit_minor"`
}

type lineRow struct {
	EntryID   string         `json:"entry_id"`
	PartnerID string         `json:"partner_id"`
	Currency  money.Currency `json:"currency"`
	Effective calendar.Date  `json:"effective_date"`
	Minor     int64          `json:"amount_minor"`
	AccrualID *string        `json:"accrual_id"`
}

func queueEntries(batch *pgx.Batch, list []ledger.Entry) {
	entries := make([]entryRow, len(list))
	postings := make([]postingRow, 0, 2*len(list))
	var lines []lineRow
	for i, e := range list {
		entries[i] = entryRow{
			e.ID, e.Kind, e.PartnerID, e.Currency, e.Effective, e.Posted, optional(e.AccrualID), optional(e.Reverses), e.Cause, e.Note, e.Actor,
			e.FxSetID, byteaText(e.Digest()),
		}
		for n, p := range e.Postings {
			postings = append(postings, postingRow{e.ID, n + 1, p.Account, e.PartnerID, e.Currency, e.Effective, e.Posted, p.Debit, p.Credit})
		}
		if stated, shown := e.Stated(); shown {
			lines = append(lines, lineRow{e.ID, e.PartnerID, e.Currency, e.Effective, stated.Minor, optional(e.AccrualID)})
		}
	}
	batch.Queue(`
		INSERT INTO ledger_entries (
			entry_id, kind, partner_id, currency, effective_date, post_time, accrual_id, reverses, cause, note, actor, fx_set_id, digest)
		SELECT entry_id, kind, partner_id, currency, effective_date, post_time, accrual_id, reverses, cause, note, actor, fx_set_id, digest
		FROM jsonb_populate_recordset(NULL::ledger_entries, $1)`, entries)
	batch.Queue(`
		INSERT INTO ledger_postings (entry_id, number, account, partner_id, currency, effective_date, post_time, debit_minor, credit_minor)
		SELECT entry_id, number, account, partner_id, currency, effective_date, post_time, debit_minor, credit_minor
		FROM jsonb_populate_recordset(NULL::ledger_postings, $1)`, postings)
	if len(lines) > 0 {
		batch.Queue(`
			INSERT INTO statement_lines (entry_id, partner_id, currency, effective_date, amount_minor, accrual_id)
			SELECT entry_id, partner_id, currency, effective_date, amount_minor, accrual_id
			FROM jsonb_populate_recordset(NULL::statement_lines, $1)`, lines)
	}
}

// optional turns the empty text into NULL.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// byteaText writes bytes as PostgreSQL reads them from text.
func byteaText(b []byte) string { return `\x` + hex.EncodeToString(b) }

const selectEntry = `
	SELECT e.entry_id, e.kind, e.partner_id, e.currency, e.effective_date, e.post_time, coalesce(e.accrual_id, ''), coalesce(e.reverses, ''), e.cause,
		e.note, e.actor, e.fx_set_id, (
			SELECT jsonb_agg(jsonb_build_object('account', p.account, 'debit', p.debit_minor, 'credit', p.credit_minor) ORDER BY p.number)
			FROM ledger_postings p
			WHERE p.entry_id = e.entry_id)
	FROM ledger_entries e`

func scanEntry(row pgx.CollectableRow) (ledger.Entry, error) {
	var e ledger.Entry
	err := row.Scan(&e.ID, &e.Kind, &e.PartnerID, &e.Currency, &e.Effective, &e.Posted, &e.AccrualID, &e.Reverses, &e.Cause, &e.Note, &e.Actor,
		&e.FxSetID, &e.Postings)
	e.Posted = e.Posted.UTC()
	return e, err
}

// Entry returns ledger.ErrNoEntry when there is no such entry in the scope.
func (s *Store) Entry(ctx context.Context, id string) (ledger.Entry, error) {
	list, err := s.entries(ctx, `
		WHERE e.entry_id = $1`, id)
	switch {
	case err != nil:
		return ledger.Entry{}, err
	case len(list) == 0:
		return ledger.Entry{}, ledger.ErrNoEntry
	}
	return list[0], nil
}

func (s *Store) entries(ctx context.Context, sql string, args ...any) ([]ledger.Entry, error) {
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
func (s *Store) Entries(ctx context.Context, f EntryFilter, before string, limit int) ([]ledger.Entry, error) {
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
