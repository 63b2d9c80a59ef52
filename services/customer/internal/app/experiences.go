package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// experienceBatch is of how many changes is told in one transaction.
const experienceBatch = 500

// TellExperiences tells the feed how customers fare whose answers, or what counts
// of them, have become others, and returns how many it has counted.
func (a *App) TellExperiences(ctx context.Context) (counted int, err error) {
	ctx = asItself(ctx)
	for {
		found := 0
		err := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
			found, err = a.tellExperiences(ctx, tx)
			return err
		})
		if counted += found; err != nil || found == 0 {
			return counted, err
		}
	}
}

// tellExperiences counts a batch, and returns how many there were. Of two replicas
// the second counts when the first has told.
func (a *App) tellExperiences(ctx context.Context, tx *postgres.Store) (found int, err error) {
	if err := tx.LockExperiences(ctx); err != nil {
		return 0, err
	}
	policy, err := tx.ScorePolicy(ctx)
	if err != nil {
		return 0, err
	}
	ids, err := tx.TakeExperienceMarks(ctx, a.today(), policy.Version, experienceBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	counted, err := tx.CountExperiences(ctx, ids, experience.Since(a.today()))
	if err != nil {
		return 0, err
	}
	for _, c := range counted {
		if err := a.tellExperience(ctx, tx, policy, c); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

func (a *App) tellExperience(ctx context.Context, tx *postgres.Store, policy StoredPolicy, c postgres.Counted) error {
	now, news := c.Told.Now(policy.Policy, c.Tally, a.now())
	due := c.Oldest
	if !due.IsZero() {
		due = experience.Until(due)
	}
	if err := tx.SaveExperience(ctx, now, policy.Version, due); err != nil || !news {
		return err
	}
	return publish(ctx, tx, events.Event{
		Kind: "experience.changed", ResourceID: now.ID(), Revision: now.Revision, OccurredAt: now.UpdateTime,
	}, now)
}
