package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
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

// ListedCustomer is a customer with its place in the list; how the database
// folds letters to sort them is its own affair.
type ListedCustomer struct {
	customers.Customer
	SortName string
}

// Key is the customer's place.
func (l ListedCustomer) Key() CustomerKey {
	return CustomerKey{SortName: l.SortName, ID: l.ID}
}

// ListCustomers returns customers in the order of their names, then ids.
func (s *Store) ListCustomers(ctx context.Context, q CustomerQuery) ([]ListedCustomer, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(q.Partner == "" && !pg.ScopeFrom(ctx).IsSystem(), servedBy("p.ends_at > (SELECT holdfast_now())"), nil)
	f.with(q.Partner != "", servedBy("p.partner_id = @partner_id AND p.begins_at <= @now AND p.ends_at > @now"),
		pgx.StrictNamedArgs{"partner_id": q.Partner, "now": q.Now})
	f.with(q.Segment != "", "c.segment = @segment", pgx.StrictNamedArgs{"segment": q.Segment})
	f.with(q.Sector != "", "c.sector = @sector", pgx.StrictNamedArgs{"sector": q.Sector})
	f.with(q.Country != "", "c.country_code = @country_code", pgx.StrictNamedArgs{"country_code": q.Country})
	f.with(q.Group != "", "c.group_id = @group_id", pgx.StrictNamedArgs{"group_id": q.Group})
	f.with(q.NamePrefix != "", "c.sort_name >= lower(@prefix) AND c.sort_name < lower(@prefix) || chr(1114111)",
		pgx.StrictNamedArgs{"prefix": q.NamePrefix})
	f.with(q.After.ID != "", "(c.sort_name, c.customer_id) > (@after_name, @after_id)",
		pgx.StrictNamedArgs{"after_name": q.After.SortName, "after_id": q.After.ID})

	rows, _ := s.tx.Query(ctx, customerColumns+", c.sort_name FROM customers c"+f.where()+`
		ORDER BY c.sort_name, c.customer_id
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ListedCustomer, err error) {
		err = row.Scan(append(customerTargets(&l.Customer), &l.SortName)...)
		l.CreateTime, l.UpdateTime = l.CreateTime.UTC(), l.UpdateTime.UTC()
		return l, err
	})
	return list, explain(err, "list customers")
}

// servedBy is the condition that a customer has a subscription with such a
// partner of record; see ListSubscriptions for its form.
func servedBy(partner string) string {
	return `c.customer_id = ANY (ARRAY(
		SELECT s.customer_id
		FROM subscriptions s
		WHERE s.subscription_id = ANY (ARRAY(
			SELECT p.subscription_id
			FROM partners_of_record p
			WHERE ` + partner + `))))`
}
