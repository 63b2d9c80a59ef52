package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectPartner = `
	SELECT partner_id, display_name, legal_name, type, country, state, cause, suspend_date,
		acting_partner(partner_id), revision, create_time, update_time
	FROM partners`

func scanPartner(row pgx.CollectableRow) (p partners.Partner, err error) {
	err = row.Scan(&p.ID, &p.DisplayName, &p.LegalName, &p.Type, &p.Country, &p.State, &p.Cause, &p.SuspendDate,
		(*zeronull.Text)(&p.MergedInto), &p.Revision, instant(&p.CreateTime), instant(&p.UpdateTime))
	return p, err
}

// Partner returns the partner, or partners.ErrNotFound.
func (s *Store) Partner(ctx context.Context, id partners.ID) (partners.Partner, error) {
	return one(ctx, s, partners.ErrNotFound, scanPartner, selectPartner+`
		WHERE partner_id = $1`, id)
}

// PartnerForUpdate is Partner, and keeps others from changing it or its
// agreements meanwhile.
func (s *Store) PartnerForUpdate(ctx context.Context, id partners.ID) (partners.Partner, error) {
	return one(ctx, s, partners.ErrNotFound, scanPartner, selectPartner+`
		WHERE partner_id = $1
		FOR UPDATE`, id)
}

// Partners lists partners in the order of their ids.
func (s *Store) Partners(ctx context.Context, q partners.Query) ([]partners.Partner, error) {
	return all(ctx, s, scanPartner, selectPartner+`
		WHERE partner_id > @after
		AND (@type = '' OR type = @type)
		AND (@state = '' OR state = @state)
		ORDER BY partner_id
		LIMIT @limit`,
		pgx.StrictNamedArgs{"after": q.After, "type": q.Type, "state": q.State, "limit": q.Limit})
}

// InsertPartner adds p, or returns partners.ErrExists.
func (s *Store) InsertPartner(ctx context.Context, p partners.Partner) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO partners (
			partner_id, display_name, legal_name, type, country, state, cause, suspend_date, revision, create_time, update_time)
		VALUES (@id, @display, @legal, @type, @country, @state, @cause, @suspended, @revision, @created, @updated)`,
		partnerArgs(p))
	if pg.Constraint(err) == "partners_pkey" {
		return partners.ErrExists.Because("there is a partner "+string(p.ID)+" already", "partner_id", string(p.ID)).On("partner.partner_id")
	}
	return err
}

// UpdatePartner writes all of p.
func (s *Store) UpdatePartner(ctx context.Context, p partners.Partner) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE partners
		SET (display_name, legal_name, type, country, state, cause, suspend_date, revision, create_time, update_time)
			= (@display, @legal, @type, @country, @state, @cause, @suspended, @revision, @created, @updated)
		WHERE partner_id = @id`,
		partnerArgs(p))
	if err != nil {
		return fmt.Errorf("update partner %s: %w", p.ID, err)
	}
	return nil
}

func partnerArgs(p partners.Partner) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"id": p.ID, "display": p.DisplayName, "legal": p.LegalName, "type": p.Type, "country": p.Country,
		"state": p.State, "cause": p.Cause, "suspended": p.SuspendDate,
		"revision": p.Revision, "created": p.CreateTime, "updated": p.UpdateTime,
	}
}
