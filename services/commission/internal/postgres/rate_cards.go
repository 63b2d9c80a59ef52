package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// InsertRateCard adds a draft with its rates.
func (s *Store) InsertRateCard(ctx context.Context, v cards.Version) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO rate_cards (rate_card_id, display_name, effective_date, state, revision, create_time)
		VALUES (@id, @name, @effective, @state, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": v.ID, "name": v.DisplayName, "effective": v.Effective, "state": v.State, "revision": v.Revision, "created": v.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert rate card %s: %w", v.ID, err)
	}
	columns := []string{"rate_card_id", "partner_type", "family_id", "segment", "margin_bps", "position"}
	_, err = s.tx.CopyFrom(ctx, pgx.Identifier{"rates"}, columns, pgx.CopyFromSlice(len(v.Rules), func(i int) ([]any, error) {
		r := v.Rules[i]
		return []any{v.ID, r.PartnerType, r.Family, r.Segment, int32(r.Rate), int32(i)}, nil
	}))
	if err != nil {
		return fmt.Errorf("insert rates of %s: %w", v.ID, err)
	}
	return nil
}

const selectRateCard = `
	SELECT c.rate_card_id, c.display_name, c.effective_date, c.state, c.proposer, c.approver, c.revision, c.create_time, c.approve_time,
		(SELECT coalesce(jsonb_agg(jsonb_build_object(
			'partner_type', partner_type, 'family', family_id, 'segment', segment, 'rate', margin_bps) ORDER BY position), '[]')
		FROM rates r
		WHERE r.rate_card_id = c.rate_card_id)
	FROM rate_cards c`

// RateCard returns cards.ErrNotFound when there is no such card.
func (s *Store) RateCard(ctx context.Context, id string) (cards.Version, error) {
	return s.rateCard(ctx, selectRateCard+`
		WHERE c.rate_card_id = $1`, id)
}

// RateCardForUpdate is RateCard, and locks the card until the transaction ends.
func (s *Store) RateCardForUpdate(ctx context.Context, id string) (cards.Version, error) {
	return s.rateCard(ctx, selectRateCard+`
		WHERE c.rate_card_id = $1
		FOR UPDATE OF c`, id)
}

func (s *Store) rateCard(ctx context.Context, sql, id string) (cards.Version, error) {
	rows, _ := s.tx.Query(ctx, sql, id) // CollectExactlyOneRow returns the error
	v, err := pgx.CollectExactlyOneRow(rows, scanRateCard)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, cards.ErrNotFound.Because("there is no rate card " + id)
	}
	if err != nil {
		return v, fmt.Errorf("rate card %s: %w", id, err)
	}
	return v, nil
}

// RateCardKey is a card's place in the list of cards.
type RateCardKey struct {
	Effective calendar.Date `json:"e"`
	ID        string        `json:"i"`
}

// RateCards returns up to limit cards after key, newest effective date first.
// The zero key is before the first.
func (s *Store) RateCards(ctx context.Context, after RateCardKey, limit int) ([]cards.Version, error) {
	return s.rateCards(ctx, selectRateCard+`
		WHERE $1::date IS NULL OR (c.effective_date, c.rate_card_id) < ($1, $2)
		ORDER BY c.effective_date DESC, c.rate_card_id DESC
		LIMIT $3`, after.Effective, after.ID, limit)
}

// RateCardInForce returns the approved card in force on a day, as a list of
// one, or of none.
func (s *Store) RateCardInForce(ctx context.Context, on calendar.Date) ([]cards.Version, error) {
	return s.rateCards(ctx, selectRateCard+`
		WHERE c.state = 'APPROVED' AND c.effective_date <= $1
		ORDER BY c.effective_date DESC
		LIMIT 1`, on)
}

// ApprovedRateCards returns all approved cards as the engine applies them.
func (s *Store) ApprovedRateCards(ctx context.Context) ([]margin.RateCard, error) {
	versions, err := s.rateCards(ctx, selectRateCard+`
		WHERE c.state = 'APPROVED'
		ORDER BY c.effective_date`)
	approved := make([]margin.RateCard, len(versions))
	for i, v := range versions {
		approved[i] = v.Card()
	}
	return approved, err
}

func (s *Store) rateCards(ctx context.Context, sql string, args ...any) ([]cards.Version, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanRateCard)
	if err != nil {
		return nil, fmt.Errorf("list rate cards: %w", err)
	}
	return list, nil
}

// LockApprovals makes approvals of rate cards wait for each other until the
// transaction ends, so that only one can be the first.
func (s *Store) LockApprovals(ctx context.Context) error {
	if _, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('rate_cards.approve'))"); err != nil {
		return fmt.Errorf("lock approvals of rate cards: %w", err)
	}
	return nil
}

// AnyRateCardApproved reports whether a card has been approved.
func (s *Store) AnyRateCardApproved(ctx context.Context) (bool, error) {
	var found bool
	if err := s.tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM rate_cards WHERE state = 'APPROVED')").Scan(&found); err != nil {
		return false, fmt.Errorf("look for an approved rate card: %w", err)
	}
	return found, nil
}

// DecideRateCard saves a proposal or an approval. It returns cards.ErrDayTaken
// when another approved card takes effect on that day.
func (s *Store) DecideRateCard(ctx context.Context, v cards.Version) error {
	var approved *time.Time
	if !v.ApproveTime.IsZero() {
		approved = &v.ApproveTime
	}
	_, err := s.tx.Exec(ctx, `
		UPDATE rate_cards
		SET state = @state, proposer = @proposer, approver = @approver, approve_time = @approved, revision = @revision
		WHERE rate_card_id = @id`,
		pgx.StrictNamedArgs{
			"id": v.ID, "state": v.State, "proposer": v.Proposer, "approver": v.Approver, "approved": approved, "revision": v.Revision,
		})
	if pg.Constraint(err) == "rate_cards_one_a_day" {
		return cards.ErrDayTaken.Because(fmt.Sprintf("another approved rate card takes effect on %s; create one for another day", v.Effective),
			"effective_date", v.Effective.String())
	}
	if err != nil {
		return fmt.Errorf("update rate card %s: %w", v.ID, err)
	}
	return nil
}

func scanRateCard(row pgx.CollectableRow) (cards.Version, error) {
	var v cards.Version
	var approved *time.Time
	err := row.Scan(&v.ID, &v.DisplayName, &v.Effective, &v.State, &v.Proposer, &v.Approver, &v.Revision, &v.CreateTime, &approved, &v.Rules)
	v.CreateTime = v.CreateTime.UTC()
	if approved != nil {
		v.ApproveTime = approved.UTC()
	}
	return v, err
}
