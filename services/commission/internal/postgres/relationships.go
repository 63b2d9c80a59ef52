package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const selectRelationship = `
	SELECT r.relationship_id, r.subscription_id, r.partner_id, r.from_date, r.until_date, r.settlement_mode,
		r.locked_bps, r.lock_date, r.rate_card_id, r.cap_bps, r.cap_until_date, r.cap_code_version_id, r.cap_appeal_date,
		r.cap_because, r.transfer_id, r.case_id, r.case_revision, r.case_held, r.case_final, r.revision, r.create_time,
		(SELECT jsonb_agg(jsonb_build_object(
			'rate', bps, 'from', effective_date, 'proposer', proposer, 'approver', approver) ORDER BY approver = '', effective_date)
		FROM raises
		WHERE raises.relationship_id = r.relationship_id)
	FROM relationships r`

// Relationship returns records.ErrNoRelationship when there is no such
// relationship in the scope.
func (s *Store) Relationship(ctx context.Context, id string) (records.Relationship, error) {
	return s.relationship(ctx, selectRelationship+`
		WHERE r.relationship_id = $1`, id)
}

// RelationshipForUpdate is Relationship, and locks it until the transaction
// ends. The look comes after the lock, in a statement of its own: it sees the
// raises that the lock's last holder committed.
func (s *Store) RelationshipForUpdate(ctx context.Context, id string) (records.Relationship, error) {
	if _, err := s.tx.Exec(ctx, "SELECT FROM relationships WHERE relationship_id = $1 FOR UPDATE", id); err != nil {
		return records.Relationship{}, fmt.Errorf("lock relationship %s: %w", id, err)
	}
	return s.Relationship(ctx, id)
}

func (s *Store) relationship(ctx context.Context, sql, id string) (records.Relationship, error) {
	rows, _ := s.tx.Query(ctx, sql, id) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanRelationship)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, records.ErrNoRelationship
	}
	if err != nil {
		return r, fmt.Errorf("relationship %s: %w", id, err)
	}
	return r, nil
}

// RelationshipsByID returns those of the relationships that exist in the scope,
// by their ids.
func (s *Store) RelationshipsByID(ctx context.Context, ids []string) (map[string]records.Relationship, error) {
	list, err := s.relationships(ctx, selectRelationship+`
		WHERE r.relationship_id = ANY ($1)`, ids)
	byID := make(map[string]records.Relationship, len(list))
	for _, r := range list {
		byID[r.ID] = r
	}
	return byID, err
}

// RelationshipsOf returns all relationships of the subscriptions, the running
// and the ended ones, oldest first.
func (s *Store) RelationshipsOf(ctx context.Context, subscriptions ...string) (map[string][]records.Relationship, error) {
	list, err := s.relationships(ctx, selectRelationship+`
		WHERE r.subscription_id = ANY ($1)
		ORDER BY r.subscription_id, r.from_date`, subscriptions)
	of := make(map[string][]records.Relationship, len(list))
	for _, r := range list {
		of[r.SubscriptionID] = append(of[r.SubscriptionID], r)
	}
	return of, err
}

// RelationshipFilter says which relationships to list; empty fields fit all.
type RelationshipFilter struct {
	PartnerID, SubscriptionID string
}

// Relationships returns up to limit relationships with an id above after, in
// the order of their ids.
func (s *Store) Relationships(ctx context.Context, f RelationshipFilter, after string, limit int) ([]records.Relationship, error) {
	return s.relationships(ctx, selectRelationship+`
		WHERE r.relationship_id > @after
		AND (@partner = '' OR r.partner_id = @partner)
		AND (@subscription = '' OR r.subscription_id = @subscription)
		ORDER BY r.relationship_id
		LIMIT @limit`,
		pgx.StrictNamedArgs{"after": after, "partner": f.PartnerID, "subscription": f.SubscriptionID, "limit": limit})
}

func (s *Store) relationships(ctx context.Context, sql string, args ...any) ([]records.Relationship, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanRelationship)
	if err != nil {
		return nil, fmt.Errorf("list relationships: %w", err)
	}
	return list, nil
}

func scanRelationship(row pgx.CollectableRow) (records.Relationship, error) {
	var r records.Relationship
	var limit *money.Bps
	var capped margin.Cap
	err := row.Scan(&r.ID, &r.SubscriptionID, &r.PartnerID, &r.From, &r.Until, &r.Mode,
		&r.Lock.Rate, &r.Lock.On, &r.Lock.RateCardID, &limit, &capped.Until, &capped.CodeVersionID, &capped.AppealBy,
		&capped.Because, &r.TransferID, &r.Case.ID, &r.Case.Revision, &r.Case.Held, &r.Case.Final, &r.Revision, &r.CreateTime, &r.Raises)
	if limit != nil {
		capped.Rate = *limit
		r.Cap = &capped
	}
	r.CreateTime = r.CreateTime.UTC()
	return r, err
}

