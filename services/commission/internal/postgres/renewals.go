package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// renewalState is the state of a renewal on its subscription's today: the first
// that holds. The rules say the same of one renewal at a time.
const renewalState = `
	CASE
		WHEN r.cancel_date IS NOT NULL AND NOT ((r.renewed OR s.state IS NOT DISTINCT FROM 'BOOKED') AND r.cancel_date > r.due_date) THEN 'CANCELLED'
		WHEN (r.renewed OR s.state = 'BOOKED') AND d.today >= r.due_date THEN 'RENEWED'
		WHEN r.renewed OR s.state = 'BOOKED' THEN 'BOOKED'
		WHEN s.state = 'SUBMITTED' THEN 'SUBMITTED'
		WHEN r.decline_date IS NOT NULL THEN 'DECLINED'
		WHEN d.today >= r.expire_date THEN 'EXPIRED'
		WHEN d.today >= r.lapse_date THEN 'LAPSED'
		WHEN d.today >= r.due_date THEN 'GRACE'
		WHEN q.quote_id IS NOT NULL THEN 'QUOTED'
		WHEN d.today >= r.open_date THEN 'OPEN'
		ELSE 'SCHEDULED'
	END`

// effectiveBps is the rate that will hold for the new term, as
// margin.Rate.Effective says it.
const effectiveBps = `
	least(
		coalesce((
			SELECT bps
			FROM raises
			WHERE raises.relationship_id = l.relationship_id
			AND raises.approver <> ''
			AND raises.effective_date <= r.due_date
			ORDER BY effective_date DESC
			LIMIT 1), l.locked_bps),
		CASE WHEN l.cap_until_date IS NULL OR r.due_date < l.cap_until_date THEN l.cap_bps END)`

// standingRenewals is each renewal with what depends on the day and on other
// tables. The margin is rounded as money.Amount.Portion rounds: half away from
// zero.
const standingRenewals = `
	SELECT r.*, ` + renewalState + ` AS state, d.today, m.effective_bps, coalesce(l.settlement_mode, '') AS settlement_mode,
		round(r.renewal_net_minor::numeric * m.effective_bps / 10000)::bigint AS renewal_margin_minor,
		coalesce(s.submission_id, '') AS submission_id, coalesce(s.state, '') AS submission_state, coalesce(q.quote_id, '') AS quote_id,
		q.valid_until AS quoted_until
	FROM renewals r
	CROSS JOIN LATERAL (SELECT (@now::timestamptz AT TIME ZONE r.time_zone)::date AS today) d
	LEFT JOIN submissions s ON s.renewal_id = r.renewal_id AND s.state IN ('SUBMITTED', 'BOOKED')
	LEFT JOIN LATERAL (
		SELECT quote_id, valid_until
		FROM quotes
		WHERE quotes.renewal_id = r.renewal_id AND quotes.state = 'OPEN' AND quotes.valid_until >= d.today
		ORDER BY valid_until DESC, quote_id DESC
		LIMIT 1) q ON true
	LEFT JOIN relationships l ON l.subscription_id = r.subscription_id AND l.partner_id = r.partner_id
		AND l.from_date <= r.due_date AND (l.until_date IS NULL OR l.until_date > r.due_date)
	LEFT JOIN LATERAL (SELECT ` + effectiveBps + ` AS effective_bps WHERE l.relationship_id IS NOT NULL) m ON true`

const renewalColumns = `
	renewal_id, subscription_id, partner_id, customer_id, customer_name, segment, country_code, product_id, family_id, time_zone,
	code_version_id, state, today, term_start, due_date, open_date, lapse_date, expire_date, term_months, seats, currency,
	unit_price_minor, current_net_minor, renewal_net_minor, effective_bps, renewal_margin_minor, settlement_mode, cancel_date, renewed,
	decline_date, decline_note, late_approver, submission_id, submission_state, quote_id, quoted_until, revision`

