package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
)

const selectFollowUp = `
	SELECT f.follow_up_id, f.response_id, r.touchpoint_id, coalesce(r.customer_id, ''), coalesce(r.partner_id, ''), r.recommend,
	       r.answer_time, f.state, f.owner, f.outcome, f.revision, f.create_time, f.update_time, f.close_time
	FROM follow_ups f
	JOIN responses r USING (response_id)`

func scanFollowUp(row pgx.CollectableRow) (f reports.FollowUp, err error) {
	var closed *time.Time
	err = row.Scan(&f.ID, &f.ResponseID, &f.Touchpoint, &f.Customer, &f.Partner, &f.Recommend,
		&f.AnswerTime, &f.State, &f.Owner, &f.Outcome, &f.Revision, &f.CreateTime, &f.UpdateTime, &closed)
	f.AnswerTime, f.CreateTime, f.UpdateTime, f.CloseTime = f.AnswerTime.UTC(), f.CreateTime.UTC(), f.UpdateTime.UTC(), utc(closed)
	return f, err
}

// FollowUp returns a follow-up with its notes, or reports.ErrFollowUpNotFound.
func (s *Store) FollowUp(ctx context.Context, id string) (reports.FollowUp, error) {
	return s.followUp(ctx, id, "")
}

// FollowUpForUpdate is FollowUp, and keeps others from changing it until the
// transaction ends.
func (s *Store) FollowUpForUpdate(ctx context.Context, id string) (reports.FollowUp, error) {
	return s.followUp(ctx, id, " FOR UPDATE OF f")
}

func (s *Store) followUp(ctx context.Context, id, lock string) (reports.FollowUp, error) {
	rows, _ := s.tx.Query(ctx, selectFollowUp+" WHERE f.follow_up_id = $1"+lock, id) // CollectExactlyOneRow returns the error
	f, err := pgx.CollectExactlyOneRow(rows, scanFollowUp)
	if err != nil {
		return f, missing(err, reports.ErrFollowUpNotFound, "read follow-up")
	}
	rows, _ = s.tx.Query(ctx, `
		SELECT author, note, create_time
		FROM follow_up_notes
		WHERE follow_up_id = $1
		ORDER BY note_number`, id) // CollectRows returns the error
	f.Notes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[reports.Note])
	for i := range f.Notes {
		f.Notes[i].Time = f.Notes[i].Time.UTC()
	}
	return f, explain(err, "read notes of follow-up")
}

// UpdateFollowUp stores a changed follow-up, without its notes.
func (s *Store) UpdateFollowUp(ctx context.Context, f reports.FollowUp) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE follow_ups
		SET state = @state, owner = @owner, outcome = @outcome, revision = @revision, update_time = @update_time, close_time = @close_time
		WHERE follow_up_id = @follow_up_id`, pgx.StrictNamedArgs{
		"follow_up_id": f.ID, "state": f.State, "owner": f.Owner, "outcome": f.Outcome, "revision": f.Revision,
		"update_time": f.UpdateTime, "close_time": whenever(f.CloseTime),
	})
	return explain(err, "update follow-up")
}

// whenever is NULL for the zero time.
func whenever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// InsertNote stores the last note of a follow-up.
func (s *Store) InsertNote(ctx context.Context, f reports.FollowUp) error {
	last := f.Notes[len(f.Notes)-1]
	_, err := s.tx.Exec(ctx, `
		INSERT INTO follow_up_notes (follow_up_id, note_number, author, note, create_time)
		VALUES (@follow_up_id, @note_number, @author, @note, @create_time)`, pgx.StrictNamedArgs{
		"follow_up_id": f.ID, "note_number": len(f.Notes), "author": last.Author, "note": last.Text, "create_time": last.Time,
	})
	return explain(err, "insert note of follow-up")
}

// UnhappyResponses returns up to limit responses of detractors since a time that
// have no follow-up yet, the oldest first.
func (s *Store) UnhappyResponses(ctx context.Context, since time.Time, limit int) ([]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT r.response_id
		FROM responses r
		WHERE r.recommend <= 6 AND r.answer_time >= $1
		AND NOT EXISTS (SELECT FROM follow_ups f WHERE f.response_id = r.response_id)
		ORDER BY r.answer_time
		LIMIT $2`, since, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, explain(err, "look for detractors")
}

// InsertFollowUp stores a new follow-up, and reports whether there was none for
// the response.
func (s *Store) InsertFollowUp(ctx context.Context, f reports.FollowUp) (bool, error) {
	tag, err := s.tx.Exec(ctx, `
		INSERT INTO follow_ups (follow_up_id, response_id, state, owner, outcome, revision, create_time, update_time)
		VALUES (@follow_up_id, @response_id, 'OPEN', '', '', 1, @create_time, @create_time)
		ON CONFLICT (response_id) DO NOTHING`, pgx.StrictNamedArgs{
		"follow_up_id": f.ID, "response_id": f.ResponseID, "create_time": f.CreateTime,
	})
	return tag.RowsAffected() == 1, explain(err, "insert follow-up")
}

// FollowUpQuery chooses follow-ups; an empty field chooses all. After is the id
// of the last one of the page before.
type FollowUpQuery struct {
	State    reports.FollowUpState
	Owner    string
	Customer string
	After    string
	Limit    int
}

// FollowUps lists follow-ups without their notes, in the order of their ids.
func (s *Store) FollowUps(ctx context.Context, q FollowUpQuery) ([]reports.FollowUp, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(q.State != "", "f.state = @state", pgx.StrictNamedArgs{"state": q.State})
	f.with(q.Owner != "", "f.owner = @owner", pgx.StrictNamedArgs{"owner": q.Owner})
	f.with(q.Customer != "", "r.customer_id = @customer_id", pgx.StrictNamedArgs{"customer_id": q.Customer})
	f.with(q.After != "", "f.follow_up_id > @after_id", pgx.StrictNamedArgs{"after_id": q.After})
	rows, _ := s.tx.Query(ctx, selectFollowUp+f.where()+`
		ORDER BY f.follow_up_id
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanFollowUp)
	return list, explain(err, "list follow-ups")
}
