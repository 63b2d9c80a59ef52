package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ForecastComparison asks why a forecast has become another: what a snapshot said
// of some months, nil for the usual number, and what another one says, or the
// forecast of today without.
type ForecastComparison struct {
	SnapshotID, AgainstID string
	Months                *int32
	PartnerID             string
	Currency              money.Currency
	Mode                  margin.Mode
	Largest               int // how many subscriptions to name in each row
}

// ForecastDrifts are why a forecast has become another.
type ForecastDrifts struct {
	Range  forecast.Range
	Drifts []forecast.Drift
}

// CompareForecast takes the difference between two forecasts apart by its causes.
func (a *App) CompareForecast(ctx context.Context, q ForecastComparison) (ForecastDrifts, error) {
	var answer ForecastDrifts
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		before, err := tx.ForecastSnapshot(ctx, q.SnapshotID)
		if err != nil {
			return err
		}
		if err := before.CheckTaken(); err != nil {
			return err
		}
		c := forecast.Comparison{Before: before.Probabilities, After: forecast.Policy(), PartnerID: q.PartnerID, Currency: q.Currency, Mode: q.Mode, Largest: q.Largest}
		if q.AgainstID != "" {
			against, err := tx.ForecastSnapshot(ctx, q.AgainstID)
			if err != nil {
				return fault.At("against_snapshot_id", err)
			}
			if err := against.CheckTaken(); err != nil {
				return fault.At("against_snapshot_id", err)
			}
			c.After = against.Probabilities
		}
		if answer.Range, err = forecast.NewRange(before.Month, q.Months, before.Month); err != nil {
			return err
		}
		c.First, c.Until = answer.Range.From, answer.Range.Until()
		f := postgres.ForecastFilter{SnapshotID: before.ID, From: c.First, Until: c.Until, Currency: string(q.Currency), Mode: string(q.Mode)}
		if q.PartnerID != "" {
			f.Partners = []string{q.PartnerID}
		}
		sums, err := tx.SumForecast(ctx, f)
		if err != nil {
			return err
		}
		err = tx.EachDifference(ctx, postgres.DifferenceFilter{Before: before.ID, After: q.AgainstID, PartnerID: q.PartnerID}, func(before, after []forecast.Entry) error {
			c.Subscription(before, after)
			return nil
		})
		if err != nil {
			return err
		}
		answer.Drifts = c.Drifts(weighed(sums.Lines, &c.Before))
		return nil
	})
	return answer, err
}
