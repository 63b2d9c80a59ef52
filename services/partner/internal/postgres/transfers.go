package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectTransfer = `
	SELECT transfer_id, partner_id, domain, family_id, requested_date, request_date, assigned, state, expire_date,
		consent_time, consent_reason, partner_reference, revision, create_time
	FROM transfers`

func scanTransfer(row pgx.CollectableRow) (t transfers.Transfer, err error) {
	err = row.Scan(&t.ID, &t.PartnerID, &t.Domain, &t.FamilyID, &t.RequestedDate, &t.RequestDate, &t.Assigned, &t.State, &t.ExpireDate,
		instant(&t.ConsentTime), &t.ConsentReason, &t.PartnerReference, &t.Revision, instant(&t.CreateTime))
	return t, err
}

const selectMoves = `
	SELECT transfer_id, subscription_id, product_id, product_name, effective_date, incumbent_id, protected_id, case_id, contest_by_date,
		contested, released, done, failure_reason
	FROM transfer_moves
	WHERE transfer_id = ANY ($1)
	ORDER BY transfer_id, subscription_id`

// moved is a row of transfer_moves.
type moved struct {
	transfer transfers.ID
	transfers.Move
}

func scanMove(row pgx.CollectableRow) (m moved, err error) {
	err = row.Scan(&m.transfer, &m.SubscriptionID, &m.ProductID, &m.ProductName, &m.EffectiveDate, &m.Incumbent, &m.Protected, &m.CaseID, &m.ContestBy,
		&m.Contested, &m.Released, &m.Done, &m.FailureReason)
	return m, err
}

// Transfer returns the transfer with the moves that the scope may see, or
// transfers.ErrNotFound. What the customer wrote is not among it; see
// ConsentText.
func (s *Store) Transfer(ctx context.Context, id transfers.ID) (transfers.Transfer, error) {
	return s.transfer(ctx, id, selectTransfer+`
		WHERE transfer_id = $1`)
}

// TransferForUpdate is Transfer, and keeps others from changing it or its moves
// meanwhile.
func (s *Store) TransferForUpdate(ctx context.Context, id transfers.ID) (transfers.Transfer, error) {
	return s.transfer(ctx, id, selectTransfer+`
		WHERE transfer_id = $1
		FOR UPDATE`)
}

// transfer reads the moves in a statement of their own, after the lock.
func (s *Store) transfer(ctx context.Context, id transfers.ID, sql string) (transfers.Transfer, error) {
	t, err := one(ctx, s, transfers.ErrNotFound, scanTransfer, sql, id)
	if err != nil {
		return t, err
	}
	found := []transfers.Transfer{t}
	err = s.fillMoves(ctx, found)
	return found[0], err
}

