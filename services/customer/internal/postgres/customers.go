package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
)

const (
	customerColumns = `
	SELECT c.customer_id, c.display_name, c.primary_domain, c.domains, c.segment, c.sector, c.country_code, c.time_zone,
	       coalesce(c.group_id, ''), coalesce(c.external_id, ''), coalesce(c.merged_into, ''), c.revision, c.create_time, c.update_time`
	selectCustomer = customerColumns + `
	FROM customers c`
)

// customerTargets are where a row of customerColumns goes.
func customerTargets(c *customers.Customer) []any {
	return []any{
		&c.ID, &c.Name, &c.PrimaryDomain, &c.Domains, &c.Segment, &c.Sector, &c.Country, &c.TimeZone,
		&c.Group, &c.ExternalID, &c.MergedInto, &c.Revision, &c.CreateTime, &c.UpdateTime,
	}
}

func scanCustomer(row pgx.CollectableRow) (c customers.Customer, err error) {
	err = row.Scan(customerTargets(&c)...)
	c.CreateTime, c.UpdateTime = c.CreateTime.UTC(), c.UpdateTime.UTC()
	return c, err
}

// Customer returns a customer, or customers.ErrNotFound.
func (s *Store) Customer(ctx context.Context, id customers.ID) (customers.Customer, error) {
	return s.customer(ctx, selectCustomer+" WHERE c.customer_id = $1", id)
}

// CustomerForUpdate is Customer, and keeps others from changing it until the
// transaction ends.
func (s *Store) CustomerForUpdate(ctx context.Context, id customers.ID) (customers.Customer, error) {
	return s.customer(ctx, selectCustomer+" WHERE c.customer_id = $1 FOR UPDATE", id)
}

// CustomerToRefer is Customer, and keeps others from merging it until the
// transaction ends.
func (s *Store) CustomerToRefer(ctx context.Context, id customers.ID) (customers.Customer, error) {
	return s.customer(ctx, selectCustomer+" WHERE c.customer_id = $1 FOR KEY SHARE", id)
}

// CustomerByDomain returns the customer that has a domain, or
// customers.ErrNotFound.
func (s *Store) CustomerByDomain(ctx context.Context, d customers.Domain) (customers.Customer, error) {
	return s.customer(ctx, selectCustomer+" JOIN customer_domains d ON d.customer_id = c.customer_id WHERE d.domain = $1", d)
}

func (s *Store) customer(ctx context.Context, sql string, arg any) (customers.Customer, error) {
	rows, _ := s.tx.Query(ctx, sql, arg) // CollectExactlyOneRow returns the error
	c, err := pgx.CollectExactlyOneRow(rows, scanCustomer)
	return c, missing(err, customers.ErrNotFound, "read customer")
}

// CustomersByID returns those of the customers that there are, in no order.
func (s *Store) CustomersByID(ctx context.Context, ids []customers.ID) ([]customers.Customer, error) {
	return s.customers(ctx, selectCustomer+" WHERE c.customer_id = ANY ($1)", ids)
}

// CustomersByExternalID returns those of the customers that there are, in no
// order, and keeps others from merging them until the transaction ends.
func (s *Store) CustomersByExternalID(ctx context.Context, ids []string) ([]customers.Customer, error) {
	return s.customers(ctx, selectCustomer+" WHERE c.external_id = ANY ($1) FOR KEY SHARE", ids)
}

func (s *Store) customers(ctx context.Context, sql string, args ...any) ([]customers.Customer, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanCustomer)
	return list, explain(err, "read customers")
}

// InsertCustomer stores a new customer with its domains. It returns
// customers.ErrDomainTaken, ErrTaken or ErrGroupNotFound.
func (s *Store) InsertCustomer(ctx context.Context, c customers.Customer) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO customers (customer_id, display_name, primary_domain, domains, segment, sector, country_code, time_zone,
		                       group_id, external_id, merged_into, revision, create_time, update_time)
		VALUES (@customer_id, @display_name, @primary_domain, @domains, @segment, @sector, @country_code, @time_zone,
		        nullif(@group_id, ''), nullif(@external_id, ''), nullif(@merged_into, ''), @revision, @create_time, @update_time)`, customerArgs(c))
	if err != nil {
		return explain(err, "insert customer")
	}
	return s.addDomains(ctx, c)
}

// UpdateCustomer stores a changed customer and its domains, with the refusals
// of InsertCustomer.
func (s *Store) UpdateCustomer(ctx context.Context, c customers.Customer) error {
	args := customerArgs(c)
	delete(args, "create_time")
	_, err := s.tx.Exec(ctx, `
		UPDATE customers
		SET display_name = @display_name, primary_domain = @primary_domain, domains = @domains, segment = @segment, sector = @sector,
		    country_code = @country_code, time_zone = @time_zone, group_id = nullif(@group_id, ''),
		    external_id = nullif(@external_id, ''), merged_into = nullif(@merged_into, ''), revision = @revision, update_time = @update_time
		WHERE customer_id = @customer_id`, args)
	if err != nil {
		return explain(err, "update customer")
	}
	_, err = s.tx.Exec(ctx, `
		DELETE FROM customer_domains
		WHERE customer_id = $1 AND domain <> ALL ($2)`, c.ID, domainsOf(c))
	if err != nil {
		return explain(err, "remove domains")
	}
	return s.addDomains(ctx, c)
}

// addDomains stores the domains that the customer does not have yet.
func (s *Store) addDomains(ctx context.Context, c customers.Customer) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO customer_domains (domain, customer_id)
		SELECT domain, $1
		FROM unnest($2::text[]) AS wanted (domain)
		WHERE NOT EXISTS (SELECT FROM customer_domains d WHERE d.domain = wanted.domain AND d.customer_id = $1)`, c.ID, domainsOf(c))
	return explain(err, "add domains")
}

func customerArgs(c customers.Customer) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"customer_id": c.ID, "display_name": c.Name, "primary_domain": c.PrimaryDomain, "domains": domainsOf(c),
		"segment": c.Segment, "sector": c.Sector, "country_code": c.Country, "time_zone": c.TimeZone, "group_id": c.Group,
		"external_id": c.ExternalID, "merged_into": c.MergedInto, "revision": c.Revision,
		"create_time": c.CreateTime, "update_time": c.UpdateTime,
	}
}

// domainsOf returns the domains, an empty list where there are none.
func domainsOf(c customers.Customer) []customers.Domain {
	if c.Domains == nil {
		return []customers.Domain{}
	}
	return c.Domains
}
