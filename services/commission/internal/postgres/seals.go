package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
)

// sealerLock is the advisory lock of whoever seals.
const sealerLock = 0x6c65_6467_6572

// LockSeals makes this transaction the only one that seals, or returns false
// while another is. Nobody who writes entries waits for it.
func (s *Store) LockSeals(ctx context.Context) (ours bool, err error) {
	if err := s.tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(sealerLock)).Scan(&ours); err != nil {
		return false, fmt.Errorf("lock the seals: %w", err)
	}
	return ours, nil
}

const selectSeal = `
	SELECT seal_number, first_position, last_position, digest, seal_time, scan_from
	FROM ledger_seals`

func scanSeal(row pgx.CollectableRow) (seal.Seal, error) {
	var s seal.Seal
	err := row.Scan(&s.Number, &s.First, &s.Last, &s.Digest, &s.At, &s.ScanFrom)
	s.At = s.At.UTC()
	return s, err
}

// LastSeal returns the zero seal while there is none.
func (s *Store) LastSeal(ctx context.Context) (seal.Seal, error) {
	rows, _ := s.tx.Query(ctx, selectSeal+`
		ORDER BY seal_number DESC
		LIMIT 1`) // CollectExactlyOneRow returns the error
	last, err := pgx.CollectExactlyOneRow(rows, scanSeal)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Seal{}, nil
	}
	if err != nil {
		return last, fmt.Errorf("last seal: %w", err)
	}
	return last, nil
}

// Seals returns up to limit seals before a number, newest first; 0 begins with
// the newest.
func (s *Store) Seals(ctx context.Context, before int64, limit int) ([]seal.Seal, error) {
	return s.seals(ctx, selectSeal+`
		WHERE $1 = 0 OR seal_number < $1
		ORDER BY seal_number DESC
		LIMIT $2`, before, limit)
}

// SealsAfter returns up to limit seals after a number, in their order.
func (s *Store) SealsAfter(ctx context.Context, number int64, limit int) ([]seal.Seal, error) {
	return s.seals(ctx, selectSeal+`
		WHERE seal_number > $1
		ORDER BY seal_number
		LIMIT $2`, number, limit)
}

func (s *Store) seals(ctx context.Context, sql string, args ...any) ([]seal.Seal, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanSeal)
	if err != nil {
		return nil, fmt.Errorf("list seals: %w", err)
	}
	return list, nil
}

// Unsealed returns up to limit committed entries without a position, in the order
// of their ids, from one on.
func (s *Store) Unsealed(ctx context.Context, from string, limit int) ([]seal.Written, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT e.entry_id, e.kind, e.partner_id, e.currency, e.effective_date, e.post_time, coalesce(e.accrual_id, ''), coalesce(e.reverses, ''), e.cause,
			e.note, e.actor, e.fx_set_id, e.digest, p.accounts, p.debits, p.credits
		FROM ledger_entries e
		CROSS JOIN LATERAL (
			SELECT array_agg(account ORDER BY number) AS accounts, array_agg(debit_minor ORDER BY number) AS debits,
				array_agg(credit_minor ORDER BY number) AS credits
			FROM ledger_postings
			WHERE entry_id = e.entry_id) p
		WHERE e.entry_id >= $1
		AND NOT EXISTS (SELECT FROM sealed_entries s WHERE s.entry_id = e.entry_id)
		ORDER BY e.entry_id
		LIMIT $2`, from, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (seal.Written, error) {
		var w seal.Written
		var p legs
		err := row.Scan(&w.ID, &w.Kind, &w.PartnerID, &w.Currency, &w.Effective, &w.Posted, &w.AccrualID, &w.Reverses, &w.Cause, &w.Note, &w.Actor,
			&w.FxSetID, &w.Digest, &p.accounts, &p.debits, &p.credits)
		w.Posted, w.Postings = w.Posted.UTC(), p.postings()
		return w, err
	})
	if err != nil {
		return nil, fmt.Errorf("list unsealed entries: %w", err)
	}
	return list, nil
}

// legs are postings by columns, which cost less to read than documents.
type legs struct {
	accounts        []ledger.Account
	debits, credits []int64
}

func (l legs) postings() []ledger.Posting {
	list := make([]ledger.Posting, len(l.accounts))
	for i, account := range l.accounts {
		list[i] = ledger.Posting{Account: account, Debit: l.debits[i], Credit: l.credits[i]}
	}
	return list
}

// AddSeal adds a seal and the positions of its entries.
func (s *Store) AddSeal(ctx context.Context, made seal.Seal, entries []seal.Written) error {
	var ids, partners []string
	var digests [][]byte
	for _, e := range entries {
		ids, partners, digests = append(ids, e.ID), append(partners, e.PartnerID), append(digests, e.Digest)
	}
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO sealed_entries (position, entry_id, partner_id, digest)
		SELECT $1::bigint + ordinality - 1, entry_id, partner_id, digest
		FROM unnest($2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY AS e (entry_id, partner_id, digest)`, made.First, ids, partners, digests)
	batch.Queue(`
		INSERT INTO ledger_seals (seal_number, first_position, last_position, digest, seal_time, scan_from)
		VALUES ($1, $2, $3, $4, $5, $6)`, made.Number, made.First, made.Last, made.Digest, made.At, made.ScanFrom)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("add seal %d: %w", made.Number, err)
	}
	return nil
}

// Owner is a partner in one currency.
type Owner struct {
	PartnerID, Currency string
}

// SealedSince returns whose entries were sealed since a time.
func (s *Store) SealedSince(ctx context.Context, since time.Time) ([]Owner, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT DISTINCT e.partner_id, e.currency
		FROM sealed_entries s
		JOIN ledger_entries e ON e.entry_id = s.entry_id
		WHERE s.position >= (SELECT min(first_position) FROM ledger_seals WHERE seal_time >= $1)
		ORDER BY 1, 2`, since) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Owner])
	if err != nil {
		return nil, fmt.Errorf("whose entries were sealed: %w", err)
	}
	return list, nil
}
