package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const selectPayout = `
	SELECT p.payout_id, p.payout_batch_id, p.partner_id, p.statement_id, coalesce(s.document_number, ''), s.month, p.currency, p.amount_minor,
		p.payout_account_id, p.masked_account, p.holder_name, p.execution_date, p.state, p.obstacle, p.detail, p.instruct_date, p.in_file,
		p.paid, p.returned, p.revision, p.create_time, p.update_time
	FROM payouts p
	JOIN statements s ON s.statement_id = p.statement_id`

func scanPayout(row pgx.CollectableRow) (payout.Payout, error) {
	var p payout.Payout
	err := row.Scan(&p.ID, &p.BatchID, &p.PartnerID, &p.StatementID, &p.Document, &p.Month, &p.Amount.Currency, &p.Amount.Minor,
		&p.Account.ID, &p.Account.Masked, &p.Account.Holder, &p.ExecuteOn, &p.State, &p.Obstacle, &p.Detail, &p.InstructedOn, &p.InFile,
		&p.Paid, &p.Returned, &p.Revision, &p.CreateTime, &p.UpdateTime)
	p.CreateTime, p.UpdateTime = p.CreateTime.UTC(), p.UpdateTime.UTC()
	return p, err
}

func (s *Store) payouts(ctx context.Context, sql string, args ...any) ([]payout.Payout, error) {
	rows, _ := s.tx.Query(ctx, selectPayout+sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanPayout)
	if err != nil {
		return nil, fmt.Errorf("list payouts: %w", err)
	}
	return list, nil
}

// Payout returns payout.ErrNoPayout when there is no such payout in the scope.
func (s *Store) Payout(ctx context.Context, id string) (payout.Payout, error) {
	list, err := s.payouts(ctx, `
		WHERE p.payout_id = $1`, id)
	switch {
	case err != nil:
		return payout.Payout{}, err
	case len(list) == 0:
		return payout.Payout{}, payout.ErrNoPayout
	}
	return list[0], nil
}

// PayoutsForUpdate returns those of the payouts that exist, by their ids, and
// locks them until the transaction ends, in the order of their ids.
func (s *Store) PayoutsForUpdate(ctx context.Context, ids ...string) (map[string]payout.Payout, error) {
	list, err := s.payouts(ctx, `
		WHERE p.payout_id = ANY ($1)
		ORDER BY p.payout_id
		FOR UPDATE OF p`, ids)
	byID := make(map[string]payout.Payout, len(list))
	for _, p := range list {
		byID[p.ID] = p
	}
	return byID, err
}

// PayoutsOf returns a batch's payouts in a state, or in all if that is empty, in
// the order of their ids.
func (s *Store) PayoutsOf(ctx context.Context, batchID string, state payout.State) ([]payout.Payout, error) {
	return s.payouts(ctx, `
		WHERE p.payout_batch_id = $1
		AND ($2 = '' OR p.state = $2)
		ORDER BY p.payout_id`, batchID, string(state))
}

// PayoutFilter says which payouts to list; empty fields fit all.
type PayoutFilter struct {
	BatchID, PartnerID, StatementID string
	State                           payout.State
}

// Payouts returns up to limit payouts before an id, newest first; "" begins with
// the newest.
func (s *Store) Payouts(ctx context.Context, f PayoutFilter, before string, limit int) ([]payout.Payout, error) {
	return s.payouts(ctx, `
		WHERE (@before = '' OR p.payout_id < @before)
		AND (@batch = '' OR p.payout_batch_id = @batch)
		AND (@partner = '' OR p.partner_id = @partner)
		AND (@statement = '' OR p.statement_id = @statement)
		AND (@state = '' OR p.state = @state)
		ORDER BY p.payout_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "batch": f.BatchID, "partner": f.PartnerID, "statement": f.StatementID, "state": string(f.State), "limit": limit,
		})
}

// payoutRow is a row as jsonb_populate_recordset reads it.
type payoutRow struct {
	ID          string         `json:"payout_id"`
	BatchID     string         `json:"payout_batch_id"`
	PartnerID   string         `json:"partner_id"`
	StatementID string         `json:"statement_id"`
	Currency    money.Currency `json:"currency"`
	Minor       int64          `json:"amount_minor"`
	AccountID   string         `json:"payout_account_id"`
	Masked      string         `json:"masked_account"`
	Holder      string         `json:"holder_name"`
	ExecuteOn   calendar.Date  `json:"execution_date"`
	State       payout.State   `json:"state"`
	Revision    int64          `json:"revision"`
	CreateTime  time.Time      `json:"create_time"`
}

// insertPayouts adds a proposed batch's payouts.
func (s *Store) insertPayouts(ctx context.Context, b payout.Batch) error {
	rows := make([]payoutRow, len(b.Payouts))
	for i, p := range b.Payouts {
		rows[i] = payoutRow{
			p.ID, b.ID, p.PartnerID, p.StatementID, p.Amount.Currency, p.Amount.Minor, p.Account.ID, p.Account.Masked, p.Account.Holder, p.ExecuteOn,
			p.State, int64(p.Revision), p.CreateTime,
		}
	}
	_, err := s.tx.Exec(ctx, `
		INSERT INTO payouts (
			payout_id, payout_batch_id, partner_id, statement_id, currency, amount_minor, payout_account_id, masked_account, holder_name, execution_date,
			state, revision, create_time, update_time)
		SELECT payout_id, payout_batch_id, partner_id, statement_id, currency, amount_minor, payout_account_id, masked_account, holder_name, execution_date,
			state, revision, create_time, create_time
		FROM jsonb_populate_recordset(NULL::payouts, $1)`, rows)
	if err != nil {
		return fmt.Errorf("insert payouts of %s: %w", b.ID, err)
	}
	return nil
}

// SavePayouts saves what became of payouts.
func (s *Store) SavePayouts(ctx context.Context, list ...payout.Payout) error {
	var batch pgx.Batch
	for _, p := range list {
		batch.Queue(`
			UPDATE payouts
			SET state = @state, obstacle = @obstacle, detail = @detail, instruct_date = @instructed, paid = @paid, returned = @returned,
				revision = @revision, update_time = @updated
			WHERE payout_id = @id`,
			pgx.StrictNamedArgs{
				"id": p.ID, "state": p.State, "obstacle": p.Obstacle, "detail": p.Detail, "instructed": p.InstructedOn, "paid": p.Paid,
				"returned": p.Returned, "revision": p.Revision, "updated": p.UpdateTime,
			})
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save %d payouts: %w", len(list), err)
	}
	return nil
}

// CancelPayouts cancels a batch's payouts.
func (s *Store) CancelPayouts(ctx context.Context, batchID string, at time.Time) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE payouts
		SET state = 'CANCELLED', revision = revision + 1, update_time = $2
		WHERE payout_batch_id = $1`, batchID, at)
	if err != nil {
		return fmt.Errorf("cancel payouts of %s: %w", batchID, err)
	}
	return nil
}
