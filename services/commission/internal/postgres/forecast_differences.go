package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

// DifferenceFilter names two forecasts: a snapshot and another one, or that of
// today without. With a partner, only subscriptions count that it has a part of.
type DifferenceFilter struct {
	Before, After string
	PartnerID     string
}

// EachDifference calls fn with the parts of each subscription that differ, until
// fn returns an error. What is the same on both sides is left out. It streams, so
// that the size of the book does not matter.
func (s *Store) EachDifference(ctx context.Context, f DifferenceFilter, fn func(before, after []forecast.Entry) error) error {
	args := pgx.StrictNamedArgs{"before": f.Before}
	after := "forecast_parts WHERE true"
	if f.After != "" {
		after, args["after"] = "forecast_snapshot_parts WHERE snapshot_id = @after", f.After
	}
	before := "forecast_snapshot_parts WHERE snapshot_id = @before"
	concerned := ""
	if f.PartnerID != "" {
		args["partner"] = f.PartnerID
		concerned = " AND subscription_id IN (SELECT subscription_id FROM " + before + " AND partner_id = @partner UNION SELECT subscription_id FROM " +
			after + " AND partner_id = @partner)"
	}
	rows, _ := s.tx.Query(ctx, `
		SELECT subscription_id, partner_id, settlement_mode, coalesce(a.family_id, b.family_id), coalesce(a.currency, b.currency),
			a.state IS NOT NULL, b.state IS NOT NULL, coalesce(a.state, ''), coalesce(b.state, ''), `+termsOf("a")+`, `+termsOf("b")+`
		FROM (SELECT * FROM `+before+concerned+`) a
		FULL JOIN (SELECT * FROM `+after+concerned+`) b USING (subscription_id, partner_id, settlement_mode)
		WHERE (a.state, `+termsOf("a")+`) IS DISTINCT FROM (b.state, `+termsOf("b")+`)
		ORDER BY subscription_id`, args) // ForEachRow returns the error
	d := differences{fn: fn}
	if _, err := pgx.ForEachRow(rows, d.scan(), d.next); err != nil {
		return fmt.Errorf("compare snapshot %s: %w", f.Before, err)
	}
	return d.flush()
}

func termsOf(side string) string {
	list := ""
	for _, column := range [...]string{
		"term_starts", "term_aheads", "term_added", "term_seats", "term_unit_prices", "term_bps", "earned_terms", "earned_months", "earned_minors",
	} {
		if list != "" {
			list += ", "
		}
		list += side + "." + column
	}
	return list
}

// differences collects the rows of a subscription.
type differences struct {
	fn func(before, after []forecast.Entry) error

	entry         forecast.Entry
	was, is       bool
	state         [2]string
	terms         [2]termColumns
	id            string
	before, after []forecast.Entry
}

func (d *differences) scan() []any {
	into := []any{
		&d.entry.SubscriptionID, &d.entry.PartnerID, &d.entry.Mode, &d.entry.FamilyID, &d.entry.Currency, &d.was, &d.is, &d.state[0], &d.state[1],
	}
	return append(append(into, d.terms[0].scan()...), d.terms[1].scan()...)
}

func (d *differences) next() error {
	if d.entry.SubscriptionID != d.id {
		if err := d.flush(); err != nil {
			return err
		}
		d.id = d.entry.SubscriptionID
	}
	for side, there := range [...]bool{d.was, d.is} {
		if !there {
			continue
		}
		e := d.entry
		e.State, e.Terms = renewal.State(d.state[side]), d.terms[side].terms()
		if side == 0 {
			d.before = append(d.before, e)
		} else {
			d.after = append(d.after, e)
		}
	}
	return nil
}

// flush hands over the subscription that is complete.
func (d *differences) flush() error {
	before, after := d.before, d.after
	d.before, d.after = nil, nil
	if len(before)+len(after) == 0 {
		return nil
	}
	return d.fn(before, after)
}
