package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ForecastPart is an entry of the forecast as it is kept.
type ForecastPart struct {
	forecast.Entry
	SeatsDeclining bool
	ChangeTime     time.Time // when time alone makes it another
}

// ForecastParts returns the parts of the subscriptions, by their ids.
func (s *Store) ForecastParts(ctx context.Context, subscriptions []string) (map[string][]ForecastPart, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT `+partColumns+`, unlocked, due_count, renewed_count, seats_declining, change_time
		FROM forecast_parts
		WHERE subscription_id = ANY ($1)
		ORDER BY subscription_id, partner_id COLLATE "C", settlement_mode`, subscriptions) // ForEachRow returns the error
	var part ForecastPart
	var terms termColumns
	into := append(intoEntry(&part.Entry, &terms), &part.Unlocked, &part.History.Due, &part.History.Renewed, &part.SeatsDeclining, &part.ChangeTime)
	parts := make(map[string][]ForecastPart, len(subscriptions))
	_, err := pgx.ForEachRow(rows, into, func() error {
		part.Terms = terms.terms()
		part.ChangeTime = part.ChangeTime.UTC()
		parts[part.SubscriptionID] = append(parts[part.SubscriptionID], part)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("forecast of %d subscriptions: %w", len(subscriptions), err)
	}
	return parts, nil
}

// partColumns are what parts and those of snapshots have in common.
const partColumns = `
	subscription_id, partner_id, settlement_mode, family_id, segment, currency, state, term_starts, term_aheads, term_added, term_seats,
	term_unit_prices, term_bps, earned_terms, earned_months, earned_minors`

// termColumns are the terms of a part as the columns hold them.
type termColumns struct {
	Starts     []calendar.Date `json:"term_starts"`
	Aheads     []int16         `json:"term_aheads"`
	Added      []bool          `json:"term_added"`
	Seats      []int64         `json:"term_seats"`
	UnitPrices []int64         `json:"term_unit_prices"`
	Bps        []int32         `json:"term_bps"`
	Earned     []int16         `json:"earned_terms"`
	Months     []calendar.Date `json:"earned_months"`
	Minors     []int64         `json:"earned_minors"`
}

// intoEntry returns where to scan partColumns to.
func intoEntry(e *forecast.Entry, terms *termColumns) []any {
	return append([]any{&e.SubscriptionID, &e.PartnerID, &e.Mode, &e.FamilyID, &e.Segment, &e.Currency, &e.State}, terms.scan()...)
}

// scan returns where to scan the columns of the terms to.
func (c *termColumns) scan() []any {
	return []any{&c.Starts, &c.Aheads, &c.Added, &c.Seats, &c.UnitPrices, &c.Bps, &c.Earned, &c.Months, &c.Minors}
}

// terms puts the columns together.
func (c *termColumns) terms() []forecast.Term {
	if len(c.Starts) == 0 {
		return nil
	}
	terms := make([]forecast.Term, len(c.Starts))
	for i := range terms {
		terms[i] = forecast.Term{
			Start: c.Starts[i], Ahead: int(c.Aheads[i]), Added: c.Added[i], Seats: c.Seats[i], UnitPrice: c.UnitPrices[i], Rate: money.Bps(c.Bps[i]),
		}
	}
	for i, at := range c.Earned {
		term := &terms[at-1]
		term.Earns = append(term.Earns, forecast.Earning{Month: forecast.MonthOf(c.Months[i]), Minor: c.Minors[i]})
	}
	return terms
}

// columnsOf takes terms apart.
func columnsOf(terms []forecast.Term) termColumns {
	c := termColumns{ // not nil: the columns are arrays, if empty ones
		Starts: []calendar.Date{}, Aheads: []int16{}, Added: []bool{}, Seats: []int64{}, UnitPrices: []int64{}, Bps: []int32{},
		Earned: []int16{}, Months: []calendar.Date{}, Minors: []int64{},
	}
	for i, t := range terms {
		c.Starts, c.Aheads, c.Added = append(c.Starts, t.Start), append(c.Aheads, int16(t.Ahead)), append(c.Added, t.Added)
		c.Seats, c.UnitPrices, c.Bps = append(c.Seats, t.Seats), append(c.UnitPrices, t.UnitPrice), append(c.Bps, int32(t.Rate))
		for _, e := range t.Earns {
			c.Earned, c.Months, c.Minors = append(c.Earned, int16(i+1)), append(c.Months, e.Month.First()), append(c.Minors, e.Minor)
		}
	}
	return c
}

// partRow is a row of forecast_parts.
type partRow struct {
	SubscriptionID string    `json:"subscription_id"`
	PartnerID      string    `json:"partner_id"`
	Mode           string    `json:"settlement_mode"`
	FamilyID       string    `json:"family_id"`
	Segment        string    `json:"segment"`
	Currency       string    `json:"currency"`
	State          string    `json:"state"`
	Unlocked       bool      `json:"unlocked"`
	SeatsDeclining bool      `json:"seats_declining"`
	Due            int64     `json:"due_count"`
	Renewed        int64     `json:"renewed_count"`
	ChangeTime     time.Time `json:"change_time"`
	termColumns
}

// ReplaceForecastParts puts parts in the place of all that the subscriptions
// had.
func (s *Store) ReplaceForecastParts(ctx context.Context, subscriptions []string, parts []ForecastPart) error {
	rows := make([]partRow, len(parts))
	for i, p := range parts {
		rows[i] = partRow{
			SubscriptionID: p.SubscriptionID, PartnerID: p.PartnerID, Mode: string(p.Mode), FamilyID: p.FamilyID, Segment: p.Segment,
			Currency: string(p.Currency), State: string(p.State), Unlocked: p.Unlocked, SeatsDeclining: p.SeatsDeclining,
			Due: p.History.Due, Renewed: p.History.Renewed, ChangeTime: p.ChangeTime, termColumns: columnsOf(p.Terms),
		}
	}
	var batch pgx.Batch
	batch.Queue("DELETE FROM forecast_parts WHERE subscription_id = ANY ($1)", subscriptions)
	batch.Queue(`
		INSERT INTO forecast_parts (`+partColumns+`, unlocked, due_count, renewed_count, seats_declining, change_time)
		SELECT `+partColumns+`, unlocked, due_count, renewed_count, seats_declining, change_time
		FROM jsonb_populate_recordset(NULL::forecast_parts, $1)`, rows)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("replace the forecast of %d subscriptions: %w", len(subscriptions), err)
	}
	return nil
}
