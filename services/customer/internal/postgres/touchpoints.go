package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

const touchpointColumns = `
	touchpoint_id, version, audience, position, display_name, introduction,
	needs_question, ease_question, enjoyment_question, recommend_question, comment_question, active, actor, create_time`

func scanTouchpoint(row pgx.CollectableRow) (t touchpoints.Touchpoint, err error) {
	q := &t.Questions
	err = row.Scan(&t.ID, &t.Version, &t.Audience, &t.Position, &t.Name, &t.Introduction,
		&q.Needs, &q.Ease, &q.Enjoyment, &q.Recommend, &q.Comment, &t.Active, &t.Actor, &t.CreateTime)
	t.CreateTime = t.CreateTime.UTC()
	return t, err
}

// LockTouchpoints lets one change of the journey happen at a time, until the
// transaction ends.
func (s *Store) LockTouchpoints(ctx context.Context) error {
	return s.lock(ctx, "touchpoints")
}

// lock waits for a name that others lock too, until the transaction ends.
func (s *Store) lock(ctx context.Context, name string) error {
	if _, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	return nil
}

// Touchpoints returns the versions in force, of one audience or of all, by
// audience and position.
func (s *Store) Touchpoints(ctx context.Context, audience touchpoints.Audience) ([]touchpoints.Touchpoint, error) {
	return s.touchpoints(ctx, `
		SELECT `+touchpointColumns+`
		FROM (
			SELECT DISTINCT ON (touchpoint_id) *
			FROM touchpoints
			ORDER BY touchpoint_id, version DESC
		) AS newest
		WHERE $1 IN ('', audience)
		ORDER BY audience, position, touchpoint_id`, audience)
}

// TouchpointVersions returns all versions of a touchpoint, newest first.
func (s *Store) TouchpointVersions(ctx context.Context, id touchpoints.ID) ([]touchpoints.Touchpoint, error) {
	return s.touchpoints(ctx, `
		SELECT `+touchpointColumns+`
		FROM touchpoints
		WHERE touchpoint_id = $1
		ORDER BY version DESC`, id)
}

func (s *Store) touchpoints(ctx context.Context, sql string, args ...any) ([]touchpoints.Touchpoint, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanTouchpoint)
	return list, explain(err, "read touchpoints")
}

// Touchpoint returns the version in force, or touchpoints.ErrUnknown.
func (s *Store) Touchpoint(ctx context.Context, id touchpoints.ID) (touchpoints.Touchpoint, error) {
	return s.touchpoint(ctx, id, `
		SELECT `+touchpointColumns+`
		FROM touchpoints
		WHERE touchpoint_id = $1
		ORDER BY version DESC
		LIMIT 1`, id)
}

// TouchpointAt returns a version, or touchpoints.ErrUnknown.
func (s *Store) TouchpointAt(ctx context.Context, id touchpoints.ID, version int32) (touchpoints.Touchpoint, error) {
	return s.touchpoint(ctx, id, `
		SELECT `+touchpointColumns+`
		FROM touchpoints
		WHERE touchpoint_id = $1 AND version = $2`, id, version)
}

func (s *Store) touchpoint(ctx context.Context, id touchpoints.ID, sql string, args ...any) (touchpoints.Touchpoint, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectExactlyOneRow returns the error
	t, err := pgx.CollectExactlyOneRow(rows, scanTouchpoint)
	return t, missing(err, touchpoints.Unknown(id), "read touchpoint")
}

// InsertTouchpoint stores a new version.
func (s *Store) InsertTouchpoint(ctx context.Context, t touchpoints.Touchpoint) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO touchpoints (`+touchpointColumns+`)
		VALUES (@id, @version, @audience, @position, @name, @introduction,
		        @needs, @ease, @enjoyment, @recommend, @comment, @active, @actor, @create_time)`, pgx.StrictNamedArgs{
		"id": t.ID, "version": t.Version, "audience": t.Audience, "position": t.Position, "name": t.Name, "introduction": t.Introduction,
		"needs": t.Questions.Needs, "ease": t.Questions.Ease, "enjoyment": t.Questions.Enjoyment, "recommend": t.Questions.Recommend,
		"comment": t.Questions.Comment, "active": t.Active, "actor": t.Actor, "create_time": t.CreateTime,
	})
	return explain(err, "insert touchpoint")
}
