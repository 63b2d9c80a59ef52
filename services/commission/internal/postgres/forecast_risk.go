package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// RiskFilter says which renewals at risk to list. Without reasons, all fit. Unless
// whoever asks is told how customers fare, all of them are unknown.
type RiskFilter struct {
	RenewalFilter
	Reasons    []forecast.Risk
	Near       forecast.Nearness
	Experience bool
}

// RiskKey is where a page of renewals at risk ended.
type RiskKey struct {
	Currency money.Currency `json:"currency"`
	NetMinor int64          `json:"net_minor"`
	ID       string         `json:"id"`
}

// riskConditions are what each reason asks of a standing renewal that may still
// come. The rules say the same of one renewal at a time.
var riskConditions = map[forecast.Risk]string{
	forecast.Late:           "state IN ('GRACE', 'LAPSED') OR state = 'OPEN' AND due_date - today <= @late::int",
	forecast.Silent:         "state = 'OPEN' AND due_date - today <= @silent::int",
	forecast.SeatsDeclining: "declining",
	forecast.Experienced:    "poor",
}

// RenewalsAtRisk returns up to limit renewals at risk after a key, nil for the
// first page: by currency, then the highest renewal nets first, then ids.
func (s *Store) RenewalsAtRisk(ctx context.Context, f RiskFilter, now time.Time, after *RiskKey, limit int) ([]records.RenewalAtRisk, error) {
	args := pgx.StrictNamedArgs{"now": now, "limit": limit}
	row, _ := f.conditions(args)
	if after != nil {
		row += " AND (r.currency > @after_currency OR r.currency = @after_currency AND (r.renewal_net_minor < @net OR r.renewal_net_minor = @net AND r.renewal_id > @id))"
		args["after_currency"], args["net"], args["id"] = after.Currency, after.NetMinor, after.ID
	}
	rows, _ := s.tx.Query(ctx, `
		SELECT `+renewalColumns+`, declining, band, score, answers, promoter_score, poor
		FROM (`+standingRenewals+row+`) standing
		CROSS JOIN LATERAL (
			SELECT coalesce(bool_or(seats_declining), false) AS declining
			FROM forecast_parts p
			WHERE p.subscription_id = standing.subscription_id
			AND p.partner_id = standing.partner_id) seats
		`+f.experiences()+`
		WHERE state IN ('SCHEDULED', 'OPEN', 'QUOTED', 'SUBMITTED', 'GRACE', 'LAPSED')
		AND (`+f.reasons(args)+`)
		ORDER BY currency, renewal_net_minor DESC, renewal_id
		LIMIT @limit`, args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (records.RenewalAtRisk, error) {
		var r records.RenewalAtRisk
		var err error
		e := &r.Experience
		r.Renewal, err = scanRenewal(tailed{row, []any{&r.SeatsDeclining, &e.Band, &e.Score, &e.Answers, &e.NPS, &e.Poor}})
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list renewals at risk: %w", err)
	}
	return list, nil
}

// experiences joins how the customers fare, where the caller is told. The role of
// partners can't even read it.
func (f RiskFilter) experiences() string {
	if !f.Experience {
		return `CROSS JOIN (
			SELECT 'UNKNOWN' AS band, NULL::integer AS score, 0::bigint AS answers, NULL::integer AS promoter_score, false AS poor) experience`
	}
	return `CROSS JOIN LATERAL (
			SELECT coalesce(min(x.band), 'UNKNOWN') AS band, min(x.score) AS score, coalesce(min(x.answers), 0) AS answers,
				min(x.promoter_score) AS promoter_score, coalesce(bool_or(x.poor), false) AS poor
			FROM book_experiences x
			WHERE x.customer_id = standing.customer_id) experience`
}

// reasons joins what the reasons ask, and adds the values to args.
func (f RiskFilter) reasons(args pgx.StrictNamedArgs) string {
	asked := f.Reasons
	if len(asked) == 0 {
		asked = []forecast.Risk{forecast.Late, forecast.Silent, forecast.SeatsDeclining, forecast.Experienced}
	}
	var conditions []string
	for _, reason := range asked {
		conditions = append(conditions, riskConditions[reason])
	}
	if slices.Contains(asked, forecast.Late) {
		args["late"] = f.Near.Late
	}
	if slices.Contains(asked, forecast.Silent) {
		args["silent"] = f.Near.Silent
	}
	return strings.Join(conditions, " OR ")
}

// tailed scans a row of some columns and others that follow.
type tailed struct {
	pgx.CollectableRow
	tail []any
}

// Scan scans the tail as well.
func (t tailed) Scan(into ...any) error { return t.CollectableRow.Scan(append(into, t.tail...)...) }
