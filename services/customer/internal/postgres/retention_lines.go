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
	sql := runningSQL(of)
	if byPartner {
		sql += servedSQL
		f.args["partners"], f.args["partner_id"] = texts(q.Partners), ""
		if len(q.Partners) > 0 {
			f.args["partner_id"] = string(q.Partners[0])
		}
	} else {
		sql += `, kept AS (SELECT *, closed AS kept, false AS moved FROM running)`
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

// runningSQL are the terms that run on the first day or at the end, and their
// values for a year on these days.
func runningSQL(of string) string {
	return `
		WITH rates AS (
			SELECT currency, factor
			FROM unnest(@currencies::text[], @factors::text[]::numeric[]) AS given (currency, factor)
		), added AS (
			SELECT term_id, sum(seats) FILTER (WHERE from_date <= @from_date) AS opening, sum(seats) AS closing
			FROM seat_additions
			WHERE from_date <= @until_date
			GROUP BY term_id
		), running AS (
			SELECT s.subscription_id, s.customer_id, p.family_id, opened, closed,
			       CASE WHEN r.currency IS NULL THEN t.currency END AS unpriced,
			       CASE WHEN opened THEN ` + valueOn("@from_date", "a.opening") + ` END AS opening,
			       CASE WHEN closed THEN ` + valueOn("@until_date", "a.closing") + ` END AS closing
			FROM terms t
			JOIN subscriptions s ON s.subscription_id = t.subscription_id
			JOIN products p ON p.product_id = s.product_id
			CROSS JOIN LATERAL (SELECT ` + runsOn("@from_date") + ` AS opened, ` + runsOn("@until_date") + ` AS closed) d
			LEFT JOIN rates r ON r.currency = t.currency
			LEFT JOIN added a ON a.term_id = t.term_id
			WHERE NOT t.cancelled AND (t.start_date <= @from_date AND t.end_date > @from_date OR t.start_date <= @until_date AND t.end_date > @until_date)
			AND (opened OR closed)` + of + `
		)`
}

// runsOn is the condition that a term runs on a day.
func runsOn(day string) string {
	return "(t.start_date <= " + day + "::date AND t.end_date > " + day + " AND (s.cancel_date IS NULL OR s.cancel_date > " + day + "))"
}

// valueOn is a running term's value for a year on a day by which so many seats
// were added. In a term that is not paid ahead, the unit price rises from
// contract year to contract year, rounded each time.
func valueOn(day, added string) string {
	const raised = "round(%s * (10000 + s.uplift_bps) / 10000)"
	second := fmt.Sprintf(raised, "t.unit_price_minor::numeric")
	third := fmt.Sprintf(raised, second)
	return `round(CASE WHEN t.billing = 'PREPAID' OR ` + day + ` < t.start_date + interval '1 year' THEN t.unit_price_minor
			                  WHEN ` + day + ` < t.start_date + interval '2 years' THEN ` + second + `
			                  ELSE ` + third + ` END * (t.seats + coalesce(` + added + `, 0)) * r.factor)`
}

// servedSQL gives each subscription to a partner: to that of the first day, or
// to its first one if it came later. It is kept if that partner has it at the end.
const servedSQL = `, book AS (
			SELECT subscription_id, customer_id, family_id, bool_or(opened) AS opened, bool_or(closed) AS closed,
			       sum(opening) AS opening, sum(closing) AS closing, min(unpriced) AS unpriced
			FROM running
			GROUP BY subscription_id, customer_id, family_id
		), served AS (
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
