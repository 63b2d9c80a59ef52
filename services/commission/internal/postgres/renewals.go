package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
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

// RenewalForSale is RenewalForUpdate, with the relationships of the renewal's
// subscription, oldest first, in the same round trip.
func (s *Store) RenewalForSale(ctx context.Context, id string, now time.Time) (records.Renewal, []records.Relationship, error) {
	var r records.Renewal
	var held []records.Relationship
	var batch pgx.Batch
	queueRenewalForUpdate(&batch, id, now, &r)
	batch.Queue(selectRelationship+`
		WHERE r.subscription_id = (SELECT subscription_id FROM renewals WHERE renewal_id = $1)
		ORDER BY r.from_date`, id).Query(func(rows pgx.Rows) (err error) {
		held, err = pgx.CollectRows(rows, scanRelationship)
		return err
	})
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return r, nil, err
	}
	return r, held, nil
}

func queueRenewalForUpdate(batch *pgx.Batch, id string, now time.Time, into *records.Renewal) {
	batch.Queue("SELECT FROM renewals WHERE renewal_id = $1 FOR UPDATE", id)
	batch.Queue(oneRenewal, pgx.StrictNamedArgs{"id": id, "now": now}).Query(func(rows pgx.Rows) (err error) {
		*into, err = collectRenewal(rows, id)
		return err
	})
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
