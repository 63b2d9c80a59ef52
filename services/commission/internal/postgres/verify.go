package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Statements of the ledger's verification. They take nothing for granted that the
// constraints promise: whoever tampers has switched those off.

// foundColumns read an entry e, which may be missing, with its postings and its
// line.
const foundColumns = `
	e.entry_id IS NOT NULL, coalesce(e.kind, ''), coalesce(e.partner_id, ''), coalesce(e.currency, ''), e.effective_date, e.post_time,
	coalesce(e.accrual_id, ''), coalesce(e.reverses, ''), coalesce(e.cause, ''), coalesce(e.note, ''), coalesce(e.actor, ''), coalesce(e.fx_set_id, ''),
	e.digest, p.accounts, p.debits, p.credits, coalesce(p.apart, false),
	l.entry_id IS NOT NULL, coalesce(l.partner_id, ''), coalesce(l.currency, ''), coalesce(l.accrual_id, ''), l.effective_date, coalesce(l.amount_minor, 0)`

const foundJoins = `
	LEFT JOIN LATERAL (
		SELECT array_agg(account ORDER BY number) AS accounts, array_agg(debit_minor ORDER BY number) AS debits,
			array_agg(credit_minor ORDER BY number) AS credits,
			bool_or(partner_id <> e.partner_id OR currency <> e.currency OR effective_date <> e.effective_date OR post_time <> e.post_time) AS apart
		FROM ledger_postings
		WHERE entry_id = e.entry_id) p ON true
	LEFT JOIN statement_lines l ON l.entry_id = e.entry_id`

// foundRow is a row of foundColumns.
type foundRow struct {
	there, lined bool
	posted       *time.Time
	entry        seal.Written
	postings     legs
	line         seal.Line
	effective    calendar.Date // of the line
	apart        bool
}

func (r *foundRow) fields() []any {
	e := &r.entry
	return []any{
		&r.there, &e.Kind, &e.PartnerID, &e.Currency, &e.Effective, &r.posted, &e.AccrualID, &e.Reverses, &e.Cause, &e.Note, &e.Actor, &e.FxSetID,
		&e.Digest, &r.postings.accounts, &r.postings.debits, &r.postings.credits, &r.apart,
		&r.lined, &r.line.PartnerID, &r.line.Currency, &r.line.AccrualID, &r.effective, &r.line.Minor,
	}
}

// into completes what was found of the entry with an id.
func (r *foundRow) into(f *seal.Found) {
	if r.there {
		entry := r.entry
		entry.ID, entry.Posted, entry.Postings = f.EntryID, r.posted.UTC(), r.postings.postings()
		f.Entry, f.Apart = &entry, r.apart
	}
	if r.lined {
		line := r.line
		line.Effective = r.effective.String()
		f.Line = &line
	}
}

// Positions returns what is at up to limit positions after one, in their order.
func (s *Store) Positions(ctx context.Context, after int64, limit int) ([]seal.Found, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT s.position, s.entry_id, s.partner_id, s.digest, `+foundColumns+`
		FROM sealed_entries s
		LEFT JOIN ledger_entries e ON e.entry_id = s.entry_id `+foundJoins+`
		WHERE s.position > $1
		ORDER BY s.position
		LIMIT $2`, after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (seal.Found, error) {
		var f seal.Found
		var r foundRow
		err := row.Scan(append([]any{&f.Position, &f.EntryID, &f.OwnerID, &f.Sealed}, r.fields()...)...)
		if err == nil {
			r.into(&f)
		}
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("entries after position %d: %w", after, err)
	}
	return list, nil
}

// EachStray calls fn with every entry that has no position, in the order of ids.
func (s *Store) EachStray(ctx context.Context, fn func(seal.Found)) error {
	rows, _ := s.tx.Query(ctx, `
		SELECT e.entry_id, `+foundColumns+`
		FROM ledger_entries e `+foundJoins+`
		WHERE NOT EXISTS (SELECT FROM sealed_entries s WHERE s.entry_id = e.entry_id)
		ORDER BY e.entry_id`) // ForEachRow returns the error
	var f seal.Found
	var r foundRow
	_, err := pgx.ForEachRow(rows, append([]any{&f.EntryID}, r.fields()...), func() error {
		r.into(&f)
		fn(f)
		f, r = seal.Found{}, foundRow{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("entries without a position: %w", err)
	}
	return nil
}

// EachOrphan calls fn with every entry that is not there, and what is there of
// it: "postings" or "a statement line". Those that have a position are left out.
func (s *Store) EachOrphan(ctx context.Context, fn func(entryID, what string)) error {
	var entryID, what string
	return s.each(ctx, "postings and lines without an entry", `
		SELECT entry_id, string_agg(what, ' and ' ORDER BY what)
		FROM (
			SELECT DISTINCT p.entry_id, 'postings' AS what
			FROM ledger_postings p
			WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.entry_id = p.entry_id)
			UNION ALL
			SELECT l.entry_id, 'a statement line'
			FROM statement_lines l
			WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.entry_id = l.entry_id)
		) orphans
		WHERE NOT EXISTS (SELECT FROM sealed_entries s WHERE s.entry_id = orphans.entry_id)
		GROUP BY entry_id
		ORDER BY entry_id`, nil, []any{&entryID, &what}, func() { fn(entryID, what) })
}

// EachSealTold calls fn with every seal, as it is and as the feed told it; the one
// that is not there is nil.
func (s *Store) EachSealTold(ctx context.Context, fn func(found, told *seal.Seal)) error {
	var number, first, last *int64
	var digest, snapshot []byte
	var at *time.Time
	return s.each(ctx, "seals against the feed", `
		SELECT s.seal_number, s.first_position, s.last_position, s.digest, s.seal_time, v.snapshot
		FROM ledger_seals s
		FULL JOIN (SELECT resource_id::bigint AS seal_number, snapshot FROM events WHERE kind = 'ledger.sealed') v ON v.seal_number = s.seal_number
		ORDER BY coalesce(s.seal_number, v.seal_number)`, nil, []any{&number, &first, &last, &digest, &at, &snapshot}, func() {
		var found *seal.Seal
		if number != nil {
			found = &seal.Seal{Number: *number, First: *first, Last: *last, Digest: digest, At: at.UTC()}
		}
		fn(found, toldAs[seal.Seal](snapshot))
	})
}

// toldAs reads the snapshot of an event, nil for none. What can't be read is like
// nothing that is there.
func toldAs[T any](snapshot []byte) *T {
	if snapshot == nil {
		return nil
	}
	var told T
	_ = json.Unmarshal(snapshot, &told)
	return &told
}

// each runs a query, scans each row into fields and calls fn after it.
func (s *Store) each(ctx context.Context, what, sql string, args, fields []any, fn func()) error {
	rows, _ := s.tx.Query(ctx, sql, args...) // ForEachRow returns the error
	_, err := pgx.ForEachRow(rows, fields, func() error {
		fn()
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