func scanRenewal(row pgx.CollectableRow) (records.Renewal, error) {
	var r records.Renewal
	var currency money.Currency
	var marginMinor *int64
	err := row.Scan(&r.ID, &r.SubscriptionID, &r.PartnerID, &r.CustomerID, &r.CustomerName, &r.Segment, &r.CountryCode, &r.ProductID,
		&r.FamilyID, &r.TimeZone, &r.CodeVersionID, &r.State, &r.Today, &r.Start, &r.Due, &r.Opens, &r.Lapses, &r.Expires, &r.Months,
		&r.Seats, &currency, &r.UnitPrice.Minor, &r.CurrentNet.Minor, &r.RenewalNet.Minor, &r.Effective, &marginMinor, &r.Mode,
		&r.CancelledFrom, &r.Renewed, &r.DeclinedOn, &r.DeclineNote, &r.LateApprover, &r.SubmissionID, &r.SubmissionState, &r.QuoteID,
		&r.QuotedUntil, &r.Revision)
	r.UnitPrice.Currency, r.CurrentNet.Currency, r.RenewalNet.Currency = currency, currency, currency
	if marginMinor != nil {
		r.Margin = money.Amount{Minor: *marginMinor, Currency: currency}
	}
	return r, err
}

// Renewal returns records.ErrNoRenewal when there is no such renewal in the
// scope.
func (s *Store) Renewal(ctx context.Context, id string, now time.Time) (records.Renewal, error) {
	rows, _ := s.tx.Query(ctx, oneRenewal, pgx.StrictNamedArgs{"id": id, "now": now}) // collectRenewal returns the error
	return collectRenewal(rows, id)
}

const oneRenewal = `
	SELECT ` + renewalColumns + `
	FROM (` + standingRenewals + ` WHERE r.renewal_id = @id) standing`

func collectRenewal(rows pgx.Rows, id string) (records.Renewal, error) {
	r, err := pgx.CollectExactlyOneRow(rows, scanRenewal)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, records.ErrNoRenewal
	}
	if err != nil {
		return r, fmt.Errorf("renewal %s: %w", id, err)
	}
	return r, nil
}

// RenewalForUpdate is Renewal, and locks it until the transaction ends. The
// lock comes in a statement of its own, so that the second sees what the lock's
// last holder committed.
func (s *Store) RenewalForUpdate(ctx context.Context, id string, now time.Time) (records.Renewal, error) {
	var r records.Renewal
	var batch pgx.Batch
	queueRenewalForUpdate(&batch, id, now, &r)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return r, err
	}
	return r, nil
}

func queueRenewalForUpdate(batch *pgx.Batch, id string, now time.Time, into *records.Renewal) {
	batch.Queue("SELECT FROM renewals WHERE renewal_id = $1 FOR UPDATE", id)
	batch.Queue(oneRenewal, pgx.StrictNamedArgs{"id": id, "now": now}).Query(func(rows pgx.Rows) (err error) {
		*into, err = collectRenewal(rows, id)
		return err
	})
}

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

// SaveDecline saves the customer's notice, or that it was taken back.
func (s *Store) SaveDecline(ctx context.Context, r records.Renewal) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE renewals
		SET decline_date = @on, decline_note = @note, revision = @revision
		WHERE renewal_id = @id`, pgx.StrictNamedArgs{"id": r.ID, "on": r.DeclinedOn, "note": r.DeclineNote, "revision": r.Revision})
	if err != nil {
		return fmt.Errorf("save decline of renewal %s: %w", r.ID, err)
	}
	return nil
}

// SaveLateApproval saves who approved a late submission, and why.
func (s *Store) SaveLateApproval(ctx context.Context, r records.Renewal, note string) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE renewals
		SET late_approver = @approver, late_note = @note, revision = @revision
		WHERE renewal_id = @id`, pgx.StrictNamedArgs{"id": r.ID, "approver": r.LateApprover, "note": note, "revision": r.Revision})
	if err != nil {
		return fmt.Errorf("save late approval of renewal %s: %w", r.ID, err)
	}
	return nil
}
