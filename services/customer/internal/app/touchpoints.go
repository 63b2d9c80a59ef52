package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

// ListTouchpoints returns the versions in force, of an audience or of all.
func (a *App) ListTouchpoints(ctx context.Context, audience touchpoints.Audience) ([]touchpoints.Touchpoint, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]touchpoints.Touchpoint, error) {
		return tx.Touchpoints(ctx, audience)
	})
}

// ListTouchpointVersions returns all versions of a touchpoint, newest first, or
// touchpoints.ErrNotFound.
func (a *App) ListTouchpointVersions(ctx context.Context, id touchpoints.ID) ([]touchpoints.Touchpoint, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]touchpoints.Touchpoint, error) {
		versions, err := tx.TouchpointVersions(ctx, id)
		if err == nil && len(versions) == 0 {
			err = touchpoints.ErrNotFound
		}
		return versions, err
	})
}

// CreateTouchpointVersion stores the next version of a touchpoint, or the first
// of a new one.
func (a *App) CreateTouchpointVersion(ctx context.Context, d touchpoints.Draft) (touchpoints.Touchpoint, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (next touchpoints.Touchpoint, err error) {
		if err := tx.LockTouchpoints(ctx); err != nil {
			return next, err
		}
		current, err := tx.Touchpoint(ctx, d.ID)
		switch {
		case errors.Is(err, touchpoints.ErrUnknown):
			var others []touchpoints.Touchpoint
			if others, err = tx.Touchpoints(ctx, d.Audience); err != nil {
				return next, err
			}
			next, err = touchpoints.First(d, others, a.deed(ctx))
		case err == nil:
			next, err = current.Next(d, a.deed(ctx))
		}
		if err != nil {
			return next, err
		}
		return next, tx.InsertTouchpoint(ctx, next)
	})
}

// Reordering puts the touchpoints of an audience into another order.
type Reordering struct {
	Audience touchpoints.Audience
	Order    []touchpoints.ID
}

// ReorderTouchpoints returns an audience's touchpoints in their new order.
func (a *App) ReorderTouchpoints(ctx context.Context, r Reordering) ([]touchpoints.Touchpoint, error) {
	return mutate(ctx, a, func(tx *postgres.Store) ([]touchpoints.Touchpoint, error) {
		if err := tx.LockTouchpoints(ctx); err != nil {
			return nil, err
		}
		current, err := tx.Touchpoints(ctx, r.Audience)
		if err != nil {
			return nil, err
		}
		moved, err := touchpoints.Reorder(current, r.Order, a.deed(ctx))
		if err != nil {
			return nil, err
		}
		for _, t := range moved {
			if err := tx.InsertTouchpoint(ctx, t); err != nil {
				return nil, err
			}
		}
		return tx.Touchpoints(ctx, r.Audience)
	})
}

func (a *App) deed(ctx context.Context) touchpoints.Deed {
	return touchpoints.Deed{Actor: actor(ctx), At: a.now()}
}

// GetSurveyPolicy returns the policy in force.
func (a *App) GetSurveyPolicy(ctx context.Context) (surveys.Policy, error) {
	return read(ctx, a, func(tx *postgres.Store) (surveys.Policy, error) { return tx.SurveyPolicy(ctx) })
}

// CreateSurveyPolicyVersion stores the next version of the policy.
func (a *App) CreateSurveyPolicyVersion(ctx context.Context, wanted surveys.Policy, etag string) (surveys.Policy, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (surveys.Policy, error) {
		if err := tx.LockSurveyPolicy(ctx); err != nil {
			return surveys.Policy{}, err
		}
		current, err := tx.SurveyPolicy(ctx)
		if err != nil {
			return current, err
		}
		wanted.Actor, wanted.CreateTime = actor(ctx), a.now()
		next, err := current.Next(wanted, etag)
		if err != nil {
			return current, err
		}
		return next, tx.InsertSurveyPolicy(ctx, next)
	})
}
