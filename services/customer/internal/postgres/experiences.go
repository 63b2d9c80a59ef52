package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// LockExperiences makes the transaction the only one that tells how customers
// fare until it ends; others wait.
func (s *Store) LockExperiences(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('holdfast customer experiences'))")
	return explain(err, "lock experiences")
}

// TakeExperienceMarks takes up to limit marks away and returns their customers,
// with up to limit of those whose answers have grown too old by a day, or who were
// told of by an earlier policy. What the marks stand for is seen by the statements
// that follow.
func (s *Store) TakeExperienceMarks(ctx context.Context, today calendar.Date, policyVersion, limit int) ([]customers.ID, error) {
	rows, _ := s.tx.Query(ctx, `
		WITH taken AS (
			DELETE FROM experience_marks
			WHERE mark_id IN (SELECT mark_id FROM experience_marks ORDER BY mark_id LIMIT $3)
			RETURNING customer_id
		), due AS (
			SELECT customer_id
			FROM customer_experiences
			WHERE due_date <= $1
			LIMIT $3
		), outdated AS (
			SELECT customer_id
			FROM customer_experiences
			WHERE policy_version < $2
			LIMIT $3
		)
		SELECT customer_id FROM taken
		UNION
		SELECT customer_id FROM due
		UNION
		SELECT customer_id FROM outdated
		ORDER BY 1`, today, policyVersion, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[customers.ID])
	return list, explain(err, "take marks of experiences")
}

// Counted are the answers of a customer since a day, as they are kept and counted.
type Counted struct {
	Told   experience.Experience
	Tally  scores.Tally
	Oldest calendar.Date // of the answers; the zero date where there are none
}

// CountExperiences returns what was told last of each customer, and what counts
// since a day, in UTC.
func (s *Store) CountExperiences(ctx context.Context, ids []customers.ID, since calendar.Date) ([]Counted, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT c.customer_id, e.cxi, e.nps, coalesce(e.poor, false), coalesce(e.revision, 0), e.update_time,
		       min(r.answer_time AT TIME ZONE 'UTC')::date,`+tallied+`
		FROM unnest($1::text[]) AS c (customer_id)
		LEFT JOIN customer_experiences e USING (customer_id)
		LEFT JOIN responses r ON r.customer_id = c.customer_id AND r.answer_time >= $2
		GROUP BY c.customer_id, e.customer_id
		ORDER BY c.customer_id`, ids, since.Time()) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Counted, err error) {
		var id customers.ID
		var cxi, nps *scores.Figure
		var told *time.Time
		into := append([]any{&id, &cxi, &nps, &c.Told.Poor, &c.Told.Revision, &told, &c.Oldest}, tallyTargets(&c.Tally)...)
		if err = row.Scan(into...); err != nil || cxi == nil {
			c.Told = experience.Unknown(id)
			return c, err
		}
		c.Told.Customer, c.Told.CXi, c.Told.NPS, c.Told.UpdateTime = id, *cxi, *nps, present(told)
		return c, nil
	})
	return list, explain(err, "count experiences")
}

// SaveExperience stores what was told of a customer by a policy, and on which day
// an answer grows too old; never for the zero date.
func (s *Store) SaveExperience(ctx context.Context, e experience.Experience, policyVersion int, due calendar.Date) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO customer_experiences (customer_id, cxi, nps, poor, policy_version, due_date, revision, update_time)
		VALUES (@customer_id, @cxi, @nps, @poor, @policy_version, @due_date, @revision, @update_time)
		ON CONFLICT (customer_id) DO UPDATE
		SET cxi = excluded.cxi, nps = excluded.nps, poor = excluded.poor, policy_version = excluded.policy_version,
		    due_date = excluded.due_date, revision = excluded.revision, update_time = excluded.update_time`, pgx.StrictNamedArgs{
		"customer_id": e.Customer, "cxi": e.CXi, "nps": e.NPS, "poor": e.Poor, "policy_version": policyVersion,
		"due_date": due, "revision": e.Revision, "update_time": e.UpdateTime,
	})
	return explain(err, "save experience")
}
