package commissiontest

import (
	"context"
	"fmt"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Facts are what may be true of a renewal, in days from its due date.
type Facts struct {
	Today, open, lapse, expire int
	cancel                     *int
	renewed, declined          bool
	submission                 string // its state, or empty for none
	quotedUntil                []int
	Zone                       string
	quoteStates                []string
}

// DrawFacts draws facts for a law.
func DrawFacts(t *rapid.T) Facts {
	f := Facts{
		Today: rapid.IntRange(-120, 120).Draw(t, "today"), open: -rapid.IntRange(0, 90).Draw(t, "open"),
		lapse: rapid.IntRange(0, 40).Draw(t, "lapse"), renewed: rapid.IntRange(0, 4).Draw(t, "renewed") == 0,
		declined:    rapid.IntRange(0, 4).Draw(t, "declined") == 0,
		submission:  rapid.SampledFrom([]string{"", "", "", "REJECTED", "SUBMITTED", "BOOKED"}).Draw(t, "submission"),
		quotedUntil: rapid.SliceOfN(rapid.IntRange(-120, 120), 0, 3).Draw(t, "quoted until"),
		Zone:        rapid.SampledFrom([]string{"UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"}).Draw(t, "zone"),
	}
	f.expire = f.lapse + rapid.IntRange(0, 60).Draw(t, "expire")
	if rapid.IntRange(0, 4).Draw(t, "cancelled") == 0 {
		f.cancel = new(rapid.IntRange(-30, 30).Draw(t, "cancel"))
	}
	for range f.quotedUntil {
		f.quoteStates = append(f.quoteStates, rapid.SampledFrom([]string{"OPEN", "OPEN", "WITHDRAWN", "ACCEPTED"}).Draw(t, "quote"))
	}
	return f
}

// Write adds a renewal of these facts, beside the one that the world has.
func (f Facts) Write(ctx context.Context, tx *postgres.Store, due calendar.Date, round int) error {
	at := func(days int) calendar.Date { return due.AddDays(days) }
	var cancel, declined calendar.Date
	if f.cancel != nil {
		cancel = at(*f.cancel)
	}
	if f.declined {
		declined = at(-100)
	}
	exec := func(sql string, args ...any) error {
		_, err := tx.Tx().Exec(ctx, sql, args...)
		return err
	}
	if err := exec(`
		INSERT INTO renewals
		SELECT (jsonb_populate_record(r, jsonb_build_object(
			'renewal_id', $1::text, 'subscription_id', $1::text, 'open_date', $2::date, 'lapse_date', $3::date, 'expire_date', $4::date,
			'cancel_date', $5::date, 'renewed', $6::boolean, 'decline_date', $7::date, 'time_zone', $8::text))).*
		FROM renewals r
		WHERE renewal_id = 'rnw_1_20260401'`,
		RoundID(round), at(f.open), at(f.lapse), at(f.expire), cancel, f.renewed, declined, f.Zone); err != nil {
		return err
	}
	return f.writeAttempts(exec, at, RoundID(round))
}

// RoundID is the id of the renewal that Write adds in a round.
func RoundID(round int) string { return fmt.Sprintf("rnw_law%d_20260401", round) }

func (f Facts) writeAttempts(exec func(string, ...any) error, at func(int) calendar.Date, id string) error {
	if err := exec(`
		INSERT INTO calculations (calculation_id, partner_id, subscription_id, relationship_id, fingerprint, body, create_time)
		VALUES ($1, 'softcat', 'sub_1', 'rel_sub_1', '', '{}', now())`, id); err != nil {
		return err
	}
	for i, until := range f.quotedUntil {
		if err := exec(`
			INSERT INTO quotes (quote_id, renewal_id, subscription_id, partner_id, state, quote_date, valid_until, time_zone, term_months, seats,
				billing, calculation_id, relationship_id, fx_set_id, revision, create_time)
			VALUES ($1, $5, 'sub_1', 'softcat', $2, '2025-01-01', $3, $4, 12, 200, 'PREPAID', $5, 'rel_sub_1', '', 1, now())`,
			fmt.Sprintf("quo_%s_%d", id, i), f.quoteStates[i], at(until), f.Zone, id); err != nil {
			return err
		}
	}
	if f.submission == "" {
		return nil
	}
	if err := exec(`
		INSERT INTO submissions (submission_id, renewal_id, subscription_id, partner_id, state, term_start, term_end, term_months, seats, currency,
			unit_price_minor, billing, calculation_id, relationship_id, partner_reference, subscription_etag, actor, rejection, revision, create_time, decide_time)
		VALUES ($1, $1, 'sub_1', 'softcat', $2, '2026-04-01', '2027-04-01', 12, 200, 'GBP', 12600, 'PREPAID', $1, 'rel_sub_1', '', '', '',
			CASE WHEN $2 = 'REJECTED' THEN '{}'::jsonb END, 1, now(), CASE WHEN $2 <> 'SUBMITTED' THEN now() END)`, id, f.submission); err != nil {
		return err
	}
	if f.submission != "BOOKED" {
		return nil
	}
	return exec(`
		INSERT INTO booked_terms (submission_id, subscription_id, partner_id, relationship_id, calculation_id, term_start, term_end, settlement_mode,
			currency, net_minor, margin_minor, locked_bps, effective_bps, create_time)
		VALUES ($1, 'sub_' || $1, 'softcat', 'rel_sub_1', $1, '2026-04-01', '2027-04-01', 'RESALE', 'GBP', 2520000, 504000, 2000, 2000, now())`, id)
}
