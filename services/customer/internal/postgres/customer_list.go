package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
)

// CustomerKey is the place of a customer in a list.
type CustomerKey struct {
	SortName string       `json:"n"`
	ID       customers.ID `json:"i"`
}

// CustomerQuery chooses customers; an empty field chooses all. After is the
// last customer of the page before.
type CustomerQuery struct {
	Segment    customers.Segment
	Sector     customers.Sector
	Country    string
	Group      customers.GroupID
	NamePrefix string
	Partner    subscriptions.PartnerID // serves it at Now
	Now        time.Time
	After      CustomerKey
	Limit      int
}

// ListCustomers returns customers in the order of their names, then ids, and
// the place of the last one.
func (s *Store) ListCustomers(ctx context.Context, q CustomerQuery) ([]customers.Customer, CustomerKey, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(q.Segment != "", "c.segment = @segment", pgx.StrictNamedArgs{"segment": q.Segment})
	f.with(q.Sector != "", "c.sector = @sector", pgx.StrictNamedArgs{"sector": q.Sector})
	f.with(q.Country != "", "c.country_code = @country_code", pgx.StrictNamedArgs{"country_code": q.Country})
	f.with(q.Group != "", "c.group_id = @group_id", pgx.StrictNamedArgs{"group_id": q.Group})
	f.with(q.NamePrefix != "", "c.sort_name >= lower(@prefix) AND c.sort_name < lower(@prefix) || chr(1114111)",
		pgx.StrictNamedArgs{"prefix": q.NamePrefix})
	f.with(q.Partner != "", `EXISTS (
		SELECT FROM subscriptions s
		JOIN partners_of_record p ON p.subscription_id = s.subscription_id
		WHERE s.customer_id = c.customer_id AND p.partner_id = @partner_id AND p.begins_at <= @now AND p.ends_at > @now)`,
		pgx.StrictNamedArgs{"partner_id": q.Partner, "now": q.Now})
	f.with(q.After.ID != "", "(c.sort_name, c.customer_id) > (@after_name, @after_id)",
		pgx.StrictNamedArgs{"after_name": q.After.SortName, "after_id": q.After.ID})

	rows, _ := s.tx.Query(ctx, selectCustomer+f.where()+" ORDER BY c.sort_name, c.customer_id LIMIT @limit", f.args)
	list, err := pgx.CollectRows(rows, scanCustomer)
	if err != nil || len(list) == 0 {
		return nil, CustomerKey{}, explain(err, "list customers")
	}
	key, err := s.customerKey(ctx, list[len(list)-1].ID)
	return list, key, err
}

// customerKey reads a customer's place: how the database folds letters is its
// own affair.
func (s *Store) customerKey(ctx context.Context, id customers.ID) (key CustomerKey, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT sort_name, customer_id
		FROM customers
		WHERE customer_id = $1`, id).Scan(&key.SortName, &key.ID)
	return key, explain(err, "read customer's place")
}
