package app

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	errRangeEmpty = fault.New("RANGE_EMPTY", "the last month lies before the first")
	errRangeLong  = fault.New("RANGE_TOO_LONG", "the range is too long")
)

// maxMonths is how many months are summed up in one call.
const maxMonths = 60

type (
	// Choice chooses responses.
	Choice = postgres.Choice
	// Slicing is what slices stand for.
	Slicing = postgres.Slicing
	// StoredPolicy is a version of the score policy.
	StoredPolicy = postgres.StoredPolicy
)

// Sliced are scores as a whole and by slices.
type Sliced struct {
	Overall       reports.Row
	Rows          []reports.Row
	PolicyVersion int
}

// GetScores returns the scores of the chosen responses.
func (a *App) GetScores(ctx context.Context, c Choice, by Slicing) (Sliced, error) {
	if err := checkMonths(c.From, c.To); err != nil {
		return Sliced{}, err
	}
	return read(ctx, a, func(tx *postgres.Store) (Sliced, error) {
		if err := checkChoice(ctx, tx, c); err != nil {
			return Sliced{}, err
		}
		policy, err := tx.ScorePolicy(ctx)
		if err != nil {
			return Sliced{}, err
		}
		found, err := tx.Slices(ctx, c, by)
		if err != nil {
			return Sliced{}, err
		}
		names, err := tx.ReportNames(ctx)
		if err != nil {
			return Sliced{}, err
		}
		return sliced(policy.Policy, found, by, names.Called(c.Audience, reports.Dimension(by))), nil
	})
}

// checkChoice refuses what nobody can have answered about, lest a slip is taken for
// too few answers.
func checkChoice(ctx context.Context, tx *postgres.Store, c Choice) error {
	if c.Region != "" {
		if err := customers.Region(c.Region).Check(); err != nil {
			return fault.At("region", err)
		}
	}
	if c.Touchpoint == "" {
		return nil
	}
	_, err := tx.Touchpoint(ctx, touchpoints.ID(c.Touchpoint))
	return fault.At("touchpoint_id", err)
}

// checkMonths refuses a range that ends before it begins or is too long. A zero
// date is no bound.
func checkMonths(from, to calendar.Date) error {
	switch {
	case from.IsZero() || to.IsZero():
		return nil
	case to.Before(from):
		return errRangeEmpty.On("to_month")
	case from.MonthsUntil(to) >= maxMonths:
		return errRangeLong.Because(fmt.Sprintf("the range has more than %d months", maxMonths)).On("to_month")
	}
	return nil
}

// sliced are the rows in the order of the names, then of their keys.
func sliced(p scores.Policy, found []postgres.Slice, by Slicing, names []reports.Name) Sliced {
	answer := Sliced{PolicyVersion: p.Version}
	var total scores.Tally
	byKey := map[string]reports.Row{}
	for _, s := range found {
		total = total.Plus(s.Tally)
		byKey[s.Key] = reports.Row{Key: s.Key, Name: reports.NameOf(s.Key), Scores: p.Scores(s.Tally, scores.All)}
	}
	answer.Overall = reports.Row{Scores: p.Scores(total, scores.All)}
	if by == "" {
		return answer
	}
	for _, n := range names {
		if row, ok := byKey[n.Key]; ok {
			row.Name = n.Name
			answer.Rows = append(answer.Rows, row)
			delete(byKey, n.Key)
		}
	}
	for _, s := range found {
		if row, ok := byKey[s.Key]; ok {
			answer.Rows = append(answer.Rows, row)
		}
	}
	return answer
}

// GetScorePolicy returns the policy in force.
func (a *App) GetScorePolicy(ctx context.Context) (StoredPolicy, error) {
	return read(ctx, a, func(tx *postgres.Store) (StoredPolicy, error) {
		return tx.ScorePolicy(ctx)
	})
}

// CreateScorePolicyVersion puts another policy in force.
func (a *App) CreateScorePolicyVersion(ctx context.Context, p scores.Policy) (StoredPolicy, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (StoredPolicy, error) {
		if err := p.Check(); err != nil {
			return StoredPolicy{}, err
		}
		if err := tx.LockReports(ctx); err != nil {
			return StoredPolicy{}, err
		}
		current, err := tx.ScorePolicy(ctx)
		if err != nil {
			return StoredPolicy{}, err
		}
		p.Version = current.Version + 1
		next := StoredPolicy{Policy: p, Actor: actor(ctx), CreateTime: a.now()}
		if err := tx.InsertScorePolicy(ctx, next); err != nil {
			return StoredPolicy{}, err
		}
		return next, publish(ctx, tx, events.Event{
			Kind: "score_policy.created", ResourceID: "score_policy", Revision: int64(next.Version), OccurredAt: next.CreateTime,
		}, next)
	})
}
