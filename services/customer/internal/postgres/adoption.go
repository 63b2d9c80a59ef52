package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// families is the beginning of a statement about how many product families
// customers use on the first days of months.
func (q BookSlice) families(m retention.Months) (string, pgx.StrictNamedArgs) {
	f := filter{args: pgx.StrictNamedArgs{"first_month": m.First, "last_month": m.Last}}
	f.with(q.Segment != "", "c.segment = @segment", pgx.StrictNamedArgs{"segment": q.Segment})
	f.with(len(q.Countries) > 0, "c.country_code = ANY (@countries)", pgx.StrictNamedArgs{"countries": texts(q.Countries)})
	f.with(true, "NOT t.cancelled AND t.start_date <= @last_month AND t.end_date > @first_month", nil)
	served := ""
	if len(q.Partners) > 0 {
		f.with(true, ofPartners("t"), pgx.StrictNamedArgs{"partners": texts(q.Partners)})
		served = `
			JOIN partners_of_record r ON r.subscription_id = t.subscription_id AND r.partner_id = ANY (@partners::text[])
			AND r.from_date <= m.day AND (r.until_date IS NULL OR r.until_date > m.day)`
	}
	return `
		WITH months AS (
			SELECT day::date AS day
			FROM generate_series(@first_month::date, @last_month::date, interval '1 month') AS day
		), used AS (
			SELECT DISTINCT m.day, s.customer_id, p.family_id
			FROM terms t
			JOIN subscriptions s ON s.subscription_id = t.subscription_id
			JOIN products p ON p.product_id = s.product_id
			JOIN customers c ON c.customer_id = s.customer_id
			JOIN months m ON m.day >= t.start_date AND m.day < least(t.end_date, s.cancel_date)` + served + f.where() + `
		), adopted AS (
			SELECT day, customer_id, count(*) AS families, array_agg(family_id ORDER BY family_id) AS family_ids
			FROM used
			GROUP BY day, customer_id
		)`, f.args
}

// Adoption counts customers by their number of families on the first day of each
// month; months without a customer are left out.
func (s *Store) Adoption(ctx context.Context, q BookSlice, m retention.Months) ([]retention.Adoption, error) {
	sql, args := q.families(m)
	rows, _ := s.tx.Query(ctx, sql+`
		SELECT day, array_agg(families ORDER BY families), array_agg(customers ORDER BY families)
		FROM (
			SELECT day, families, count(*) AS customers
			FROM adopted
			GROUP BY day, families
		) counted
		GROUP BY day
		ORDER BY day`, args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a retention.Adoption, err error) {
		var families, customers []int64
		err = row.Scan(&a.Month, &families, &customers)
		for i := range families {
			a.Counts = append(a.Counts, retention.Count{Families: int(families[i]), Customers: customers[i]})
		}
		return a, err
	})
	return list, explain(err, "count adoption")
}

// AdoptionKey is the place of a customer in a list.
type AdoptionKey struct {
	Families int          `json:"f"`
	ID       customers.ID `json:"i"`
}

// AdoptionList asks for a page of a month's customers: of those with so many
// families, or all. Names are shown as in RetentionList.
type AdoptionList struct {
	BookSlice
	Month    calendar.Date
	Families int
	Viewers  []subscriptions.PartnerID
	Now      time.Time
	After    AdoptionKey
	Limit    int
}

// ListAdoption returns customers in the order of their number of families, then
// ids.
func (s *Store) ListAdoption(ctx context.Context, q AdoptionList) ([]retention.User, error) {
	sql, args := q.families(retention.Months{First: q.Month, Last: q.Month})
	f := filter{args: args}
	f.with(q.Families > 0, "families = @families", pgx.StrictNamedArgs{"families": q.Families})
	f.with(q.After.ID != "", "(families, customer_id) > (@after_families, @after_id)",
		pgx.StrictNamedArgs{"after_families": q.After.Families, "after_id": q.After.ID})
	f.args["limit"] = q.Limit
	rows, _ := s.tx.Query(ctx, sql+`
		SELECT a.customer_id, coalesce(`+nameFor(q.Viewers, q.Now, f.args)+`, ''), c.segment, c.country_code, a.family_ids
		FROM (SELECT * FROM adopted`+f.where()+` ORDER BY families, customer_id LIMIT @limit) a
		JOIN customers c ON c.customer_id = a.customer_id
		ORDER BY a.families, a.customer_id`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u retention.User, err error) {
		return u, row.Scan(&u.Customer, &u.Name, &u.Segment, &u.Country, &u.Families)
	})
	return list, explain(err, "list adoption")
}
