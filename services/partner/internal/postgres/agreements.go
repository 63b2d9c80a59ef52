package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectAgreement = `
	SELECT agreement_id, partner_id, settlement_mode, tier, from_date, until_date, accepted_code, self_billing, tax_id,
		revision, create_time
	FROM agreements`

func scanAgreement(row pgx.CollectableRow) (a partners.Agreement, err error) {
	err = row.Scan(&a.ID, &a.PartnerID, &a.SettlementMode, &a.Tier, &a.From, &a.Until, (*zeronull.Text)(&a.AcceptedCode),
		&a.SelfBilling, &a.TaxID, &a.Revision, instant(&a.CreateTime))
	return a, err
}

// AllAgreements returns every agreement of a partner.
func (s *Store) AllAgreements(ctx context.Context, partner partners.ID) ([]partners.Agreement, error) {
	return all(ctx, s, scanAgreement, selectAgreement+`
		WHERE partner_id = $1
		ORDER BY from_date DESC`, partner)
}

// Agreements lists a partner's agreements, newest first.
func (s *Store) Agreements(ctx context.Context, q partners.AgreementQuery) ([]partners.Agreement, error) {
	return all(ctx, s, scanAgreement, selectAgreement+`
		WHERE partner_id = $1
		AND ($2::date IS NULL OR from_date < $2)
		ORDER BY from_date DESC
		LIMIT $3`, q.Partner, q.Before, q.Limit)
}

// InsertAgreement adds a, or returns partners.ErrAgreementOverlaps.
func (s *Store) InsertAgreement(ctx context.Context, a partners.Agreement) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO agreements (
			agreement_id, partner_id, settlement_mode, tier, from_date, until_date, accepted_code, self_billing, tax_id,
			revision, create_time)
		VALUES (@id, @partner, @mode, @tier, @from, @until, @code, @self, @tax, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": a.ID, "partner": a.PartnerID, "mode": a.SettlementMode, "tier": a.Tier, "from": a.From, "until": a.Until,
			"code": zeronull.Text(a.AcceptedCode), "self": a.SelfBilling, "tax": a.TaxID, "revision": a.Revision, "created": a.CreateTime,
		})
	return overlap(err)
}

// EndAgreement writes the end of a, or returns partners.ErrAgreementOverlaps.
func (s *Store) EndAgreement(ctx context.Context, a partners.Agreement) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE agreements
		SET until_date = $2, revision = $3
		WHERE agreement_id = $1`, a.ID, a.Until, a.Revision)
	return overlap(err)
}

func overlap(err error) error {
	switch {
	case err == nil:
		return nil
	case pg.Constraint(err) == "agreements_one_a_day":
		return partners.ErrAgreementOverlaps
	}
	return fmt.Errorf("write agreement: %w", err)
}
