package postgres

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
)

// AccrualGap is an accrual whose stored amounts are not those of its entries, or
// which is not there at all.
type AccrualGap struct {
	AccrualID       string
	There           bool
	Stored, Entries ledger.Standing
}

// EachAccrualGap calls fn with every accrual that is not what its entries say.
func (s *Store) EachAccrualGap(ctx context.Context, fn func(AccrualGap)) error {
	var g AccrualGap
	return s.each(ctx, "accruals against their entries", `
		SELECT coalesce(a.accrual_id, p.accrual_id), a.accrual_id IS NOT NULL,
			coalesce(a.accrued_minor, 0), coalesce(a.payable_minor, 0), coalesce(a.held_minor, 0),
			coalesce(p.accrued, 0), coalesce(p.payable, 0), coalesce(p.held, 0)
		FROM accruals a
		FULL JOIN (
			SELECT e.accrual_id,
				coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account = 'ACCRUED'), 0)::bigint AS accrued,
				coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account IN ('PAYABLE', 'RECEIVABLE')), 0)::bigint AS payable,
				coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account = 'HELD'), 0)::bigint AS held
			FROM ledger_entries e
			JOIN ledger_postings p ON p.entry_id = e.entry_id
			WHERE e.accrual_id IS NOT NULL
			GROUP BY e.accrual_id
		) p ON p.accrual_id = a.accrual_id
		WHERE (coalesce(a.accrued_minor, 0), coalesce(a.payable_minor, 0), coalesce(a.held_minor, 0))
			<> (coalesce(p.accrued, 0), coalesce(p.payable, 0), coalesce(p.held, 0))
		OR a.accrual_id IS NULL
		ORDER BY 1`, nil,
		[]any{&g.AccrualID, &g.There, &g.Stored.Accrued, &g.Stored.Payable, &g.Stored.Held, &g.Entries.Accrued, &g.Entries.Payable, &g.Entries.Held},
		func() { fn(g) })
}

// EachByHand calls fn with every entry that people made, save those of disputes,
// as it is and as the feed told it; the one that is not there is nil.
func (s *Store) EachByHand(ctx context.Context, fn func(entryID string, digest []byte, told *ledger.Entry)) error {
	var entryID string
	var digest, snapshot []byte
	return s.each(ctx, "entries by hand", `
		SELECT coalesce(e.entry_id, v.resource_id), e.digest, v.snapshot
		FROM (
			SELECT entry_id, digest
			FROM ledger_entries
			WHERE kind IN ('ADJUSTMENT', 'REVERSAL')
			AND NOT EXISTS (SELECT FROM disputes d WHERE d.adjustment_entry_id = ledger_entries.entry_id)
		) e
		FULL JOIN (SELECT resource_id, snapshot FROM events WHERE kind = 'ledger_entry.posted') v ON v.resource_id = e.entry_id
		ORDER BY 1`, nil, []any{&entryID, &digest, &snapshot}, func() {
		fn(entryID, digest, toldAs[ledger.Entry](snapshot))
	})
}

// EachUnfounded calls fn with every entry that nothing gives rise to: no accrual,
// no dispute, no statement and no payout that it would follow from.
func (s *Store) EachUnfounded(ctx context.Context, fn func(entryID string, kind ledger.Kind)) error {
	var entryID string
	var kind ledger.Kind
	return s.each(ctx, "entries against what they follow from", `
		SELECT e.entry_id, e.kind
		FROM ledger_entries e
		WHERE CASE
			WHEN e.kind IN ('ACCRUAL', 'MATURITY', 'UNWINDING', 'CLAWBACK', 'HOLD', 'RELEASE', 'FORFEIT') THEN e.accrual_id IS NULL
			WHEN e.kind = 'DISPUTE_HOLD' THEN NOT EXISTS (SELECT FROM disputes d WHERE d.hold_entry_id = e.entry_id)
			WHEN e.kind = 'DISPUTE_RELEASE' THEN NOT EXISTS (SELECT FROM disputes d WHERE d.release_entry_id = e.entry_id)
			WHEN e.kind = 'SET_OFF' THEN NOT EXISTS (SELECT FROM statements s WHERE 'statement:' || s.statement_id = e.cause)
			WHEN e.kind LIKE 'PAYOUT%' THEN NOT EXISTS (SELECT FROM payouts p WHERE 'payout:' || p.payout_id = e.cause)
		END
		ORDER BY e.entry_id`, nil, []any{&entryID, &kind}, func() { fn(entryID, kind) })
}

