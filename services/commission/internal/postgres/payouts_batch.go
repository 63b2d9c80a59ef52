package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// LockProposals makes proposals of payout batches in a currency wait for each
// other until the transaction ends, so that each sees what the one before pays.
func (s *Store) LockProposals(ctx context.Context, c money.Currency) error {
	if _, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('payout_batches.propose.' || $1))", string(c)); err != nil {
		return fmt.Errorf("lock proposals of payouts: %w", err)
	}
	return nil
}

const batchColumns = `
	b.payout_batch_id, b.currency, coalesce(b.only_partner_id, ''), b.execution_date, b.state, b.payout_count, b.total_minor, b.proposer, b.approver, b.canceller,
	b.revision, b.create_time, b.approve_time, b.cancel_time, b.instruct_time, b.complete_time, b.export_time,
	(SELECT jsonb_agg(jsonb_build_object('state', state, 'count', payouts, 'total', jsonb_build_object('minor', total, 'currency', b.currency)) ORDER BY state)
	FROM (SELECT state, count(*) AS payouts, sum(amount_minor) AS total FROM payouts p WHERE p.payout_batch_id = b.payout_batch_id GROUP BY state) sums)`

func batchFields(b *payout.Batch) []any {
	return []any{
		&b.ID, &b.Currency, &b.PartnerID, &b.ExecuteOn, &b.State, &b.Count, &b.Total.Minor, &b.Proposer, &b.Approver, &b.Canceller,
		&b.Revision, &b.CreateTime, (*zeronull.Timestamptz)(&b.ApproveTime), (*zeronull.Timestamptz)(&b.CancelTime),
		(*zeronull.Timestamptz)(&b.InstructTime), (*zeronull.Timestamptz)(&b.CompleteTime), (*zeronull.Timestamptz)(&b.ExportTime), &b.Sums,
	}
}

func tidyBatch(b *payout.Batch) {
	b.Total.Currency = b.Currency
	for _, t := range []*time.Time{&b.CreateTime, &b.ApproveTime, &b.CancelTime, &b.InstructTime, &b.CompleteTime, &b.ExportTime} {
		*t = t.UTC()
	}
}

func scanBatch(row pgx.CollectableRow) (b payout.Batch, err error) {
	err = row.Scan(batchFields(&b)...)
	tidyBatch(&b)
	return b, err
}

func scanWholeBatch(row pgx.CollectableRow) (b payout.Batch, err error) {
	err = row.Scan(append(batchFields(&b), &b.Omissions)...)
	tidyBatch(&b)
	return b, err
}

func (s *Store) batches(ctx context.Context, scan pgx.RowToFunc[payout.Batch], sql string, args ...any) ([]payout.Batch, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("list payout batches: %w", err)
	}
	return list, nil
}

// PayoutBatch returns a batch with what it leaves out, but without its payouts,
// or payout.ErrNoBatch.
func (s *Store) PayoutBatch(ctx context.Context, id string) (payout.Batch, error) {
	return theBatch(s.batches(ctx, scanWholeBatch, `
		SELECT`+batchColumns+`, b.omissions
		FROM payout_batches b
		WHERE b.payout_batch_id = $1`, id))
}

// PayoutBatchForUpdate returns a batch without payouts and omissions, and locks
// it until the transaction ends. The look comes after the lock: it sees what the
// lock's last holder committed.
func (s *Store) PayoutBatchForUpdate(ctx context.Context, id string) (payout.Batch, error) {
	if _, err := s.tx.Exec(ctx, "SELECT FROM payout_batches WHERE payout_batch_id = $1 FOR UPDATE", id); err != nil {
		return payout.Batch{}, fmt.Errorf("lock payout batch %s: %w", id, err)
	}
	return theBatch(s.batches(ctx, scanBatch, `
		SELECT`+batchColumns+`
		FROM payout_batches b
		WHERE b.payout_batch_id = $1`, id))
}

func theBatch(list []payout.Batch, err error) (payout.Batch, error) {
	switch {
	case err != nil:
		return payout.Batch{}, err
	case len(list) == 0:
		return payout.Batch{}, payout.ErrNoBatch
	}
	return list[0], nil
}

// BatchFilter says which batches to list; empty fields fit all.
type BatchFilter struct {
	Currency string
	State    payout.BatchState
}