// InsertRelationships adds new relationships in one statement and returns the
// ids of those that were added: one that collides with another of its
// subscription, added meanwhile, is left out.
func (s *Store) InsertRelationships(ctx context.Context, list []records.Relationship) (map[string]bool, error) {
	rows, _ := s.tx.Query(ctx, `
		INSERT INTO relationships (relationship_id, subscription_id, partner_id, from_date, until_date, settlement_mode, locked_bps, lock_date,
			rate_card_id, cap_bps, cap_until_date, cap_code_version_id, cap_appeal_date, cap_because, transfer_id, case_id, case_revision, case_held,
			case_final, revision, create_time)
		SELECT *, 1, @created::timestamptz
		FROM unnest(@ids::text[], @subscriptions::text[], @partners::text[], @from::date[], @until::date[], @modes::text[], @locked::integer[],
			@on::date[], @cards::text[], @cap::integer[], @cap_until::date[], @cap_code::text[], @cap_appeal::date[], @because::jsonb[],
			@transfers::text[], @cases::text[], @revisions::bigint[], @held::boolean[], @final::boolean[])
		ORDER BY 2
		ON CONFLICT DO NOTHING
		RETURNING relationship_id`, newRelationships(list)) // CollectRows returns the error
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("insert relationships: %w", err)
	}
	added := make(map[string]bool, len(ids))
	for _, id := range ids {
		added[id] = true
	}
	return added, nil
}

// newRelationships turns rows into columns. They were all created at the same
// time.
func newRelationships(list []records.Relationship) pgx.StrictNamedArgs {
	capOf := func(r records.Relationship) margin.Cap {
		if r.Cap == nil {
			return margin.Cap{}
		}
		return *r.Cap
	}
	return pgx.StrictNamedArgs{
		"ids":           column(list, func(r records.Relationship) string { return r.ID }),
		"subscriptions": column(list, func(r records.Relationship) string { return r.SubscriptionID }),
		"partners":      column(list, func(r records.Relationship) string { return r.PartnerID }),
		"from":          column(list, func(r records.Relationship) calendar.Date { return r.From }),
		"until":         column(list, func(r records.Relationship) calendar.Date { return r.Until }),
		"modes":         column(list, func(r records.Relationship) string { return string(r.Mode) }),
		"locked":        column(list, func(r records.Relationship) int32 { return int32(r.Lock.Rate) }),
		"on":            column(list, func(r records.Relationship) calendar.Date { return r.Lock.On }),
		"cards":         column(list, func(r records.Relationship) string { return r.Lock.RateCardID }),
		"cap":           column(list, capRate),
		"cap_until":     column(list, func(r records.Relationship) calendar.Date { return capOf(r).Until }),
		"cap_code":      column(list, func(r records.Relationship) string { return capOf(r).CodeVersionID }),
		"cap_appeal":    column(list, func(r records.Relationship) calendar.Date { return capOf(r).AppealBy }),
		"because":       column(list, func(r records.Relationship) *margin.Because { return capOf(r).Because }),
		"transfers":     column(list, func(r records.Relationship) string { return r.TransferID }),
		"cases":         column(list, func(r records.Relationship) string { return r.Case.ID }),
		"revisions":     column(list, func(r records.Relationship) int64 { return r.Case.Revision }),
		"held":          column(list, func(r records.Relationship) bool { return r.Case.Held }),
		"final":         column(list, func(r records.Relationship) bool { return r.Case.Final }),
		"created":       list[0].CreateTime,
	}
}

func column[T, V any](list []T, of func(T) V) []V {
	values := make([]V, len(list))
	for i, r := range list {
		values[i] = of(r)
	}
	return values
}

// capRate is nil where there is no cap.
func capRate(r records.Relationship) *int32 {
	if r.Cap == nil {
		return nil
	}
	return (*int32)(&r.Cap.Rate)
}

// EndRelationship saves the day on which a relationship ended. It returns false
// where another transaction has ended it as early already.
func (s *Store) EndRelationship(ctx context.Context, r records.Relationship) (bool, error) {
	tag, err := s.tx.Exec(ctx, `
		UPDATE relationships
		SET until_date = $2, revision = $3
		WHERE relationship_id = $1
		AND (until_date IS NULL OR until_date > $2)`, r.ID, r.Until, r.Revision)
	if err != nil {
		return false, fmt.Errorf("end relationship %s: %w", r.ID, err)
	}
	return tag.RowsAffected() == 1, nil
}

// SaveRaise saves the last raise of a relationship, proposed or approved, in
// the place of an earlier proposal, and the relationship's revision.
func (s *Store) SaveRaise(ctx context.Context, r records.Relationship) error {
	last := r.Raises[len(r.Raises)-1]
	var batch pgx.Batch
	batch.Queue("DELETE FROM raises WHERE relationship_id = $1 AND approver = ''", r.ID)
	batch.Queue(`
		INSERT INTO raises (relationship_id, partner_id, effective_date, bps, proposer, approver)
		VALUES ($1, $2, $3, $4, $5, $6)`, r.ID, r.PartnerID, last.From, last.Rate, last.Proposer, last.Approver)
	batch.Queue("UPDATE relationships SET revision = $2 WHERE relationship_id = $1", r.ID, r.Revision)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save raise of relationship %s: %w", r.ID, err)
	}
	return nil
}

// LastSubmittedEnd returns the end of the last term of a subscription that is
// booked or on its way to be, or no date. It stays so until the transaction
// ends: a submission locks its renewal, and waits.
func (s *Store) LastSubmittedEnd(ctx context.Context, subscriptionID string) (calendar.Date, error) {
	if _, err := s.tx.Exec(ctx, "SELECT FROM renewals WHERE subscription_id = $1 ORDER BY due_date FOR UPDATE", subscriptionID); err != nil {
		return calendar.Date{}, fmt.Errorf("lock renewals of %s: %w", subscriptionID, err)
	}
	var end calendar.Date
	err := s.tx.QueryRow(ctx, `
		SELECT max(term_end)
		FROM submissions
		WHERE subscription_id = $1
		AND state IN ('SUBMITTED', 'BOOKED')`, subscriptionID).Scan(&end)
	if err != nil {
		return end, fmt.Errorf("last submitted term of %s: %w", subscriptionID, err)
	}
	return end, nil
}
