package finance

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// forecastBatch is how many changes are dealt with at once.
const forecastBatch = 3000

// RefreshForecast brings the forecast up to date with the next batch of what has
// changed, by a deed or by time alone, and returns whether there may be more. Any
// number of replicas may run it; they take turns.
//
// Whatever changes the forecast of a subscription leaves a mark in its own
// transaction. One writer takes the marks and changes the sums by the difference
// between what the subscriptions brought before and bring now. So nothing is
// missed, and a partner's sums are no bottleneck for those who sell.
func (a *App) RefreshForecast(ctx context.Context) (more bool, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockForecast(ctx); err != nil {
			return err
		}
		more, err = a.refreshForecast(ctx, tx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("refresh the forecast: %w", err)
	}
	return more, nil
}

// refreshForecast is RefreshForecast in the transaction of the one writer.
func (a *App) refreshForecast(ctx context.Context, tx *postgres.Store) (more bool, err error) {
	now := a.now()
	touched, err := tx.TakeForecastMarks(ctx, now, forecastBatch)
	if err != nil || len(touched) == 0 {
		return false, err
	}
	facts, err := tx.ForecastFacts(ctx, touched)
	if err != nil {
		return false, err
	}
	before, err := tx.ForecastParts(ctx, touched)
	if err != nil {
		return false, err
	}
	change := forecast.NewChange()
	var changed []string
	var parts []postgres.ForecastPart
	for _, id := range touched {
		after := forecastParts(facts[id], now)
		if reflect.DeepEqual(before[id], after) {
			continue
		}
		for _, p := range before[id] {
			change.Remove(p.Entry)
		}
		for _, p := range after {
			change.Add(p.Entry)
		}
		changed, parts = append(changed, id), append(parts, after...)
	}
	if len(changed) == 0 {
		return true, nil
	}
	if err := tx.ReplaceForecastParts(ctx, changed, parts); err != nil {
		return false, err
	}
	return true, tx.ChangeForecast(ctx, change)
}

// forecastParts are those of a subscription, nil if the book does not have it.
func forecastParts(f *postgres.ForecastFacts, now time.Time) []postgres.ForecastPart {
	if f == nil {
		return nil
	}
	zone, err := calendar.LoadZone(f.TimeZone)
	if err != nil { // it was checked where the subscription was made
		zone = time.UTC
	}
	today := calendar.DateOf(now, zone)
	year, month, day := f.Subscription.NextChange(today).Civil()
	next := time.Date(year, month, day, 0, 0, 0, 0, zone).UTC()
	var parts []postgres.ForecastPart
	for _, p := range f.Subscription.Parts(today, forecast.Until(today)) {
		parts = append(parts, postgres.ForecastPart{
			Entry: forecast.Entry{
				SubscriptionID: f.SubscriptionID, FamilyID: f.FamilyID, Segment: f.Segment, Currency: f.Subscription.Contract.UnitPrice.Currency, Part: p,
			},
			SeatsDeclining: f.SeatsDeclining, ChangeTime: next,
		})
	}
	return parts
}

// forecastPause is how often it is looked whether the forecast is out of date.
const forecastPause = 200 * time.Millisecond

// AwaitForecast returns when the forecast is out of date.
func (a *App) AwaitForecast(ctx context.Context) error {
	ctx = pg.WithScope(ctx, pg.System())
	again := time.NewTicker(forecastPause)
	defer again.Stop()
	for {
		var outdated bool
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			outdated, err = tx.ForecastOutdated(ctx, a.now())
			return err
		})
		if err != nil || outdated {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}
