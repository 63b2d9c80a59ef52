package app

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// FollowUpQuery asks for a page of follow-ups.
type FollowUpQuery = postgres.FollowUpQuery

// ListFollowUps returns a page of follow-ups without their notes.
func (a *App) ListFollowUps(ctx context.Context, q FollowUpQuery) ([]reports.FollowUp, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]reports.FollowUp, error) {
		return tx.FollowUps(ctx, q)
	})
}

// GetFollowUp returns a follow-up.
func (a *App) GetFollowUp(ctx context.Context, id string) (reports.FollowUp, error) {
	return read(ctx, a, func(tx *postgres.Store) (reports.FollowUp, error) {
		return tx.FollowUp(ctx, id)
	})
}

// AssignFollowUp gives a follow-up to an owner.
func (a *App) AssignFollowUp(ctx context.Context, id, owner, etag string) (reports.FollowUp, error) {
	return a.followUp(ctx, id, "follow_up.assigned", func(f reports.FollowUp) (reports.FollowUp, error) {
		return f.Assign(owner, etag, a.now())
	})
}

// AddFollowUpNote adds a note to a follow-up.
func (a *App) AddFollowUpNote(ctx context.Context, id, text string) (reports.FollowUp, error) {
	return a.followUp(ctx, id, "follow_up.noted", func(f reports.FollowUp) (reports.FollowUp, error) {
		return f.Annotate(reports.Note{Author: actor(ctx), Text: text, Time: a.now()}), nil
	})
}

// CloseFollowUp says what came of a follow-up.
func (a *App) CloseFollowUp(ctx context.Context, id, outcome, etag string) (reports.FollowUp, error) {
	return a.followUp(ctx, id, "follow_up.closed", func(f reports.FollowUp) (reports.FollowUp, error) {
		return f.Close(outcome, etag, a.now())
	})
}

// followUp changes a follow-up. Of the answer only which one it was is kept with the
// request's id: what people write may have to be forgotten before that is.
func (a *App) followUp(ctx context.Context, id, kind string, change func(reports.FollowUp) (reports.FollowUp, error)) (reports.FollowUp, error) {
	_, err := mutate(ctx, a, func(tx *postgres.Store) (string, error) {
		before, err := tx.FollowUpForUpdate(ctx, id)
		if err != nil {
			return "", err
		}
		after, err := change(before)
		if err != nil {
			return "", err
		}
		if err := tx.UpdateFollowUp(ctx, after); err != nil {
			return "", err
		}
		if len(after.Notes) > len(before.Notes) {
			if err := tx.InsertNote(ctx, after); err != nil {
				return "", err
			}
		}
		return id, publishFollowUp(ctx, tx, kind, after)
	})
	if err != nil {
		return reports.FollowUp{}, err
	}
	return a.GetFollowUp(ctx, id)
}

// publishFollowUp appends an event of a follow-up, without what people wrote.
func publishFollowUp(ctx context.Context, tx *postgres.Store, kind string, f reports.FollowUp) error {
	f.Notes, f.Outcome = nil, ""
	return publish(ctx, tx, events.Event{Kind: kind, ResourceID: f.ID, Revision: int64(f.Revision), OccurredAt: f.UpdateTime}, f)
}

// followUpBatch is how many follow-ups are made in one transaction.
const followUpBatch = 200

// MakeFollowUps makes a follow-up for each detractor who has none, of the days
// that the policy names, and returns how many.
func (a *App) MakeFollowUps(ctx context.Context) (made int, err error) {
	ctx = asItself(ctx)
	for {
		found := 0
		err := a.store.InTx(ctx, func(tx *postgres.Store) error {
			policy, err := tx.ScorePolicy(ctx)
			if err != nil {
				return err
			}
			since := a.now().Add(-time.Duration(policy.FollowUpDays) * 24 * time.Hour)
			unhappy, err := tx.UnhappyResponses(ctx, since, followUpBatch)
			if err != nil {
				return err
			}
			found = len(unhappy)
			return a.makeFollowUps(ctx, tx, unhappy)
		})
		if err != nil {
			return made, err
		}
		made += found
		if found < followUpBatch {
			return made, nil
		}
	}
}

func (a *App) makeFollowUps(ctx context.Context, tx *postgres.Store, responses []string) error {
	for _, response := range responses {
		id := ident.New("fol_")
		made, err := tx.InsertFollowUp(ctx, reports.FollowUp{ID: id, ResponseID: response, CreateTime: a.now()})
		if err != nil {
			return err
		}
		if !made {
			continue // by another replica, meanwhile
		}
		f, err := tx.FollowUp(ctx, id)
		if err != nil {
			return err
		}
		if err := publishFollowUp(ctx, tx, "follow_up.created", f); err != nil {
			return err
		}
	}
	return nil
}
