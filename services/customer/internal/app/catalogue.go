package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateProductFamily adds a product family.
func (a *App) CreateProductFamily(ctx context.Context, f catalogue.Family) (catalogue.Family, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (catalogue.Family, error) {
		if err := tx.InsertFamily(ctx, f); err != nil {
			return f, err
		}
		return f, a.published(ctx, tx, "product_family.created", string(f.ID), f)
	})
}

// published appends the event of something that never changes.
func (a *App) published(ctx context.Context, tx *postgres.Store, kind, id string, resource any) error {
	return publish(ctx, tx, events.Event{Kind: kind, ResourceID: id, Revision: 1, OccurredAt: a.now()}, resource)
}

// ListProductFamilies returns all product families.
func (a *App) ListProductFamilies(ctx context.Context) ([]catalogue.Family, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]catalogue.Family, error) {
		return tx.Families(ctx)
	})
}

// CreateProduct adds a product.
func (a *App) CreateProduct(ctx context.Context, p catalogue.Product) (catalogue.Product, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (catalogue.Product, error) {
		p.CreateTime = a.now()
		if err := tx.InsertProduct(ctx, p); err != nil {
			return p, err
		}
		return p, a.published(ctx, tx, "product.created", string(p.ID), p)
	})
}

// GetProduct returns a product.
func (a *App) GetProduct(ctx context.Context, id catalogue.ProductID) (catalogue.Product, error) {
	return read(ctx, a, func(tx *postgres.Store) (catalogue.Product, error) {
		return tx.Product(ctx, id)
	})
}

// ListProducts returns the products of a family, or all.
func (a *App) ListProducts(ctx context.Context, family catalogue.FamilyID) ([]catalogue.Product, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]catalogue.Product, error) {
		return tx.Products(ctx, family)
	})
}

// CreatePrice adds a price to a product.
func (a *App) CreatePrice(ctx context.Context, p catalogue.Price) (catalogue.Price, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (catalogue.Price, error) {
		if err := p.Check(); err != nil {
			return p, err
		}
		p.ID = ident.New("pri_")
		if err := tx.InsertPrice(ctx, p); err != nil {
			return p, err
		}
		return p, a.published(ctx, tx, "price.created", p.ID, p)
	})
}

type (
	// PriceQuery asks for a page of prices.
	PriceQuery = postgres.PriceQuery
	// PriceKey is the place of a price in a list.
	PriceKey = postgres.PriceKey
)

// ListPrices returns a page of a product's prices.
func (a *App) ListPrices(ctx context.Context, q PriceQuery) ([]catalogue.Price, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]catalogue.Price, error) {
		if _, err := tx.Product(ctx, q.Product); err != nil {
			return nil, err
		}
		return tx.Prices(ctx, q)
	})
}

// FindPrice returns the price in force.
func (a *App) FindPrice(ctx context.Context, n catalogue.Need) (catalogue.Price, error) {
	const all = 1 << 30
	prices, err := a.ListPrices(ctx, PriceQuery{Product: n.Product, Currency: n.Currency, Limit: all})
	if err != nil {
		return catalogue.Price{}, err
	}
	return catalogue.Find(prices, n)
}

// CreateFxSet adds a set of exchange rates.
func (a *App) CreateFxSet(ctx context.Context, s catalogue.FxSet) (catalogue.FxSet, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (catalogue.FxSet, error) {
		if err := s.Check(); err != nil {
			return s, err
		}
		s.ID, s.CreateTime = ident.New("fxs_"), a.now()
		if err := tx.InsertFxSet(ctx, s); err != nil {
			return s, err
		}
		return s, a.published(ctx, tx, "fx_set.created", s.ID, s)
	})
}

// GetFxSet returns a set of exchange rates.
func (a *App) GetFxSet(ctx context.Context, id string) (catalogue.FxSet, error) {
	return read(ctx, a, func(tx *postgres.Store) (catalogue.FxSet, error) {
		return tx.FxSet(ctx, id)
	})
}

// FindFxSet returns the set of exchange rates in force on a day.
func (a *App) FindFxSet(ctx context.Context, on calendar.Date) (catalogue.FxSet, error) {
	return read(ctx, a, func(tx *postgres.Store) (catalogue.FxSet, error) {
		return tx.FxSetOn(ctx, on)
	})
}
