package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// GetAdoption tells how many product families customers use on the first day of
// each month, in every month of the range. It reads in the system scope; see
// GetRetention.
func (a *App) GetAdoption(ctx context.Context, s BookSlice, m retention.Months) ([]retention.Adoption, error) {
	if err := m.Check(a.today()); err != nil {
		return nil, err
	}
	part, visible := s.seenBy(viewerOf(ctx))
	var found []retention.Adoption
	if visible {
		ctx = pg.WithScope(ctx, pg.System())
		var err error
		found, err = read(ctx, a, func(tx *postgres.Store) ([]retention.Adoption, error) { return tx.Adoption(ctx, part, m) })
		if err != nil {
			return nil, err
		}
	}
	return m.Filled(found), nil
}

// AdoptionKey is the place of a customer in a list.
type AdoptionKey = postgres.AdoptionKey

// AdoptionList asks for a page of a month's customers: of those with so many
// families, or all.
type AdoptionList struct {
	BookSlice
	Month    calendar.Date
	Families int
	After    AdoptionKey
	Limit    int
}

// ListAdoptionCustomers opens a month's adoption to its customers.
func (a *App) ListAdoptionCustomers(ctx context.Context, q AdoptionList) ([]retention.User, error) {
	if err := (retention.Months{First: q.Month, Last: q.Month}).Check(a.today()); err != nil {
		return nil, fault.At("month", err)
	}
	viewer := viewerOf(ctx)
	part, visible := q.seenBy(viewer)
	if !visible {
		return nil, nil
	}
	ctx = pg.WithScope(ctx, pg.System())
	return read(ctx, a, func(tx *postgres.Store) ([]retention.User, error) {
		return tx.ListAdoption(ctx, postgres.AdoptionList{
			BookSlice: part, Month: q.Month, Families: q.Families,
			Viewers: viewer.partners, Now: a.now(), After: q.After, Limit: q.Limit,
		})
	})
}
