package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Claim reserves claims for r's family, in place of what r held before, and
// reports whether it got all of them. It waits for another transaction that is
// claiming one of them, and takes none away.
func (s *Store) Claim(ctx context.Context, r registrations.Registration, claims []registrations.Claim) (won bool, err error) {
	if err := s.FreeClaims(ctx, r.ID); err != nil {
		return false, err
	}
	tag, err := s.tx.Exec(ctx, `
		INSERT INTO registration_claims (claim, family_id, deal_registration_id, partner_id)
		SELECT claim, @family, @id, @partner
		FROM unnest(@claims::text[]) WITH ORDINALITY AS wanted (claim, place)
		ORDER BY place
		ON CONFLICT ON CONSTRAINT registration_claims_first_wins DO NOTHING`,
		pgx.StrictNamedArgs{"claims": claims, "family": r.FamilyID, "id": r.ID, "partner": r.PartnerID})
	if err != nil {
		return false, fmt.Errorf("claim for %s: %w", r.ID, err)
	}
	return tag.RowsAffected() == int64(len(claims)), nil
}

// ClaimHolders returns the registrations, open on a day, that hold one of the
// claims for a family. It takes the system's scope to see those of all partners.
func (s *Store) ClaimHolders(ctx context.Context, claims []registrations.Claim, family string, today calendar.Date) ([]registrations.Holder, error) {
	return all(ctx, s, pgx.RowToStructByPos[registrations.Holder], `
		SELECT DISTINCT c.deal_registration_id, c.partner_id
		FROM registration_claims c
		JOIN deal_registrations r USING (deal_registration_id)
		WHERE c.claim = ANY ($1)
		AND c.family_id = $2
		AND NOT (r.state = 'APPROVED' AND r.expire_date < $3)
		ORDER BY c.deal_registration_id`, claims, family, today)
}

// FreeClaims ends what a registration reserves.
func (s *Store) FreeClaims(ctx context.Context, id registrations.ID) error {
	_, err := s.tx.Exec(ctx, `
		DELETE FROM registration_claims
		WHERE deal_registration_id = $1`, id)
	if err != nil {
		return fmt.Errorf("free claims of %s: %w", id, err)
	}
	return nil
}
