package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
)

// ForecastContract is what a forecast needs of a contract beyond the book.
type ForecastContract struct {
	SubscriptionID string              `json:"subscription_id"`
	Revision       int64               `json:"revision"`
	Imported       []forecast.Imported `json:"imported"`
	Tenures        []forecast.Tenure   `json:"tenures"`
	SeatsDeclining bool                `json:"seats_declining"`
}

// projectForecastContracts brings the contracts up to date. It goes by revisions
// of its own: the book may have had them before there was a forecast.
func (s *Store) projectForecastContracts(ctx context.Context, entries []BookEntry) error {
	contracts := make([]ForecastContract, len(entries))
	for i, e := range entries {
		contracts[i] = e.Forecast
		contracts[i].SubscriptionID, contracts[i].Revision = e.SubscriptionID, e.Revision
	}
	_, err := s.tx.Exec(ctx, `
		INSERT INTO forecast_contracts (subscription_id, revision, imported, tenures, seats_declining)
		SELECT subscription_id, revision, coalesce(imported, '[]'), coalesce(tenures, '[]'), seats_declining
		FROM jsonb_populate_recordset(NULL::forecast_contracts, $1)
		ON CONFLICT (subscription_id) DO UPDATE
		SET revision = excluded.revision, imported = excluded.imported, tenures = excluded.tenures, seats_declining = excluded.seats_declining
		WHERE forecast_contracts.revision < excluded.revision`, contracts)
	if err != nil {
		return fmt.Errorf("project contracts of %d subscriptions: %w", len(entries), err)
	}
	return nil
}

// LockForecast makes the transaction the only one that writes the forecast until
// it ends; others wait.
func (s *Store) LockForecast(ctx context.Context) error {
	if _, err := s.tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('forecast.write'))"); err != nil {
		return fmt.Errorf("lock the forecast: %w", err)
	}
	return nil
}

// TakeForecastMarks takes up to limit marks away and returns their
// subscriptions, with those that time has changed by now. What the marks stand
// for is seen by the statements that follow.
func (s *Store) TakeForecastMarks(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return s.ids(ctx, "take marks of the forecast", `
		WITH taken AS (
			DELETE FROM forecast_marks
			WHERE mark_id IN (SELECT mark_id FROM forecast_marks ORDER BY mark_id LIMIT $2)
			RETURNING subscription_id
		), due AS (
			SELECT subscription_id
			FROM forecast_parts
			WHERE change_time <= $1
			ORDER BY change_time
			LIMIT $2
		)
		SELECT subscription_id FROM taken
		UNION
		SELECT subscription_id FROM due
		ORDER BY 1`, now, limit)
}

// ForecastOutdated reports whether something waits to be taken.
func (s *Store) ForecastOutdated(ctx context.Context, now time.Time) (outdated bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM forecast_marks) OR EXISTS (SELECT FROM forecast_parts WHERE change_time <= $1)`, now).Scan(&outdated)
	if err != nil {
		return false, fmt.Errorf("whether the forecast is up to date: %w", err)
	}
	return outdated, nil
}
