package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// StoredPolicy is a version of the policy and who put it in force.
type StoredPolicy struct {
	scores.Policy
	Actor      string    `json:"actor"`
	CreateTime time.Time `json:"create_time"`
}

// ScorePolicy returns the policy in force.
func (s *Store) ScorePolicy(ctx context.Context) (StoredPolicy, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT version, excellent, good, okay, poor, minimum, full_from, publish_day, follow_up_days, actor, create_time
		FROM score_policies
		ORDER BY version DESC
		LIMIT 1`) // CollectExactlyOneRow returns the error
	p, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (p StoredPolicy, err error) {
		err = row.Scan(&p.Version, &p.Excellent, &p.Good, &p.Okay, &p.Poor, &p.Minimum, &p.Full, &p.PublishDay, &p.FollowUpDays, &p.Actor, &p.CreateTime)
		p.CreateTime = p.CreateTime.UTC()
		return p, err
	})
	return p, explain(err, "read score policy")
}

// InsertScorePolicy stores the next version. Whoever stores one at the same time
// waits, since a number is used once.
func (s *Store) InsertScorePolicy(ctx context.Context, p StoredPolicy) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO score_policies (version, excellent, good, okay, poor, minimum, full_from, publish_day, follow_up_days, actor, create_time)
		VALUES (@version, @excellent, @good, @okay, @poor, @minimum, @full_from, @publish_day, @follow_up_days, @actor, @create_time)`,
		pgx.StrictNamedArgs{
			"version": p.Version, "excellent": p.Excellent, "good": p.Good, "okay": p.Okay, "poor": p.Poor, "minimum": p.Minimum,
			"full_from": p.Full, "publish_day": p.PublishDay, "follow_up_days": p.FollowUpDays, "actor": p.Actor, "create_time": p.CreateTime,
		})
	return explain(err, "insert score policy")
}

// LockReports keeps others from making reports and policies until the
// transaction ends.
func (s *Store) LockReports(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('holdfast experience reports'))")
	return explain(err, "lock reports")
}
