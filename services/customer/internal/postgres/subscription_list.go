package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// SubscriptionKey is the place of a subscription in a list.
type SubscriptionKey struct {
	End calendar.Date    `json:"e"`
	ID  subscriptions.ID `json:"i"`
}

// SubscriptionQuery chooses subscriptions; an empty field chooses all. After is
// the last subscription of the page before.
type SubscriptionQuery struct {
	Customer   customers.ID
	Partner    subscriptions.PartnerID // serves it at Now
	Group      customers.GroupID
	Family     catalogue.FamilyID
	EndsFrom   calendar.Date
	EndsBefore calendar.Date
	State      subscriptions.State
	Now        time.Time
	After      SubscriptionKey
	Limit      int
}

// ListSubscriptions returns subscriptions in the order of their current term's
// end, then ids. The page is cut before anything else is looked up. A partner's
// rows are found from its side, by arrays rather than joins: a join's plan is
// bad where a fresh import has no statistics yet.
func (s *Store) ListSubscriptions(ctx context.Context, q SubscriptionQuery) ([]subscriptions.View, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit, "now": q.Now}}
	f.with(q.Partner == "" && !pg.ScopeFrom(ctx).IsSystem(), `s.subscription_id = ANY (ARRAY(
		SELECT p.subscription_id
		FROM partners_of_record p
		WHERE p.ends_at > (SELECT holdfast_now())))`, nil)
	f.with(q.Partner != "", `s.subscription_id = ANY (ARRAY(
		SELECT p.subscription_id
		FROM partners_of_record p
		WHERE p.partner_id = @partner_id AND p.ends_at > @now)) AND @partner_id = (
		SELECT p.partner_id
		FROM partners_of_record p
		WHERE p.subscription_id = s.subscription_id AND p.ends_at > @now
		ORDER BY p.from_date
		LIMIT 1)`, pgx.StrictNamedArgs{"partner_id": q.Partner})
	f.with(q.Customer != "", "s.customer_id = @customer_id", pgx.StrictNamedArgs{"customer_id": q.Customer})
	f.with(q.Group != "", "s.customer_id = ANY (ARRAY(SELECT c.customer_id FROM customers c WHERE c.group_id = @group_id))",
		pgx.StrictNamedArgs{"group_id": q.Group})
	f.with(q.Family != "", "s.product_id IN (SELECT product_id FROM products WHERE family_id = @family_id)", pgx.StrictNamedArgs{"family_id": q.Family})
	f.with(!q.EndsFrom.IsZero(), "s.term_end >= @ends_from", pgx.StrictNamedArgs{"ends_from": q.EndsFrom})
	f.with(!q.EndsBefore.IsZero(), "s.term_end < @ends_before", pgx.StrictNamedArgs{"ends_before": q.EndsBefore})
	f.with(q.State != "", "s.state = @state", pgx.StrictNamedArgs{"state": q.State})
	f.with(q.After.ID != "", "(s.term_end, s.subscription_id) > (@after_end, @after_id)",
		pgx.StrictNamedArgs{"after_end": q.After.End, "after_id": q.After.ID})

	rows, _ := s.tx.Query(ctx, viewColumns+`
		FROM (SELECT s.* FROM subscriptions s`+f.where()+` ORDER BY s.term_end, s.subscription_id LIMIT @limit) s`+viewFacts+`
		ORDER BY s.term_end, s.subscription_id`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanView)
	return list, explain(err, "list subscriptions")
}
