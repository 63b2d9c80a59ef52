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

// terms are the conditions of a statement about how many product families
// customers use, and the join with who serves them.
func (q BookSlice) terms() (f filter, served string) {
	f.with(true, "NOT t.cancelled", nil)
	f.with(q.Segment != "", "c.segment = @segment", pgx.StrictNamedArgs{"segment": q.Segment})
	f.with(len(q.Countries) > 0, "c.country_code = ANY (@countries)", pgx.StrictNamedArgs{"countries": texts(q.Countries)})
	if len(q.Partners) == 0 {
		return f, `
			CROSS JOIN (SELECT NULL::date AS from_date, NULL::date AS until_date) r`
	}
	f.with(true, ofPartners("t"), pgx.StrictNamedArgs{"partners": texts(q.Partners)})
	return f, `
			JOIN partners_of_record r ON r.subscription_id = t.subscription_id AND r.partner_id = ANY (@partners::text[])`
}

// Adoption counts customers by their number of families on the first day of each
// month; months without a customer are left out.
//
// It does not look at each customer in each month. A customer's families make a
// number that rises and falls on a few first days; from day to day, the counts of
// customers change by those whose number does.
func (s *Store) Adoption(ctx context.Context, q BookSlice, m retention.Months) ([]retention.Adoption, error) {
	f, served := q.terms()
	f.with(true, "t.start_date <= @last_month AND t.end_date > @first_month", pgx.StrictNamedArgs{
		"first_month": m.First, "last_month": m.Last, "months": m.Days(),
	})
	rows, _ := s.tx.Query(ctx, `
		WITH used AS (
			SELECT s.customer_id, p.family_id, range_agg(int4range(begins, greatest(begins, ends))) AS months
			FROM terms t
			JOIN subscriptions s ON s.subscription_id = t.subscription_id
			JOIN products p ON p.product_id = s.product_id
			JOIN customers c ON c.customer_id = s.customer_id`+served+`
			CROSS JOIN LATERAL (SELECT
				`+monthFrom("greatest(t.start_date, r.from_date)")+` AS begins,
				`+monthFrom("least(t.end_date, s.cancel_date, r.until_date)")+` AS ends) span`+f.where()+`
			GROUP BY s.customer_id, p.family_id
		), steps AS (
			SELECT customer_id, month, sum(step)::integer AS step
			FROM used
			CROSS JOIN LATERAL unnest(months) AS r
			CROSS JOIN LATERAL (VALUES (lower(r), 1), (upper(r), -1)) AS v (month, step)
			GROUP BY customer_id, month
		), numbers AS (
			SELECT month, step, (sum(step) OVER (PARTITION BY customer_id ORDER BY month))::integer AS families
			FROM steps
		), moves AS (
			SELECT month, families, count(*) AS customers FROM numbers GROUP BY 1, 2
			UNION ALL
			SELECT month, families - step, -count(*) FROM numbers GROUP BY 1, 2
		), counts AS (
			SELECT month, families, sum(coalesce(customers, 0)) OVER (PARTITION BY families ORDER BY month)::bigint AS customers
			FROM generate_series(0, cardinality(@months::date[]) - 1) AS month
			CROSS JOIN (SELECT DISTINCT families FROM moves WHERE families > 0) f
			LEFT JOIN (SELECT month, families, sum(customers) AS customers FROM moves GROUP BY 1, 2) moved USING (month, families)
		)
		SELECT (@months::date[])[month + 1], array_agg(families ORDER BY families), array_agg(customers ORDER BY families)
		FROM counts
		WHERE customers > 0
		GROUP BY month
		ORDER BY month`, f.args) // CollectRows returns the error
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

// monthFrom is the place, from 0, of the first of the months that begins on a
// day or after it; the number of months if there is none.
func monthFrom(day string) string {
	return "width_bucket(" + day + " - 1, @months::date[])"
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
	terms, served := q.terms()
	terms.with(true, `t.start_date <= @month AND least(t.end_date, s.cancel_date) > @month
			AND (r.from_date IS NULL OR r.from_date <= @month) AND (r.until_date IS NULL OR r.until_date > @month)`,
		pgx.StrictNamedArgs{"month": q.Month})
	f := filter{args: terms.args}
	f.with(q.Families > 0, "families = @families", pgx.StrictNamedArgs{"families": q.Families})
	f.with(q.After.ID != "", "(families, customer_id) > (@after_families, @after_id)",
		pgx.StrictNamedArgs{"after_families": q.After.Families, "after_id": q.After.ID})
	f.args["limit"] = q.Limit
	rows, _ := s.tx.Query(ctx, `
		WITH used AS (
			SELECT s.customer_id, count(DISTINCT p.family_id) AS families, array_agg(DISTINCT p.family_id ORDER BY p.family_id) AS family_ids
			FROM terms t
			JOIN subscriptions s ON s.subscription_id = t.subscription_id
			JOIN products p ON p.product_id = s.product_id
			JOIN customers c ON c.customer_id = s.customer_id`+served+terms.where()+`
			GROUP BY s.customer_id
		)
		SELECT u.customer_id, coalesce(`+nameFor(q.Viewers, q.Now, f.args)+`, ''), c.segment, c.country_code, u.family_ids
		FROM (SELECT * FROM used`+f.where()+` ORDER BY families, customer_id LIMIT @limit) u
		JOIN customers c ON c.customer_id = u.customer_id
		ORDER BY u.families, u.customer_id`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u retention.User, err error) {
		return u, row.Scan(&u.Customer, &u.Name, &u.Segment, &u.Country, &u.Families)
	})
	return list, explain(err, "list adoption")
}