// fillMoves gives each transfer its moves.
func (s *Store) fillMoves(ctx context.Context, found []transfers.Transfer) error {
	ids := make([]transfers.ID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	rows, err := all(ctx, s, scanMove, selectMoves, ids)
	if err != nil {
		return fmt.Errorf("moves of transfers: %w", err)
	}
	for i := range found {
		for _, row := range rows {
			if row.transfer == found[i].ID {
				found[i].Moves = append(found[i].Moves, row.Move)
			}
		}
	}
	return nil
}

// Transfers lists transfers, newest first, in the state in which the viewer
// sees them.
func (s *Store) Transfers(ctx context.Context, q transfers.Query) ([]transfers.Transfer, error) {
	found, err := all(ctx, s, scanTransfer, selectTransfer+` t
		WHERE (@after_id = '' OR (create_time, transfer_id) < (@after_time, @after_id))
		AND (@state = '' OR @state = CASE
			WHEN state IN ('REQUESTED', 'SUPERSEDED') AND expire_date < @today THEN 'EXPIRED'
			WHEN state = 'SUPERSEDED' AND NOT @vendor THEN 'REQUESTED'
			ELSE state END)
		AND (@partners::text[] = '{}'
			OR (@side <> 'INCUMBENT' AND partner_id = ANY (@partners))
			OR (@side <> 'CHALLENGER' AND (@vendor OR partner_id <> ALL (@partners)) AND EXISTS (
				SELECT
				FROM transfer_moves m
				WHERE m.transfer_id = t.transfer_id
				AND m.agreed
				AND (m.incumbent_id = ANY (@partners) OR m.protected_id = ANY (@partners)))))
		ORDER BY create_time DESC, transfer_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"after_time": instant(&q.AfterTime), "after_id": q.AfterID, "state": q.State, "today": q.Today, "vendor": q.Vendor,
			"partners": idTexts(q.Partners), "side": q.Side, "limit": q.Limit,
		})
	if err != nil {
		return nil, fmt.Errorf("transfers: %w", err)
	}
	return found, s.fillMoves(ctx, found)
}

// InsertTransfer adds t and its dossier, without moves.
func (s *Store) InsertTransfer(ctx context.Context, t transfers.Transfer, d transfers.Dossier) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO transfers (
			transfer_id, partner_id, domain, family_id, requested_date, request_date, assigned, state, expire_date,
			partner_reference, revision, create_time)
		VALUES (@id, @partner, @domain, @family, @requested, @request, @assigned, @state, @expires, @reference, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": t.ID, "partner": t.PartnerID, "domain": t.Domain, "family": t.FamilyID, "requested": t.RequestedDate, "request": t.RequestDate,
			"assigned": t.Assigned, "state": t.State, "expires": t.ExpireDate, "reference": t.PartnerReference,
			"revision": t.Revision, "created": t.CreateTime,
		})
	if pg.Constraint(err) == "transfers_to_a_partner" {
		return partners.ErrNotFound.On("partner_id")
	}
	if err != nil {
		return fmt.Errorf("insert transfer: %w", err)
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO transfer_dossiers (transfer_id, contact_email, delivery, customer_id, customer_name, assign_text)
		VALUES (@id, @email, @delivery, @customer, @name, @text)`,
		pgx.StrictNamedArgs{
			"id": t.ID, "email": d.ContactEmail, "delivery": d.Delivery, "customer": d.CustomerID, "name": d.CustomerName, "text": d.AssignText,
		})
	if err != nil {
		return fmt.Errorf("insert dossier of transfer %s: %w", t.ID, err)
	}
	return nil
}

// InsertMoves adds the moves of t with the facts of each, or returns
// transfers.ErrNotOpen if another transfer has been agreed for one of their
// days. It needs the system scope.
func (s *Store) InsertMoves(ctx context.Context, t transfers.Transfer, facts []json.RawMessage) error {
	for i, m := range t.Moves {
		_, err := s.tx.Exec(ctx, `
			INSERT INTO transfer_moves (
				transfer_id, subscription_id, product_id, product_name, challenger_id, incumbent_id, protected_id, effective_date, facts,
				agreed, case_id, contest_by_date)
			VALUES (
				@id, @subscription, @product, @product_name, @challenger, @incumbent, @protected, @effective, @facts,
				@agreed, @case, @contest_by)`,
			pgx.StrictNamedArgs{
				"id": t.ID, "subscription": m.SubscriptionID, "product": m.ProductID, "product_name": m.ProductName,
				"challenger": t.PartnerID, "incumbent": m.Incumbent, "protected": m.Protected, "effective": m.EffectiveDate, "facts": facts[i],
				"agreed": t.Agreed(), "case": m.CaseID, "contest_by": m.ContestBy,
			})
		if err := refusedMove(m, err); err != nil {
			return err
		}
	}
	return nil
}

// UpdateTransfer writes where t and its moves stand. It needs the system scope,
// or returns transfers.ErrNotOpen as InsertMoves does.
func (s *Store) UpdateTransfer(ctx context.Context, t transfers.Transfer) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE transfers
		SET state = @state, consent_time = @consented, consent_reason = @reason, revision = @revision
		WHERE transfer_id = @id`,
		pgx.StrictNamedArgs{
			"id": t.ID, "state": t.State, "consented": instant(&t.ConsentTime), "reason": t.ConsentReason, "revision": t.Revision,
		})
	if err != nil {
		return fmt.Errorf("update transfer %s: %w", t.ID, err)
	}
	for _, m := range t.Moves {
		_, err := s.tx.Exec(ctx, `
			UPDATE transfer_moves
			SET effective_date = @effective, protected_id = @protected, agreed = @agreed, case_id = @case, contest_by_date = @contest_by,
				contested = @contested, released = @released, done = @done, failure_reason = @failure
			WHERE transfer_id = @id
			AND subscription_id = @subscription`,
			pgx.StrictNamedArgs{
				"id": t.ID, "subscription": m.SubscriptionID, "effective": m.EffectiveDate, "protected": m.Protected,
				"agreed": t.Agreed(), "case": m.CaseID, "contest_by": m.ContestBy, "contested": m.Contested, "released": m.Released, "done": m.Done, "failure": m.FailureReason,
			})
		if err := refusedMove(m, err); err != nil {
			return err
		}
	}
	return nil
}

func refusedMove(m transfers.Move, err error) error {
	switch {
	case err == nil:
		return nil
	case pg.Constraint(err) == "transfer_moves_one_consent_a_day":
		return transfers.ErrNotOpen.Because("another move of it on that day has been agreed")
	}
	return fmt.Errorf("move of subscription %s: %w", m.SubscriptionID, err)
}

// EndTransfer writes the state of t, of which nothing moves.
func (s *Store) EndTransfer(ctx context.Context, t transfers.Transfer) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE transfers
		SET state = $2, revision = $3
		WHERE transfer_id = $1`, t.ID, t.State, t.Revision)
	if err != nil {
		return fmt.Errorf("end transfer %s: %w", t.ID, err)
	}
	return nil
}

// idTexts is never nil, which would be NULL.
func idTexts(ids []partners.ID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return texts
}
