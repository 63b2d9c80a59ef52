package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// RenewalFilter says which renewals to look at; empty fields fit all. DueFrom
// is the first day and DueBefore the day after the last.
type RenewalFilter struct {
	DueFrom, DueBefore                       calendar.Date
	States                                   []string
	CustomerID, PartnerID, FamilyID, Segment string
	Currency                                 string
}

// conditions returns what to ask of the row and of what stands beside it, and
// adds the values to args.
func (f RenewalFilter) conditions(args pgx.StrictNamedArgs) (before, after string) {
	var row, standing []string
	for _, c := range []struct {
		given     bool
		condition string
		name      string
		value     any
	}{
		{!f.DueFrom.IsZero(), "r.due_date >= @due_from", "due_from", f.DueFrom},
		{!f.DueBefore.IsZero(), "r.due_date < @due_before", "due_before", f.DueBefore},
		{f.CustomerID != "", "r.customer_id = @customer", "customer", f.CustomerID},
		{f.PartnerID != "", "r.partner_id = @partner", "partner", f.PartnerID},
		{f.FamilyID != "", "r.family_id = @family", "family", f.FamilyID},
		{f.Segment != "", "r.segment = @segment", "segment", f.Segment},
		{f.Currency != "", "r.currency = @currency", "currency", f.Currency},
	} {
		if c.given {
			row = append(row, c.condition)
			args[c.name] = c.value
		}
	}
	if len(f.States) > 0 {
		standing = append(standing, "state = ANY (@states)")
		args["states"] = f.States
	}
	return where(row), where(standing)
}

func where(conditions []string) string {
	if len(conditions) == 0 {
		return " WHERE true"
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// RenewalKey is where a page of renewals ended. Of Due and NetMinor, that
// counts by which the list is ordered.
type RenewalKey struct {
	Due      calendar.Date `json:"due,omitzero"`
	NetMinor int64         `json:"net_minor,omitempty"`
	ID       string        `json:"id"`
}

// RenewalsByDue returns up to limit renewals after a key, nil for the first
// page, in the order of due dates, then ids.
func (s *Store) RenewalsByDue(ctx context.Context, f RenewalFilter, now time.Time, after *RenewalKey, limit int) ([]records.Renewal, error) {
	return s.listRenewals(ctx, f, now, after, limit, "(r.due_date, r.renewal_id) > (@due::date, @id)", "due_date, renewal_id")
}

// RenewalsByValue is RenewalsByDue in the order of renewal nets, the highest
// first, then ids. The filter names the currency.
func (s *Store) RenewalsByValue(ctx context.Context, f RenewalFilter, now time.Time, after *RenewalKey, limit int) ([]records.Renewal, error) {
	return s.listRenewals(ctx, f, now, after, limit,
		"(r.renewal_net_minor < @net OR r.renewal_net_minor = @net AND r.renewal_id > @id)", "renewal_net_minor DESC, renewal_id")
}

func (s *Store) listRenewals(ctx context.Context, f RenewalFilter, now time.Time, after *RenewalKey, limit int, beyond, order string) ([]records.Renewal, error) {
	args := pgx.StrictNamedArgs{"now": now, "limit": limit}
	row, standing := f.conditions(args)
	if after != nil {
		row += " AND " + beyond
		for name, value := range map[string]any{"due": after.Due, "net": after.NetMinor, "id": after.ID} {
			if strings.Contains(beyond, "@"+name) {
				args[name] = value
			}
		}
	}
	rows, _ := s.tx.Query(ctx, `
		SELECT `+renewalColumns+`
		FROM (`+standingRenewals+row+`) standing
		`+standing+`
		ORDER BY `+order+`
		LIMIT @limit`, args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanRenewal)
	if err != nil {
		return nil, fmt.Errorf("list renewals: %w", err)
	}
	return list, nil
}

// SumRenewals adds up all renewals that fit, by state and currency, in that
// order.
func (s *Store) SumRenewals(ctx context.Context, f RenewalFilter, now time.Time) ([]records.RenewalSums, error) {
	args := pgx.StrictNamedArgs{"now": now}
	row, standing := f.conditions(args)
	rows, _ := s.tx.Query(ctx, `
		SELECT state, currency, count(*), sum(renewal_net_minor)::bigint, coalesce(sum(renewal_margin_minor), 0)::bigint,
			count(*) FILTER (WHERE effective_bps IS NULL)
		FROM (`+standingRenewals+row+`) standing
		`+standing+`
		GROUP BY state, currency
		ORDER BY state, currency`, args) // CollectRows returns the error
	sums, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (records.RenewalSums, error) {
		var r records.RenewalSums
		var currency money.Currency
		err := row.Scan(&r.State, &currency, &r.Count, &r.Net.Minor, &r.Margin.Minor, &r.WithoutLock)
		r.Net.Currency, r.Margin.Currency = currency, currency
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("sum renewals: %w", err)
	}
	return sums, nil
}
