package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

// ForecastFacts are what the forecast of a subscription is made of.
type ForecastFacts struct {
	SubscriptionID    string
	FamilyID, Segment string
	TimeZone          string
	SeatsDeclining    bool
	Subscription      forecast.Subscription
}

// ForecastFacts returns what is known of those of the subscriptions that the book
// has, by their ids. It needs the system scope: partners' parts depend on each
// other.
func (s *Store) ForecastFacts(ctx context.Context, subscriptions []string) (map[string]*ForecastFacts, error) {
	facts := make(map[string]*ForecastFacts, len(subscriptions))
	var batch pgx.Batch
	for _, load := range []func(*pgx.Batch, []string, map[string]*ForecastFacts){
		queueContracts, queueComing, queueDue, queueRelationships, queueBooked,
	} {
		load(&batch, subscriptions, facts)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("facts of %d subscriptions: %w", len(subscriptions), err)
	}
	return facts, nil
}

func queueContracts(batch *pgx.Batch, subscriptions []string, facts map[string]*ForecastFacts) {
	batch.Queue(`
		SELECT b.subscription_id, b.family_id, b.segment, b.time_zone, b.anchor_date, b.term_start, b.term_end, b.term_months, b.seats,
			b.unit_price_minor, b.currency, b.uplift_bps, b.billing, b.cancel_date, f.imported, f.tenures, f.seats_declining
		FROM book b
		JOIN forecast_contracts f ON f.subscription_id = b.subscription_id
		WHERE b.subscription_id = ANY ($1)`, subscriptions).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			f := &ForecastFacts{}
			c, s := &f.Subscription.Contract, &f.Subscription
			err := rows.Scan(&f.SubscriptionID, &f.FamilyID, &f.Segment, &f.TimeZone, &c.Anchor, &c.Term.Start, &c.Term.End, &c.Months, &c.Seats,
				&c.UnitPrice.Minor, &c.UnitPrice.Currency, &c.Uplift, &c.Billing, &s.CancelledFrom, &s.Imported, &s.Tenures, &f.SeatsDeclining)
			if err != nil {
				return err
			}
			facts[f.SubscriptionID] = f
		}
		return rows.Err()
	})
}

// queueComing reads terms that are booked and that the book does not have yet.
func queueComing(batch *pgx.Batch, subscriptions []string, facts map[string]*ForecastFacts) {
	batch.Queue(`
		SELECT s.subscription_id, s.term_start, s.term_end, s.term_months, s.seats, s.unit_price_minor, s.billing
		FROM submissions s
		JOIN book b ON b.subscription_id = s.subscription_id
		WHERE s.subscription_id = ANY ($1)
		AND s.kind = 'RENEWAL'
		AND s.state = 'BOOKED'
		AND s.term_start = b.term_end`, subscriptions).Query(func(rows pgx.Rows) error {
		var id string
		var c renewal.Contract
		_, err := pgx.ForEachRow(rows, []any{&id, &c.Term.Start, &c.Term.End, &c.Months, &c.Seats, &c.UnitPrice.Minor, &c.Billing}, func() error {
			if f := facts[id]; f != nil {
				coming := c
				coming.UnitPrice.Currency, coming.Uplift, coming.Anchor = f.Subscription.Contract.UnitPrice.Currency, f.Subscription.Contract.Uplift, f.Subscription.Contract.Anchor
				if c.Months == 0 {
					coming.Anchor = c.Term.End
				}
				f.Subscription.Coming = &coming
			}
			return nil
		})
		return err
	})
}

func queueDue(batch *pgx.Batch, subscriptions []string, facts map[string]*ForecastFacts) {
	batch.Queue(`
		SELECT r.subscription_id, r.partner_id, r.renewal_id, r.open_date, r.due_date, r.lapse_date, r.expire_date, r.cancel_date, r.decline_date,
			r.renewed OR s.state IS NOT DISTINCT FROM 'BOOKED', s.state IS NOT DISTINCT FROM 'SUBMITTED', q.valid_until
		FROM renewals r
		LEFT JOIN submissions s ON s.renewal_id = r.renewal_id AND s.state IN ('SUBMITTED', 'BOOKED')
		LEFT JOIN LATERAL (SELECT max(valid_until) AS valid_until FROM quotes WHERE quotes.renewal_id = r.renewal_id AND quotes.state = 'OPEN') q ON true
		WHERE r.subscription_id = ANY ($1)
		ORDER BY r.subscription_id, r.due_date`, subscriptions).Query(func(rows pgx.Rows) error {
		var id string
		var due forecast.Due
		w := &due.Windows
		_, err := pgx.ForEachRow(rows, []any{
			&id, &due.PartnerID, &due.ID, &w.OpensOn, &w.DueOn, &w.LapsesOn, &w.ExpiresOn, &due.CancelledFrom, &due.DeclinedOn,
			&due.Booked, &due.Submitted, &due.QuotedUntil,
		}, func() error {
			if f := facts[id]; f != nil {
				f.Subscription.Renewals = append(f.Subscription.Renewals, due)
			}
			return nil
		})
		return err
	})
}

