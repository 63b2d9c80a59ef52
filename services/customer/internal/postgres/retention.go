package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// BookSlice is the part of the book that a figure is about; an empty field
// chooses all.
type BookSlice struct {
	Partners  []subscriptions.PartnerID // who act as one: a partner and those that it absorbed
	Segment   customers.Segment
	Countries []customers.Country
	Family    catalogue.FamilyID
}

// RetentionQuery asks what became of customers in a period.
type RetentionQuery struct {
	BookSlice
	Period retention.Period
	Rates  catalogue.FxSet
}

// movementSQL says what retention.Change.Movement says, for statements that
// count or choose by it.
const movementSQL = `
	CASE WHEN NOT active AND moved THEN 'LOST_TO_PARTNER'
	     WHEN NOT active THEN 'CHURNED'
	     WHEN end_value < start_value THEN 'CONTRACTED'
	     WHEN end_value > start_value THEN 'EXPANDED'
	     ELSE 'RETAINED' END`

// RetentionTally is a tally of one value of a dimension.
type RetentionTally struct {
	Slice string
	retention.Tally
}

// TallyRetention counts the customers of the cohort by a dimension, or all
// together, and by what became of them. It returns retention.ErrRateMissing if
// one of their currencies has no rate.
func (s *Store) TallyRetention(ctx context.Context, q RetentionQuery, by retention.Dimension) ([]RetentionTally, error) {
	sql, args := q.changes(by)
	rows, _ := s.tx.Query(ctx, sql+`
		SELECT slice, `+movementSQL+` AS movement, count(*), sum(start_value)::bigint, sum(end_value)::bigint, coalesce(min(unpriced), '')
		FROM changes
		GROUP BY 1, 2
		ORDER BY 1, 2`, args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t RetentionTally, err error) {
		var unpriced money.Currency
		if err := row.Scan(&t.Slice, &t.Movement, &t.Customers, &t.Start.Minor, &t.End.Minor, &unpriced); err != nil {
			return t, err
		}
		t.Start.Currency, t.End.Currency = q.Rates.Base, q.Rates.Base
		return t, q.priced(unpriced)
	})
	return list, explain(err, "tally retention")
}

// priced returns retention.ErrRateMissing for a currency that has no rate.
func (q RetentionQuery) priced(unpriced money.Currency) error {
	if unpriced == "" {
		return nil
	}
	return retention.RateMissing(unpriced, q.Period.From)
}

// RetentionKey is the place of a customer in a list.
type RetentionKey struct {
	Value int64        `json:"v"` // by how much it changed, in minor units
	ID    customers.ID `json:"i"`
}

// RetentionList asks for a page of the customers of the cohort; all of them
// without a movement. A name is shown to Viewers only while they serve the
// customer; to everybody without them.
type RetentionList struct {
	RetentionQuery
	Movement retention.Movement
	Viewers  []subscriptions.PartnerID
	Now      time.Time
	After    RetentionKey
	Limit    int
}

// ListRetention returns customers of the cohort in the order of their changes,
// then ids, or retention.ErrRateMissing if a currency of the cohort has no rate.
func (s *Store) ListRetention(ctx context.Context, q RetentionList) ([]retention.Change, error) {
	sql, args := q.changes("")
	f := filter{args: args}
	f.with(q.Movement != "", movementSQL+" = @movement", pgx.StrictNamedArgs{"movement": q.Movement})
	f.with(q.After.ID != "", "(end_value - start_value, customer_id) > (@after_value::bigint, @after_id)",
		pgx.StrictNamedArgs{"after_value": q.After.Value, "after_id": q.After.ID})
	f.args["limit"] = q.Limit
	rows, _ := s.tx.Query(ctx, sql+`, page AS (
			SELECT customer_id, start_value, end_value, active, moved
			FROM changes`+f.where()+`
			ORDER BY end_value - start_value, customer_id
			LIMIT @limit
		)
		SELECT coalesce(u.currency, ''), coalesce(p.customer_id, ''), coalesce(`+nameFor(q.Viewers, q.Now, f.args)+`, ''), coalesce(c.segment, ''),
		       coalesce(c.country_code, ''), coalesce(p.start_value, 0)::bigint, coalesce(p.end_value, 0)::bigint,
		       coalesce(p.active, false), coalesce(p.moved, false)
		FROM (SELECT min(unpriced) AS currency FROM changes) u
		LEFT JOIN page p ON true
		LEFT JOIN customers c ON c.customer_id = p.customer_id
		ORDER BY p.end_value - p.start_value, p.customer_id`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c retention.Change, err error) {
		var unpriced money.Currency
		if err := row.Scan(&unpriced, &c.Customer, &c.Name, &c.Segment, &c.Country, &c.Start.Minor, &c.End.Minor, &c.Active, &c.Moved); err != nil {
			return c, err
		}
		c.Start.Currency, c.End.Currency = q.Rates.Base, q.Rates.Base
		return c, q.priced(unpriced)
	})
	if len(list) == 1 && list[0].Customer == "" { // the row that tells of the currencies stands alone
		list = nil
	}
	return list, explain(err, "list retention")
}

// nameFor is the name of the customer c for the eyes of partners, or of
// everybody.
func nameFor(viewers []subscriptions.PartnerID, now time.Time, args pgx.StrictNamedArgs) string {
	if len(viewers) == 0 {
		return "c.display_name"
	}
	args["viewers"], args["now"] = texts(viewers), now
	return `CASE WHEN EXISTS (
			SELECT FROM subscriptions s
			JOIN partners_of_record r ON r.subscription_id = s.subscription_id
			WHERE s.customer_id = c.customer_id AND r.partner_id = ANY (@viewers::text[]) AND r.ends_at > @now
		) THEN c.display_name END`
}
