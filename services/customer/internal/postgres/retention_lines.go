package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
)

// names are the columns that hold the values of the dimensions. The regions are
// not the database's: they are made of countries.
var names = map[retention.Dimension]string{
	"":                  "''",
	retention.ByPartner: "b.partner_id",
	retention.BySegment: "c.segment",
	retention.ByCountry: "c.country_code",
	retention.ByFamily:  "b.family_id",
}

// changes is the beginning of a statement about the customers of the cohort:
// one row for each, or for each and value of the dimension.
func (q RetentionQuery) changes(by retention.Dimension) (string, pgx.StrictNamedArgs) {
	byPartner := by == retention.ByPartner || len(q.Partners) > 0
	currencies, factors := factorsOf(q.Rates)
	f := filter{args: pgx.StrictNamedArgs{
		"from_date": q.Period.From, "until_date": q.Period.Until, "currencies": currencies, "factors": factors,
	}}
	f.with(q.Segment != "", "c.segment = @segment", pgx.StrictNamedArgs{"segment": q.Segment})
	f.with(len(q.Countries) > 0, "c.country_code = ANY (@countries)", pgx.StrictNamedArgs{"countries": texts(q.Countries)})
	f.with(q.Family != "", "b.family_id = @family_id", pgx.StrictNamedArgs{"family_id": q.Family})
	f.with(len(q.Partners) > 0, "b.partner_id = @partner_id", nil)
	f.with(byPartner, "b.partner_id IS NOT NULL", nil)
	of := ""
	if len(q.Partners) > 0 {
		of = " AND " + ofPartners("t")
	}
	sql := `
		WITH rates AS (
			SELECT currency, factor
			FROM unnest(@currencies::text[], @factors::text[]::numeric[]) AS given (currency, factor)
		), opening AS (` + runningOn("@from_date", of) + `
		), closing AS (` + runningOn("@until_date", of) + `
		), book AS (
			SELECT coalesce(o.subscription_id, e.subscription_id) AS subscription_id, coalesce(o.customer_id, e.customer_id) AS customer_id,
			       coalesce(o.family_id, e.family_id) AS family_id, o.value AS opening, e.value AS closing,
			       o.subscription_id IS NOT NULL AS opened, e.subscription_id IS NOT NULL AS closed,
			       coalesce(o.unpriced, e.unpriced) AS unpriced
			FROM opening o
			FULL JOIN closing e ON e.subscription_id = o.subscription_id
		)`
	if byPartner {
		sql += servedSQL
		f.args["partners"], f.args["partner_id"] = texts(q.Partners), ""
		if len(q.Partners) > 0 {
			f.args["partner_id"] = string(q.Partners[0])
		}
	} else {
		sql += `, kept AS (SELECT *, closed AS kept, false AS moved FROM book)`
	}
	return sql + `, changes AS (
			SELECT b.customer_id, ` + names[by] + ` AS slice, coalesce(sum(b.opening), 0) AS start_value,
			       coalesce(sum(b.closing) FILTER (WHERE b.kept), 0) AS end_value, bool_or(b.kept) AS active, bool_or(b.moved) AS moved,
			       min(b.unpriced) FILTER (WHERE b.opened OR b.kept) AS unpriced
			FROM kept b
			JOIN customers c ON c.customer_id = b.customer_id` + f.where() + `
			GROUP BY 1, 2
			HAVING bool_or(b.opened)
		)`, f.args
}

// runningOn are the terms that run on a day and their value for a year. In a
// term that is not paid ahead, the unit price rises from contract year to
// contract year, rounded each time.
func runningOn(day, of string) string {
	const raised = "round(%s * (10000 + s.uplift_bps) / 10000)"
	second := fmt.Sprintf(raised, "t.unit_price_minor::numeric")
	third := fmt.Sprintf(raised, second)
	return `
			SELECT s.subscription_id, s.customer_id, p.family_id, CASE WHEN r.currency IS NULL THEN t.currency END AS unpriced,
			       round(CASE WHEN t.billing = 'PREPAID' OR ` + day + `::date < t.start_date + interval '1 year' THEN t.unit_price_minor
			                  WHEN ` + day + ` < t.start_date + interval '2 years' THEN ` + second + `
			                  ELSE ` + third + ` END * (t.seats + coalesce(a.seats, 0)) * r.factor) AS value
			FROM terms t
			JOIN subscriptions s ON s.subscription_id = t.subscription_id
			JOIN products p ON p.product_id = s.product_id
			LEFT JOIN rates r ON r.currency = t.currency
			LEFT JOIN (
				SELECT term_id, sum(seats) AS seats
				FROM seat_additions
				WHERE from_date <= ` + day + `
				GROUP BY term_id
			) a ON a.term_id = t.term_id
			WHERE NOT t.cancelled AND t.start_date <= ` + day + ` AND t.end_date > ` + day + `
			AND (s.cancel_date IS NULL OR s.cancel_date > ` + day + `)` + of
}

// servedSQL gives each subscription to a partner: to that of the first day, or
// to its first one if it came later. It is kept if that partner has it at the end.
const servedSQL = `, served AS (
			SELECT subscription_id,
			       min(partner) FILTER (WHERE from_date <= @from_date) AS opens,
			       (array_agg(partner ORDER BY from_date))[1] AS begins,
			       min(partner) FILTER (WHERE from_date <= @until_date AND (until_date IS NULL OR until_date > @until_date)) AS closes
			FROM (
				SELECT r.subscription_id, r.from_date, r.until_date,
				       CASE WHEN r.partner_id = ANY (@partners::text[]) THEN @partner_id ELSE r.partner_id END AS partner
				FROM partners_of_record r
				WHERE (r.until_date IS NULL OR r.until_date > @from_date)
			) r
			GROUP BY subscription_id
		), owned AS (
			SELECT b.*, CASE WHEN b.opened THEN w.opens ELSE w.begins END AS partner_id, w.closes
			FROM book b
			JOIN served w ON w.subscription_id = b.subscription_id
		), kept AS (
			SELECT *, closed AND closes = partner_id AS kept, opened AND closes <> partner_id AS moved
			FROM owned
		)`

// ofPartners is the condition that a row is of a subscription that one of the
// partners ever served; see ListSubscriptions for its form.
func ofPartners(table string) string {
	return table + `.subscription_id = ANY (ARRAY(
				SELECT p.subscription_id
				FROM partners_of_record p
				WHERE p.partner_id = ANY (@partners::text[])))`
}

// factorsOf tells how many minor units of the base currency one minor unit of
// each currency is worth, as exact decimals.
func factorsOf(set catalogue.FxSet) (currencies, factors []string) {
	currencies, factors = []string{string(set.Base)}, []string{"1"}
	for _, r := range set.Rates {
		shift := set.Base.Digits() - r.Currency.Digits()
		currencies = append(currencies, string(r.Currency))
		factors = append(factors, fmt.Sprintf("%de%d", r.Rate, shift-catalogue.RateDigits))
	}
	return currencies, factors
}
