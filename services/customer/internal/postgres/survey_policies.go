package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
)

// LockSurveyPolicy lets one change of the policy happen at a time, until the
// transaction ends.
func (s *Store) LockSurveyPolicy(ctx context.Context) error {
	return s.lock(ctx, "survey policy")
}

// SurveyPolicy returns the policy in force.
func (s *Store) SurveyPolicy(ctx context.Context) (surveys.Policy, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT version, contact_limit, contact_days, organisation_limit, organisation_days, quiet_from_hour, quiet_until_hour,
		       quiet_weekends, ask_within_days, link_days, actor, create_time
		FROM survey_policies
		ORDER BY version DESC
		LIMIT 1`) // CollectExactlyOneRow returns the error
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[surveys.Policy])
	p.CreateTime = p.CreateTime.UTC()
	return p, explain(err, "read survey policy")
}

// InsertSurveyPolicy stores a new version.
func (s *Store) InsertSurveyPolicy(ctx context.Context, p surveys.Policy) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO survey_policies (version, contact_limit, contact_days, organisation_limit, organisation_days, quiet_from_hour,
		                             quiet_until_hour, quiet_weekends, ask_within_days, link_days, actor, create_time)
		VALUES (@version, @contact_limit, @contact_days, @organisation_limit, @organisation_days, @quiet_from_hour,
		        @quiet_until_hour, @quiet_weekends, @ask_within_days, @link_days, @actor, @create_time)`, pgx.StrictNamedArgs{
		"version": p.Version, "contact_limit": p.ContactLimit, "contact_days": p.ContactDays,
		"organisation_limit": p.OrganisationLimit, "organisation_days": p.OrganisationDays,
		"quiet_from_hour": p.QuietFromHour, "quiet_until_hour": p.QuietUntilHour, "quiet_weekends": p.QuietWeekends,
		"ask_within_days": p.AskWithinDays, "link_days": p.LinkDays, "actor": p.Actor, "create_time": p.CreateTime,
	})
	return explain(err, "insert survey policy")
}
