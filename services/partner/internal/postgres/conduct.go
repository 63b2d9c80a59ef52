package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// selectCase is what both sides may see of a case's row.
const selectCase = `
	SELECT case_id, transfer_id, submission_id, subscription_id, partner_id, incumbent_id, effective_date, claim, state, verdict,
		cap_bps, cap_until, appeal_days, contest_by_date, appeal_by_date, contested, released, revision, create_time
	FROM cases`

func scanCase(row pgx.CollectableRow) (c conduct.Case, err error) {
	err = row.Scan(&c.ID, &c.Transfer, &c.Submission, &c.Subscription, &c.Partner, (*zeronull.Text)(&c.Incumbent), &c.Effective,
		&c.Facts.Claim, &c.State, &c.Verdict, &c.Cap.Bps, &c.Cap.Until, &c.AppealDays, &c.ContestBy, &c.AppealBy,
		&c.Contested, &c.Released, &c.Revision, instant(&c.CreateTime))
	c.Verdict.Incumbent = c.Incumbent
	return c, err
}

// Case returns the case as a partner's caller may read it, with what was done
// in it and the caller's evidence, or conduct.ErrNotFound.
func (s *Store) Case(ctx context.Context, id conduct.ID) (conduct.Case, error) {
	found, err := one(ctx, s, conduct.ErrNotFound, scanCase, selectCase+`
		WHERE case_id = $1`, id)
	if err != nil {
		return found, err
	}
	return s.filled(ctx, found)
}

// WholeCase is Case with what only the vendor knows.
func (s *Store) WholeCase(ctx context.Context, id conduct.ID) (conduct.Case, error) {
	return s.whole(ctx, selectCase+`
		WHERE case_id = $1`, id)
}

// CaseForUpdate is WholeCase, and keeps others from changing the case
// meanwhile.
func (s *Store) CaseForUpdate(ctx context.Context, id conduct.ID) (conduct.Case, error) {
	return s.whole(ctx, selectCase+`
		WHERE case_id = $1
		FOR UPDATE`, id)
}

// CaseOfTransfer returns the whole case about a subscription that came by a
// transfer, or conduct.ErrNotFound.
func (s *Store) CaseOfTransfer(ctx context.Context, subscription, transfer string) (conduct.Case, error) {
	return s.whole(ctx, selectCase+`
		WHERE subscription_id = $1
		AND transfer_id = $2
		AND transfer_id <> ''`, subscription, transfer)
}

// CaseOfOrder returns the whole case about the order of a submission, or
// conduct.ErrNotFound.
func (s *Store) CaseOfOrder(ctx context.Context, submission string) (conduct.Case, error) {
	return s.whole(ctx, selectCase+`
		WHERE submission_id = $1
		AND submission_id <> ''`, submission)
}

func (s *Store) whole(ctx context.Context, sql string, args ...any) (conduct.Case, error) {
	found, err := one(ctx, s, conduct.ErrNotFound, scanCase, sql, args...)
	if err != nil {
		return found, err
	}
	found, err = s.filled(ctx, found)
	if err != nil {
		return found, err
	}
	cases := []conduct.Case{found}
	err = s.fillDossiers(ctx, cases)
	return cases[0], err
}

func (s *Store) filled(ctx context.Context, c conduct.Case) (conduct.Case, error) {
	cases := []conduct.Case{c}
	err := s.fillCases(ctx, cases)
	return cases[0], err
}

// Cases lists cases, newest first; whole ones where the query says so.
func (s *Store) Cases(ctx context.Context, q conduct.Query) ([]conduct.Case, error) {
	found, err := all(ctx, s, scanCase, selectCase+`
		WHERE (@after_id = '' OR (create_time, case_id) < (@after_time, @after_id))
		AND (@state = '' OR @state = CASE WHEN state = 'DECIDED' AND appeal_by_date < @today THEN 'FINAL' ELSE state END)
		AND (@outcome = '' OR outcome = @outcome)
		AND (@transfer = '' OR transfer_id = @transfer)
		AND (@partners::text[] = '{}'
			OR (@side <> 'INCUMBENT' AND partner_id = ANY (@partners))
			OR (@side <> 'CHALLENGER' AND incumbent_id = ANY (@partners)))
		ORDER BY create_time DESC, case_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"after_time": instant(&q.AfterTime), "after_id": q.AfterID, "state": q.State, "today": q.Today, "outcome": q.Outcome,
			"transfer": q.Transfer, "partners": idTexts(q.Partners), "side": q.Side, "limit": q.Limit,
		})
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	if err := s.fillCases(ctx, found); err != nil || !q.Whole {
		return found, err
	}
	return found, s.fillDossiers(ctx, found)
}

// CappedUntil tells of each of these subscriptions on which one of the partners
// is capped beyond a day, until when.
func (s *Store) CappedUntil(ctx context.Context, ids []partners.ID, subscriptions []string, after calendar.Date) (map[string]calendar.Date, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT subscription_id, max(cap_until)
		FROM cases
		WHERE partner_id = ANY ($1)
		AND subscription_id = ANY ($2)
		AND outcome = 'POACHED'
		AND cap_until > $3
		GROUP BY subscription_id`, idTexts(ids), subscriptions, after) // ForEachRow returns the error
	until := map[string]calendar.Date{}
	var subscription string
	var day calendar.Date
	_, err := pgx.ForEachRow(rows, []any{&subscription, &day}, func() error {
		until[subscription] = day
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("caps: %w", err)
	}
	return until, nil
}

// Released reports whether a partner has let a subscription go, in a transfer
// that ended the relationship which began on a day.
func (s *Store) Released(ctx context.Context, subscription string, incumbent partners.ID, since calendar.Date) (released bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT
			FROM cases
			WHERE subscription_id = $1
			AND incumbent_id = $2
			AND effective_date >= $3
			AND released)`, subscription, incumbent, since).Scan(&released)
	return released, err
}
