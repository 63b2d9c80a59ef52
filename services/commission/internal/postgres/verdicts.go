package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// RelationshipsUnder returns the relationships that a verdict is about, and
// locks them until the transaction ends: those of its case, and one that has no
// case yet and began on the verdict's day.
func (s *Store) RelationshipsUnder(ctx context.Context, v records.Verdict) ([]records.Relationship, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT relationship_id
		FROM relationships
		WHERE case_id = $1
		OR (case_id = '' AND subscription_id = $2 AND partner_id = $3 AND from_date = $4)
		ORDER BY from_date
		FOR UPDATE`, v.ID, v.SubscriptionID, v.PartnerID, v.From) // CollectRows returns the error
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("lock relationships of case %s: %w", v.ID, err)
	}
	return s.relationships(ctx, selectRelationship+`
		WHERE r.relationship_id = ANY ($1)
		ORDER BY r.from_date`, ids)
}

// RelationshipsForUpdate returns all relationships of a subscription, oldest
// first, and locks them until the transaction ends.
func (s *Store) RelationshipsForUpdate(ctx context.Context, subscriptionID string) ([]records.Relationship, error) {
	if _, err := s.tx.Exec(ctx, "SELECT FROM relationships WHERE subscription_id = $1 ORDER BY from_date FOR UPDATE", subscriptionID); err != nil {
		return nil, fmt.Errorf("lock relationships of %s: %w", subscriptionID, err)
	}
	all, err := s.RelationshipsOf(ctx, subscriptionID)
	return all[subscriptionID], err
}

// RelationshipForBooking returns a relationship whose case and end stay as they
// are until the transaction ends, without its raises.
func (s *Store) RelationshipForBooking(ctx context.Context, id string) (records.Relationship, error) {
	return s.relationship(ctx, selectRelationship+`
		WHERE r.relationship_id = $1
		FOR SHARE OF r`, id)
}

// SaveRuling saves what a verdict made of a relationship.
func (s *Store) SaveRuling(ctx context.Context, r records.Relationship) error {
	var limit margin.Cap
	if r.Cap != nil {
		limit = *r.Cap
	}
	_, err := s.tx.Exec(ctx, `
		UPDATE relationships
		SET cap_bps = @cap, cap_until_date = @until, cap_code_version_id = @code, cap_appeal_date = @appeal, cap_because = @because,
			transfer_id = @transfer, case_id = @case, case_revision = @case_revision, case_held = @held, case_final = @final, revision = @revision
		WHERE relationship_id = @id`,
		pgx.StrictNamedArgs{
			"id": r.ID, "cap": capRate(r), "until": limit.Until, "code": limit.CodeVersionID, "appeal": limit.AppealBy, "because": limit.Because,
			"transfer": r.TransferID, "case": r.Case.ID, "case_revision": r.Case.Revision, "held": r.Case.Held, "final": r.Case.Final, "revision": r.Revision,
		})
	if err != nil {
		return fmt.Errorf("save ruling of case %s on relationship %s: %w", r.Case.ID, r.ID, err)
	}
	return nil
}

// OpenCases returns the relationships, after an id, whose case may still be
// decided otherwise.
func (s *Store) OpenCases(ctx context.Context, after string, limit int) ([]records.Relationship, error) {
	return s.relationships(ctx, selectRelationship+`
		WHERE r.case_id <> ''
		AND NOT r.case_final
		AND r.relationship_id > $1
		ORDER BY r.relationship_id
		LIMIT $2`, after, limit)
}