// PayoutBatches returns up to limit batches before an id, newest first; "" begins
// with the newest. They are without payouts and omissions.
func (s *Store) PayoutBatches(ctx context.Context, f BatchFilter, before string, limit int) ([]payout.Batch, error) {
	return s.batches(ctx, scanBatch, `
		SELECT`+batchColumns+`
		FROM payout_batches b
		WHERE (@before = '' OR b.payout_batch_id < @before)
		AND (@currency = '' OR b.currency = @currency)
		AND (@state = '' OR b.state = @state)
		ORDER BY b.payout_batch_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{"before": before, "currency": f.Currency, "state": string(f.State), "limit": limit})
}

// InsertPayoutBatch adds a proposed batch with its payouts.
func (s *Store) InsertPayoutBatch(ctx context.Context, b payout.Batch) error {
	omissions := b.Omissions
	if omissions == nil {
		omissions = []payout.Omission{}
	}
	_, err := s.tx.Exec(ctx, `
		INSERT INTO payout_batches (
			payout_batch_id, currency, only_partner_id, execution_date, state, payout_count, total_minor, omissions, proposer, revision, create_time)
		VALUES (@id, @currency, @partner, @execute, @state, @count, @total, @omissions, @proposer, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": b.ID, "currency": b.Currency, "partner": optional(b.PartnerID), "execute": b.ExecuteOn, "state": b.State, "count": b.Count,
			"total": b.Total.Minor, "omissions": omissions, "proposer": b.Proposer, "revision": b.Revision, "created": b.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert payout batch %s: %w", b.ID, err)
	}
	return s.insertPayouts(ctx, b)
}

// SavePayoutBatch saves what became of a batch, but for its file.
func (s *Store) SavePayoutBatch(ctx context.Context, b payout.Batch) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE payout_batches
		SET state = @state, approver = @approver, canceller = @canceller, revision = @revision, approve_time = @approved, cancel_time = @cancelled,
			instruct_time = @instructed, complete_time = @completed
		WHERE payout_batch_id = @id`,
		pgx.StrictNamedArgs{
			"id": b.ID, "state": b.State, "approver": b.Approver, "canceller": b.Canceller, "revision": b.Revision,
			"approved": zeronull.Timestamptz(b.ApproveTime), "cancelled": zeronull.Timestamptz(b.CancelTime),
			"instructed": zeronull.Timestamptz(b.InstructTime), "completed": zeronull.Timestamptz(b.CompleteTime),
		})
	if err != nil {
		return fmt.Errorf("save payout batch %s: %w", b.ID, err)
	}
	return nil
}

// FixFile fixes what is in a batch's file: its debtor, and its payouts that wait
// for the bank. It returns how many these are.
func (s *Store) FixFile(ctx context.Context, b payout.Batch, debtor bankfile.Account) (int64, error) {
	_, err := s.tx.Exec(ctx, `
		UPDATE payout_batches
		SET debtor = @debtor, export_time = @exported, revision = @revision
		WHERE payout_batch_id = @id`,
		pgx.StrictNamedArgs{"id": b.ID, "debtor": debtor, "exported": b.ExportTime, "revision": b.Revision})
	if err != nil {
		return 0, fmt.Errorf("fix debtor of %s: %w", b.ID, err)
	}
	filed, err := s.tx.Exec(ctx, `
		UPDATE payouts
		SET in_file = true
		WHERE payout_batch_id = $1
		AND state = 'INSTRUCTED'`, b.ID)
	if err != nil {
		return 0, fmt.Errorf("fix file of %s: %w", b.ID, err)
	}
	return filed.RowsAffected(), nil
}

// FileOf returns the debtor and the payouts of a batch's file, in the order of
// their ids, once it is fixed.
func (s *Store) FileOf(ctx context.Context, batchID string) (debtor bankfile.Account, list []payout.Payout, err error) {
	if err := s.tx.QueryRow(ctx, "SELECT debtor FROM payout_batches WHERE payout_batch_id = $1", batchID).Scan(&debtor); err != nil {
		return debtor, nil, fmt.Errorf("debtor of %s: %w", batchID, err)
	}
	list, err = s.payouts(ctx, `
		WHERE p.payout_batch_id = $1
		AND p.in_file
		ORDER BY p.payout_id`, batchID)
	return debtor, list, err
}

// StrandedBatches returns up to limit batches that were approved before an
// instant and are not posted, and have no job of a kind waiting or running.
func (s *Store) StrandedBatches(ctx context.Context, before time.Time, jobKind string, limit int) ([]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT payout_batch_id
		FROM payout_batches
		WHERE state = 'APPROVED'
		AND approve_time < $1
		AND NOT EXISTS (
			SELECT FROM river_job
			WHERE kind = $2
			AND args ->> 'payout_batch_id' = payout_batches.payout_batch_id
			AND state IN ('available', 'running', 'scheduled', 'retryable', 'pending'))
		ORDER BY approve_time
		LIMIT $3`, before, jobKind, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for payout batches without a job: %w", err)
	}
	return list, nil
}
