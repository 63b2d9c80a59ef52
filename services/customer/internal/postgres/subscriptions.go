package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
)

const (
	subscriptionColumns = `
	SELECT s.subscription_id, s.customer_id, c.display_name, c.segment, c.country_code, s.product_id, f.family_id,
	       s.seats, s.currency, s.unit_price_minor, s.term_net_minor, s.uplift_bps, s.term_months, s.billing, s.anchor, s.time_zone,
	       s.first_start, s.term_start, s.term_end, s.state, s.cancel_date, coalesce(s.cancellation_cause, ''), s.last_quote,
	       coalesce(s.external_id, ''), s.revision, s.create_time, s.update_time`
	subscriptionFacts = `
	JOIN customers c ON c.customer_id = s.customer_id
	JOIN products f ON f.product_id = s.product_id`
	selectSubscription = subscriptionColumns + `
	FROM subscriptions s` + subscriptionFacts
)

// subscriptionTargets are where a row of subscriptionColumns goes.
func subscriptionTargets(s *subscriptions.Subscription) []any {
	return []any{
		&s.ID, &s.Customer.ID, &s.Customer.Name, &s.Customer.Segment, &s.Customer.Country, &s.Product, &s.Family,
		&s.Seats, &s.UnitPrice.Currency, &s.UnitPrice.Minor, &s.TermNet.Minor, &s.UpliftBps, &s.TermMonths, &s.Billing, &s.Anchor, &s.TimeZone,
		&s.FirstStart, &s.Current.Start, &s.Current.End, &s.State, &s.CancelDate, &s.Cause, &s.LastQuote,
		&s.ExternalID, &s.Revision, &s.CreateTime, &s.UpdateTime,
	}
}

// completed fills what columns say in other words.
func completed(s *subscriptions.Subscription) {
	s.TermNet.Currency = s.UnitPrice.Currency
	s.CreateTime, s.UpdateTime = s.CreateTime.UTC(), s.UpdateTime.UTC()
}

// Subscription returns a subscription with its terms and the partners of record
// that the scope may see, or subscriptions.ErrNotFound.
func (s *Store) Subscription(ctx context.Context, id subscriptions.ID) (subscriptions.Subscription, error) {
	return s.subscription(ctx, selectSubscription+" WHERE s.subscription_id = $1", id)
}

// SubscriptionForUpdate is Subscription, and keeps others from changing it
// until the transaction ends. Terms and partners are read once it is locked.
func (s *Store) SubscriptionForUpdate(ctx context.Context, id subscriptions.ID) (subscriptions.Subscription, error) {
	return s.subscription(ctx, selectSubscription+" WHERE s.subscription_id = $1 FOR UPDATE OF s", id)
}

// subscription reads all three tables in one round trip.
func (s *Store) subscription(ctx context.Context, sql string, id subscriptions.ID) (sub subscriptions.Subscription, err error) {
	var batch pgx.Batch
	batch.Queue(sql, id).QueryRow(func(row pgx.Row) error {
		err := row.Scan(subscriptionTargets(&sub)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // seen by its missing id, so that the batch is read to its end
		}
		return err
	})
	batch.Queue(`
		SELECT term_id, start_date, end_date, months, seats, final_seats, currency, unit_price_minor, net_minor, billing,
		       coalesce(booked_by, ''), cancelled
		FROM terms
		WHERE subscription_id = $1
		ORDER BY start_date, term_id`, id).Query(func(rows pgx.Rows) (err error) {
		sub.Terms, err = pgx.CollectRows(rows, scanTerm)
		return err
	})
	batch.Queue(`
		SELECT partner_id, from_date, until_date, coalesce(transfer_id, '')
		FROM partners_of_record
		WHERE subscription_id = $1
		ORDER BY from_date`, id).Query(func(rows pgx.Rows) (err error) {
		sub.Partners, err = pgx.CollectRows(rows, scanPartnerOfRecord)
		return err
	})
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return sub, explain(err, "read subscription")
	}
	if sub.ID == "" {
		return sub, subscriptions.ErrNotFound
	}
	completed(&sub)
	return sub, nil
}

func scanTerm(row pgx.CollectableRow) (t subscriptions.Term, err error) {
	err = row.Scan(&t.ID, &t.Span.Start, &t.Span.End, &t.Months, &t.Seats, &t.FinalSeats, &t.UnitPrice.Currency, &t.UnitPrice.Minor,
		&t.Net.Minor, &t.Billing, &t.BookedBy, &t.Cancelled)
	t.Net.Currency = t.UnitPrice.Currency
	return t, err
}

func scanPartnerOfRecord(row pgx.CollectableRow) (p subscriptions.PartnerOfRecord, err error) {
	return p, row.Scan(&p.Partner, &p.From, &p.Until, &p.Transfer)
}

// SubscriptionIDsOf returns a customer's subscriptions in the order of their
// ids, and keeps others from changing them until the transaction ends.
func (s *Store) SubscriptionIDsOf(ctx context.Context, customer customers.ID) ([]subscriptions.ID, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT subscription_id
		FROM subscriptions
		WHERE customer_id = $1
		ORDER BY subscription_id
		FOR UPDATE`, customer) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[subscriptions.ID])
	return list, explain(err, "lock subscriptions")
}

const (
	viewColumns = subscriptionColumns + `, coalesce(serving.partner_id, ''), serving.from_date`
	// The partner whose time has not ended: that of today, or of the first day
	// if the subscription has not begun.
	viewFacts = subscriptionFacts + `
	LEFT JOIN LATERAL (
		SELECT p.partner_id, p.from_date
		FROM partners_of_record p
		WHERE p.subscription_id = s.subscription_id AND p.ends_at > @now
		ORDER BY p.from_date
		LIMIT 1
	) serving ON true`
)

func scanView(row pgx.CollectableRow) (v subscriptions.View, err error) {
	err = row.Scan(append(subscriptionTargets(&v.Subscription), &v.Partner, &v.PartnerFrom)...)
	completed(&v.Subscription)
	return v, err
}

// SubscriptionsByID returns those of the subscriptions that there are, in no
// order. They are named by their ids or by those of the vendor's other systems.
func (s *Store) SubscriptionsByID(ctx context.Context, ids []subscriptions.ID, externalIDs []string, now time.Time) ([]subscriptions.View, error) {
	rows, _ := s.tx.Query(ctx, viewColumns+`
	FROM subscriptions s`+viewFacts+`
		WHERE s.subscription_id = ANY (@ids) OR s.external_id = ANY (@external_ids)`,
		pgx.StrictNamedArgs{"ids": ids, "external_ids": externalIDs, "now": now}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanView)
	return list, explain(err, "read subscriptions")
}