func queueRelationships(batch *pgx.Batch, subscriptions []string, facts map[string]*ForecastFacts) {
	batch.Queue(selectRelationship+`
		WHERE r.subscription_id = ANY ($1)
		ORDER BY r.subscription_id, r.from_date`, subscriptions).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanRelationship)
		for _, r := range list {
			if f := facts[r.SubscriptionID]; f != nil {
				f.Subscription.Relationships = append(f.Subscription.Relationships, r.Relationship)
			}
		}
		return err
	})
}

// queueBooked reads what is booked and not divided, and the parts of what is, as
// the withholdings let them stand. A part of an imported term takes that term's
// place.
func queueBooked(batch *pgx.Batch, subscriptions []string, facts map[string]*ForecastFacts) {
	batch.Queue(`
		SELECT b.subscription_id, b.submission_id, b.partner_id, b.settlement_mode, coalesce(b.running_from, b.term_start), b.kind = 'SEAT_CHANGE',
			s.seats - coalesce(s.old_seats, 0), s.unit_price_minor, c.body -> 'instalments', b.currency, `+standing("b")+`
		FROM booked_terms b
		JOIN submissions s ON s.submission_id = b.submission_id
		JOIN calculations c ON c.calculation_id = b.calculation_id
		JOIN relationships r ON r.relationship_id = b.relationship_id
		LEFT JOIN withholdings w ON w.source_id = b.submission_id
		WHERE b.subscription_id = ANY ($1)
		AND NOT EXISTS (SELECT FROM term_shares WHERE source_id = b.submission_id)
		UNION ALL
		SELECT h.subscription_id, h.source_id, h.partner_id, h.settlement_mode, coalesce(b.running_from, h.term_start), coalesce(b.kind = 'SEAT_CHANGE', false),
			coalesce(s.seats, 0) - coalesce(s.old_seats, 0), coalesce(s.unit_price_minor, 0), h.instalments, h.currency, `+standing("h")+`
		FROM term_shares h
		JOIN relationships r ON r.relationship_id = h.relationship_id
		LEFT JOIN booked_terms b ON b.submission_id = h.source_id
		LEFT JOIN submissions s ON s.submission_id = h.source_id
		LEFT JOIN withholdings w ON w.source_id = h.term_share_id
		WHERE h.subscription_id = ANY ($1)
		AND h.replaced_by = ''
		ORDER BY 1, 5, 2, 3`, subscriptions).Query(func(rows pgx.Rows) error {
		var id, source string
		var b forecast.Booked
		_, err := pgx.ForEachRow(rows, []any{
			&id, &source, &b.PartnerID, &b.Mode, &b.TermStart, &b.Added, &b.Seats, &b.UnitPrice, &b.Instalments, &b.Margin.Currency, &b.Margin.Minor, &b.Rate,
		}, func() error {
			if f := facts[id]; f != nil {
				f.book(source, b)
			}
			b.Instalments = nil
			return nil
		})
		return err
	})
}

// standing is what stands of a margin, and at which rate: the agreed one where
// what a cap withheld was released, the capped one where it was not.
func standing(of string) string {
	return fmt.Sprintf(`
			CASE w.state WHEN 'RELEASED' THEN w.agreed_minor ELSE coalesce(w.capped_minor, %[1]s.margin_minor) END,
			CASE
				WHEN w.state = 'RELEASED' THEN %[1]s.locked_bps
				WHEN w.state IS NOT NULL THEN least(%[1]s.locked_bps, coalesce(%[1]s.cap_bps, r.cap_bps))
				ELSE %[1]s.effective_bps
			END`, of)
}

// book adds what is booked. Of a divided import, seats and price are those of the
// whole term, which is not counted beside its parts.
func (f *ForecastFacts) book(source string, b forecast.Booked) {
	s := &f.Subscription
	for i, t := range s.Imported {
		if source == records.ImportedID(f.SubscriptionID, t.Term.Start.String()) {
			b.Seats, b.UnitPrice = t.Seats, t.UnitPrice.Minor
			s.Imported[i].Divided = true
		}
	}
	s.Booked = append(s.Booked, b)
}