// StatementGap is a statement, or a line that some statement should have, that is
// not what the others say.
type StatementGap struct {
	StatementID, EntryID, Detail string
}

// EachStatementGap calls fn with every statement that is not the sum of its lines
// or does not go on where the one before has ended.
func (s *Store) EachStatementGap(ctx context.Context, fn func(StatementGap)) error {
	var id string
	var lines, total, prior, opening, closing, left, foundLines, foundTotal, foundPrior int64
	return s.each(ctx, "statements against their lines", `
		SELECT s.statement_id, s.line_count, s.lines_minor, s.prior_minor, s.opening_minor, s.closing_minor, coalesce(b.closing_minor - b.paid_minor, 0),
			coalesce(l.lines, 0), coalesce(l.total, 0)::bigint, coalesce(l.prior, 0)::bigint
		FROM statements s
		LEFT JOIN statements b ON b.statement_id = s.previous_statement_id
		LEFT JOIN (
			SELECT l.statement_id, count(*) AS lines, sum(l.amount_minor) AS total, sum(l.amount_minor) FILTER (WHERE l.effective_date < t.month) AS prior
			FROM statement_lines l
			JOIN statements t ON t.statement_id = l.statement_id
			GROUP BY l.statement_id
		) l ON l.statement_id = s.statement_id
		WHERE (s.line_count, s.lines_minor, s.prior_minor) <> (coalesce(l.lines, 0), coalesce(l.total, 0), coalesce(l.prior, 0))
		OR s.closing_minor <> s.opening_minor + s.lines_minor
		OR s.opening_minor <> coalesce(b.closing_minor - b.paid_minor, 0)
		ORDER BY s.statement_id`, nil,
		[]any{&id, &lines, &total, &prior, &opening, &closing, &left, &foundLines, &foundTotal, &foundPrior}, func() {
			if lines != foundLines || total != foundTotal || prior != foundPrior {
				fn(StatementGap{StatementID: id, Detail: fmt.Sprintf("statement %s says %d lines of %d minor units, %d of them earlier, and has %d of %d and %d",
					id, lines, total, prior, foundLines, foundTotal, foundPrior)})
			}
			if closing != opening+total {
				fn(StatementGap{StatementID: id, Detail: fmt.Sprintf("statement %s closes at %d minor units, and opens at %d with lines of %d", id, closing, opening, total)})
			}
			if opening != left {
				fn(StatementGap{StatementID: id, Detail: fmt.Sprintf("statement %s opens at %d minor units, and the one before has left %d", id, opening, left)})
			}
		})
}

// EachPaymentGap calls fn with every statement of which something else was paid
// than the entries of its payouts come to.
func (s *Store) EachPaymentGap(ctx context.Context, fn func(StatementGap)) error {
	var id string
	var paid, entered int64
	return s.each(ctx, "payments against their entries", `
		SELECT s.statement_id, s.paid_minor, coalesce(sum(l.debit_minor - l.credit_minor), 0)::bigint
		FROM statements s
		LEFT JOIN payouts p ON p.statement_id = s.statement_id
		LEFT JOIN ledger_entries e ON e.kind = 'PAYOUT' AND e.cause = 'payout:' || p.payout_id
		LEFT JOIN ledger_postings l ON l.entry_id = e.entry_id AND l.account = 'PAYABLE'
		GROUP BY s.statement_id, s.paid_minor
		HAVING s.paid_minor <> coalesce(sum(l.debit_minor - l.credit_minor), 0)
		ORDER BY s.statement_id`, nil, []any{&id, &paid, &entered}, func() {
		fn(StatementGap{StatementID: id, Detail: fmt.Sprintf("statement %s says that %d minor units of it were paid, and the ledger %d", id, paid, entered)})
	})
}

// EachStrayLine calls fn with every line that is on a statement that it can't be on.
func (s *Store) EachStrayLine(ctx context.Context, fn func(StatementGap)) error {
	var id, entry string
	return s.each(ctx, "lines of other statements", `
		SELECT l.statement_id, l.entry_id
		FROM statement_lines l
		LEFT JOIN statements s ON s.statement_id = l.statement_id
		WHERE l.statement_id IS NOT NULL
		AND (s.statement_id IS NULL OR l.partner_id <> s.partner_id OR l.currency <> s.currency OR l.effective_date >= s.month + interval '1 month')
		ORDER BY l.entry_id`, nil, []any{&id, &entry}, func() {
		fn(StatementGap{id, entry, fmt.Sprintf("the line is on statement %s, which is not there, another's, in another currency, or of an earlier month", id)})
	})
}
