package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// InsertSubscription stores a new subscription with its terms and partners. It
// returns subscriptions.ErrTaken, catalogue.ErrProductUnknown or
// customers.ErrNotFound.
func (s *Store) InsertSubscription(ctx context.Context, sub subscriptions.Subscription) error {
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO subscriptions (subscription_id, customer_id, product_id, uplift_bps, anchor, time_zone, first_start,
		                           term_start, term_end, term_months, seats, currency, unit_price_minor, term_net_minor, billing,
		                           state, cancel_date, cancellation_cause, last_quote, external_id, revision, create_time, update_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		subscriptionRow(sub)...)
	for _, t := range sub.Terms {
		queueTerm(&batch, sub.ID, t)
	}
	queuePartners(&batch, sub)
	return explain(s.tx.SendBatch(ctx, &batch).Close(), "insert subscription")
}

// UpdateSubscription stores a changed subscription. Terms are added and
// changed; partners are replaced where one was added.
func (s *Store) UpdateSubscription(ctx context.Context, before, after subscriptions.Subscription) error {
	var batch pgx.Batch
	batch.Queue(`
		UPDATE subscriptions
		SET customer_id = @customer_id, anchor = @anchor, term_start = @term_start, term_end = @term_end, term_months = @term_months,
		    seats = @seats, unit_price_minor = @unit_price_minor, term_net_minor = @term_net_minor, billing = @billing, state = @state,
		    cancel_date = @cancel_date, cancellation_cause = @cancellation_cause, last_quote = @last_quote,
		    revision = @revision, update_time = @update_time
		WHERE subscription_id = @subscription_id`, pgx.StrictNamedArgs{
		"customer_id": after.Customer.ID, "anchor": after.Anchor, "term_start": after.Current.Start, "term_end": after.Current.End, "term_months": after.TermMonths,
		"seats": after.Seats, "unit_price_minor": after.UnitPrice.Minor, "term_net_minor": after.TermNet.Minor, "billing": after.Billing,
		"state": after.State, "cancel_date": after.CancelDate, "cancellation_cause": orNull(string(after.Cause)), "last_quote": after.LastQuote,
		"revision": after.Revision, "update_time": after.UpdateTime, "subscription_id": after.ID,
	})
	for i, t := range after.Terms {
		switch {
		case i >= len(before.Terms):
			queueTerm(&batch, after.ID, t)
		case before.Terms[i] != t:
			batch.Queue(`
				UPDATE terms
				SET final_seats = $2, cancelled = $3
				WHERE term_id = $1`, t.ID, t.FinalSeats, t.Cancelled)
		}
	}
	if len(after.Partners) != len(before.Partners) {
		batch.Queue(`
			DELETE FROM partners_of_record
			WHERE subscription_id = $1`, after.ID)
		queuePartners(&batch, after)
	}
	return explain(s.tx.SendBatch(ctx, &batch).Close(), "update subscription")
}

// InsertSeatAddition stores from which day on a changed subscription's term has
// more seats.
func (s *Store) InsertSeatAddition(ctx context.Context, sub subscriptions.Subscription, a subscriptions.Addition) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO seat_additions (subscription_id, revision, term_id, from_date, seats)
		VALUES (@subscription_id, @revision, @term_id, @from_date, @seats)`, pgx.StrictNamedArgs{
		"subscription_id": sub.ID, "revision": sub.Revision, "term_id": a.TermID, "from_date": a.From, "seats": a.Seats,
	})
	return explain(err, "insert added seats")
}

func queueTerm(batch *pgx.Batch, id subscriptions.ID, t subscriptions.Term) {
	batch.Queue(`
		INSERT INTO terms (term_id, subscription_id, start_date, end_date, months, seats, final_seats, currency,
		                   unit_price_minor, net_minor, billing, booked_by, cancelled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, termRow(id, t)...)
}

func queuePartners(batch *pgx.Batch, sub subscriptions.Subscription) {
	for _, p := range sub.Partners {
		batch.Queue(`
			INSERT INTO partners_of_record (subscription_id, partner_id, from_date, until_date, begins_at, ends_at, transfer_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, partnerRow(sub, p, zoneOf(sub))...)
	}
}

// subscriptionRow are the values of subscriptionFields.
func subscriptionRow(s subscriptions.Subscription) []any {
	return []any{
		string(s.ID), string(s.Customer.ID), string(s.Product), int32(s.UpliftBps), s.Anchor, s.TimeZone, s.FirstStart,
		s.Current.Start, s.Current.End, s.TermMonths, s.Seats, string(s.UnitPrice.Currency), s.UnitPrice.Minor, s.TermNet.Minor, string(s.Billing),
		string(s.State), s.CancelDate, orNull(string(s.Cause)), s.LastQuote, orNull(s.ExternalID), s.Revision, s.CreateTime, s.UpdateTime,
	}
}

func termRow(id subscriptions.ID, t subscriptions.Term) []any {
	return []any{
		t.ID, string(id), t.Span.Start, t.Span.End, t.Months, t.Seats, t.FinalSeats, string(t.UnitPrice.Currency),
		t.UnitPrice.Minor, t.Net.Minor, string(t.Billing), orNull(t.BookedBy), t.Cancelled,
	}
}

func partnerRow(s subscriptions.Subscription, p subscriptions.PartnerOfRecord, zone *time.Location) []any {
	begin, end := p.Instants(zone)
	if end.IsZero() {
		end = never
	}
	return []any{string(s.ID), string(p.Partner), p.From, p.Until, begin, end, orNull(p.Transfer)}
}

// never is later than any date of the calendar.
var never = time.Date(10_000, time.January, 1, 0, 0, 0, 0, time.UTC)

// zoneOf is the subscription's zone, which was checked when it was made.
func zoneOf(s subscriptions.Subscription) *time.Location {
	zone, err := calendar.LoadZone(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
