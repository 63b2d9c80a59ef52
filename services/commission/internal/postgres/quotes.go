package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectQuote = `
	SELECT q.quote_id, q.renewal_id, q.subscription_id, q.partner_id, q.state, q.quote_date, q.valid_until, q.time_zone, q.term_months,
		q.seats, q.billing, q.relationship_id, q.fx_set_id, q.revision, q.create_time, c.calculation_id, c.body, c.create_time
	FROM quotes q
	JOIN calculations c ON c.calculation_id = q.calculation_id`

func scanQuote(row pgx.CollectableRow) (records.Quote, error) {
	var q records.Quote
	c := &q.Calculation
	err := row.Scan(&q.ID, &q.RenewalID, &q.SubscriptionID, &q.PartnerID, &q.State, &q.QuotedOn, &q.ValidUntil, &q.TimeZone, &q.Months,
		&q.Seats, &q.Billing, &c.RelationshipID, &q.FxSetID, &q.Revision, &q.CreateTime, &c.ID, &c.Calculation, &c.CreateTime)
	c.PartnerID, c.SubscriptionID = q.PartnerID, q.SubscriptionID
	q.CreateTime, c.CreateTime = q.CreateTime.UTC(), c.CreateTime.UTC()
	return q, err
}

// Quote returns records.ErrNoQuote when there is no such quote in the scope.
// Its state is the stored one.
func (s *Store) Quote(ctx context.Context, id string) (records.Quote, error) {
	rows, _ := s.tx.Query(ctx, selectQuote+`
		WHERE q.quote_id = $1`, id) // collectQuote returns the error
	return collectQuote(rows, id)
}

// QuoteForUpdate is Quote, and locks it until the transaction ends.
func (s *Store) QuoteForUpdate(ctx context.Context, id string) (records.Quote, error) {
	rows, _ := s.tx.Query(ctx, selectQuote+`
		WHERE q.quote_id = $1
		FOR UPDATE OF q`, id) // collectQuote returns the error
	return collectQuote(rows, id)
}

func collectQuote(rows pgx.Rows, id string) (records.Quote, error) {
	q, err := pgx.CollectExactlyOneRow(rows, scanQuote)
	if errors.Is(err, pgx.ErrNoRows) {
		return q, records.ErrNoQuote
	}
	if err != nil {
		return q, fmt.Errorf("quote %s: %w", id, err)
	}
	return q, nil
}

// QuoteFilter says which quotes to list; empty fields fit all.
type QuoteFilter struct {
	RenewalID string
	State     renewal.QuoteState
}

// Quotes returns up to limit quotes before an id, newest first; "" begins with
// the newest. States are those of the day, on the clocks of each subscription.
func (s *Store) Quotes(ctx context.Context, f QuoteFilter, now time.Time, before string, limit int) ([]records.Quote, error) {
	rows, _ := s.tx.Query(ctx, selectQuote+`
		WHERE (@before = '' OR q.quote_id < @before)
		AND (@renewal = '' OR q.renewal_id = @renewal)
		AND (@state = '' OR @state = CASE
			WHEN q.state = 'OPEN' AND q.valid_until < (@now::timestamptz AT TIME ZONE q.time_zone)::date THEN 'EXPIRED'
			ELSE q.state
		END)
		ORDER BY q.quote_id DESC
		LIMIT @limit`, pgx.StrictNamedArgs{
		"before": before, "renewal": f.RenewalID, "state": string(f.State), "now": now, "limit": limit,
	}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanQuote)
	if err != nil {
		return nil, fmt.Errorf("list quotes: %w", err)
	}
	for i := range list {
		list[i] = list[i].At(now)
	}
	return list, nil
}

// AddQuote adds a quote and its calculation with the end of the transaction.
func (s *Store) AddQuote(ctx context.Context, q records.Quote) error {
	if err := s.addCalculation(ctx, q.Calculation); err != nil {
		return err
	}
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO quotes (
				quote_id, renewal_id, subscription_id, partner_id, state, quote_date, valid_until, time_zone, term_months, seats, billing,
				calculation_id, relationship_id, fx_set_id, revision, create_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		Args: []any{
			q.ID, q.RenewalID, q.SubscriptionID, q.PartnerID, q.State, q.QuotedOn, q.ValidUntil, q.TimeZone, q.Months, q.Seats, q.Billing,
			q.Calculation.ID, q.Calculation.RelationshipID, q.FxSetID, q.Revision, q.CreateTime,
		},
	})
}

// SaveQuote saves the state of a quote and its revision.
func (s *Store) SaveQuote(ctx context.Context, q records.Quote) error {
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			UPDATE quotes
			SET state = $2, revision = $3
			WHERE quote_id = $1`,
		Args: []any{q.ID, q.State, q.Revision},
	})
}

// QuoteInUse reports whether a submission that accepts the quote is on its way.
func (s *Store) QuoteInUse(ctx context.Context, id string) (inUse bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM submissions WHERE quote_id = $1 AND state = 'SUBMITTED')`, id).Scan(&inUse)
	if err != nil {
		return false, fmt.Errorf("submissions of quote %s: %w", id, err)
	}
	return inUse, nil
}
