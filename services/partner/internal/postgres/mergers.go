package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectMerger = `
	SELECT merger_id, survivor_id, absorbed_id, state, merge_date, revert_by, revert_date, actor, revision, create_time
	FROM mergers`

func scanMerger(row pgx.CollectableRow) (m mergers.Merger, err error) {
	err = row.Scan(&m.ID, &m.PartnerID, &m.AbsorbedID, &m.State, &m.MergeDate, &m.RevertBy, &m.RevertDate, &m.Actor,
		&m.Revision, instant(&m.CreateTime))
	return m, err
}

// MergedNames returns which partner acts for which. It is the same in every
// scope.
func (s *Store) MergedNames(ctx context.Context) (mergers.Names, error) {
	inForce, err := all(ctx, s, scanMerger, selectMerger+`
		WHERE state = 'IN_FORCE'`)
	return mergers.NamesOf(inForce), err
}

// LockMergers lets one merger be made or reverted at a time, until the
// transaction ends: whether one may be made depends on all others.
func (s *Store) LockMergers(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('mergers'))`)
	return err
}

// Merger returns the merger, or mergers.ErrNotFound.
func (s *Store) Merger(ctx context.Context, id mergers.ID) (mergers.Merger, error) {
	return one(ctx, s, mergers.ErrNotFound, scanMerger, selectMerger+`
		WHERE merger_id = $1`, id)
}

// Mergers lists mergers, newest first.
func (s *Store) Mergers(ctx context.Context, q mergers.Query) ([]mergers.Merger, error) {
	return all(ctx, s, scanMerger, selectMerger+`
		WHERE (@before = '' OR merger_id < @before)
		AND (@partner = '' OR @partner IN (survivor_id, absorbed_id))
		AND (@state = '' OR state = @state)
		ORDER BY merger_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{"before": q.Before, "partner": q.Partner, "state": q.State, "limit": q.Limit})
}

// InsertMerger adds m, or returns mergers.ErrStateInvalid.
func (s *Store) InsertMerger(ctx context.Context, m mergers.Merger) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO mergers (
			merger_id, survivor_id, absorbed_id, state, merge_date, revert_by, actor, revision, create_time)
		VALUES (@id, @survivor, @absorbed, @state, @merged, @revert_by, @actor, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": m.ID, "survivor": m.PartnerID, "absorbed": m.AbsorbedID, "state": m.State, "merged": m.MergeDate,
			"revert_by": m.RevertBy, "actor": m.Actor, "revision": m.Revision, "created": m.CreateTime,
		})
	switch {
	case err == nil:
		return nil
	case pg.Constraint(err) == "mergers_absorb_once":
		return mergers.ErrStateInvalid
	}
	return fmt.Errorf("insert merger: %w", err)
}

// RevertMerger writes the end of m.
func (s *Store) RevertMerger(ctx context.Context, m mergers.Merger) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE mergers
		SET state = $2, revert_date = $3, revision = $4
		WHERE merger_id = $1`, m.ID, m.State, m.RevertDate, m.Revision)
	if err != nil {
		return fmt.Errorf("revert merger %s: %w", m.ID, err)
	}
	return nil
}

// OpenBetween counts what the partners of two sides have open on a day, with or
// against each other.
func (s *Store) OpenBetween(ctx context.Context, survivors, absorbed []partners.ID, today calendar.Date) (open mergers.Open, err error) {
	const between = `(
		@survivors::text[] @> ARRAY[%[1]s] AND @absorbed::text[] @> ARRAY[%[2]s]
		OR @survivors::text[] @> ARRAY[%[2]s] AND @absorbed::text[] @> ARRAY[%[1]s])`
	err = s.tx.QueryRow(ctx, `
		SELECT (
			SELECT count(DISTINCT t.transfer_id)
			FROM transfers t
			JOIN transfer_moves m USING (transfer_id)
			WHERE (t.state = 'CONSENTED' OR t.state = 'REQUESTED' AND t.expire_date >= @today)
			AND `+fmt.Sprintf(between, "m.challenger_id", "m.incumbent_id")+`
		), (
			SELECT count(*)
			FROM cases
			WHERE (state IN ('UNDER_REVIEW', 'APPEALED') OR state = 'DECIDED' AND appeal_by_date >= @today)
			AND `+fmt.Sprintf(between, "partner_id", "incumbent_id")+`
		), (
			SELECT count(DISTINCT ours.deal_registration_id)
			FROM registration_claims ours
			JOIN registration_claims theirs ON theirs.claim = ours.claim
			WHERE ours.partner_id = ANY (@survivors)
			AND theirs.partner_id = ANY (@absorbed)
		)`,
		pgx.StrictNamedArgs{"survivors": survivors, "absorbed": absorbed, "today": today},
	).Scan(&open.Transfers, &open.Cases, &open.Registrations)
	return open, err
}
