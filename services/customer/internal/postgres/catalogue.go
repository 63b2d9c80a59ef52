package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// InsertFamily stores a new product family, or returns catalogue.ErrFamilyTaken.
func (s *Store) InsertFamily(ctx context.Context, f catalogue.Family) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO product_families (family_id, display_name)
		VALUES ($1, $2)`, f.ID, f.Name)
	return explain(err, "insert product family")
}

// Families returns all product families in the order of their ids.
func (s *Store) Families(ctx context.Context) ([]catalogue.Family, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT family_id, display_name
		FROM product_families
		ORDER BY family_id`) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f catalogue.Family, err error) {
		return f, row.Scan(&f.ID, &f.Name)
	})
	return list, explain(err, "list product families")
}

// InsertProduct stores a new product, or returns catalogue.ErrProductTaken or
// catalogue.ErrFamilyUnknown.
func (s *Store) InsertProduct(ctx context.Context, p catalogue.Product) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO products (product_id, display_name, family_id, description, create_time)
		VALUES (@product_id, @display_name, @family_id, @description, @create_time)`, pgx.StrictNamedArgs{
		"product_id": p.ID, "display_name": p.Name, "family_id": p.Family, "description": p.Description, "create_time": p.CreateTime,
	})
	return explain(err, "insert product")
}

func scanProduct(row pgx.CollectableRow) (p catalogue.Product, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Family, &p.Description, &p.CreateTime)
	p.CreateTime = p.CreateTime.UTC()
	return p, err
}

// Product returns a product, or catalogue.ErrProductNotFound.
func (s *Store) Product(ctx context.Context, id catalogue.ProductID) (catalogue.Product, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT product_id, display_name, family_id, description, create_time
		FROM products
		WHERE product_id = $1`, id) // CollectExactlyOneRow returns the error
	p, err := pgx.CollectExactlyOneRow(rows, scanProduct)
	return p, missing(err, catalogue.ErrProductNotFound, "read product")
}

// Products returns the products of a family, or all, in the order of their ids.
func (s *Store) Products(ctx context.Context, family catalogue.FamilyID) ([]catalogue.Product, error) {
	f := filter{}
	f.with(family != "", "family_id = @family_id", pgx.StrictNamedArgs{"family_id": family})
	rows, _ := s.tx.Query(ctx, `
		SELECT product_id, display_name, family_id, description, create_time
		FROM products`+f.where()+`
		ORDER BY product_id`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanProduct)
	return list, explain(err, "list products")
}

// InsertPrice adds a price, or returns catalogue.ErrPriceOverlaps or
// catalogue.ErrProductNotFound.
func (s *Store) InsertPrice(ctx context.Context, p catalogue.Price) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO prices (price_id, product_id, currency, min_seats, valid_from, unit_price_minor, uplift_bps)
		VALUES (@price_id, @product_id, @currency, @min_seats, @valid_from, @unit_price_minor, @uplift_bps)`, pgx.StrictNamedArgs{
		"price_id": p.ID, "product_id": p.Product, "currency": p.UnitPrice.Currency, "min_seats": p.MinSeats,
		"valid_from": p.ValidFrom, "unit_price_minor": p.UnitPrice.Minor, "uplift_bps": p.UpliftBps,
	})
	return explain(err, "insert price")
}

// PriceKey is the place of a price in a product's list.
type PriceKey struct {
	Currency  money.Currency `json:"c"`
	MinSeats  int64          `json:"s"`
	ValidFrom calendar.Date  `json:"f"`
}

// PriceQuery chooses a product's prices, in one currency or all.
type PriceQuery struct {
	Product  catalogue.ProductID
	Currency money.Currency
	After    PriceKey
	Limit    int
}

// Prices returns prices in the order of currency, band and date.
func (s *Store) Prices(ctx context.Context, q PriceQuery) ([]catalogue.Price, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(true, "product_id = @product_id", pgx.StrictNamedArgs{"product_id": q.Product})
	f.with(q.Currency != "", "currency = @currency", pgx.StrictNamedArgs{"currency": q.Currency})
	f.with(q.After.Currency != "", "(currency, min_seats, valid_from) > (@after_currency, @after_seats, @after_date)", pgx.StrictNamedArgs{
		"after_currency": q.After.Currency, "after_seats": q.After.MinSeats, "after_date": q.After.ValidFrom,
	})
	rows, _ := s.tx.Query(ctx, `
		SELECT price_id, product_id, currency, min_seats, valid_from, unit_price_minor, uplift_bps
		FROM prices`+f.where()+`
		ORDER BY currency, min_seats, valid_from
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p catalogue.Price, err error) {
		return p, row.Scan(&p.ID, &p.Product, &p.UnitPrice.Currency, &p.MinSeats, &p.ValidFrom, &p.UnitPrice.Minor, &p.UpliftBps)
	})
	return list, explain(err, "list prices")
}
