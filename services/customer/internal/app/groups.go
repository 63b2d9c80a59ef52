package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateGroup creates a corporate group.
func (a *App) CreateGroup(ctx context.Context, name string) (customers.Group, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (customers.Group, error) {
		g, err := customers.Found(customers.GroupID(ident.New("grp_")), name, a.now())
		if err != nil {
			return customers.Group{}, err
		}
		if err := tx.InsertGroup(ctx, g); err != nil {
			return customers.Group{}, err
		}
		return g, publish(ctx, tx, events.Event{Kind: "group.created", ResourceID: string(g.ID), Revision: 1, OccurredAt: g.CreateTime}, g)
	})
}

// GetGroup returns a group with its members.
func (a *App) GetGroup(ctx context.Context, id customers.GroupID) (customers.Group, error) {
	return read(ctx, a, func(tx *postgres.Store) (customers.Group, error) {
		return tx.Group(ctx, id)
	})
}

// GroupKey is the place of a group in a list.
type GroupKey = postgres.GroupKey

// ListGroups returns groups after a place, without members.
func (a *App) ListGroups(ctx context.Context, after GroupKey, limit int) ([]customers.Group, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]customers.Group, error) {
		return tx.ListGroups(ctx, after, limit)
	})
}
