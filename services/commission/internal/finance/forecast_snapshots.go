package finance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// takeTime bounds what a caller waits for its snapshot. The clock goes on.
const takeTime = 8 * time.Second

// CreateForecastSnapshot asks for a snapshot of the forecast, and takes it at
// once where that is soon done. What is left over is taken by the clock.
func (a *App) CreateForecastSnapshot(ctx context.Context) (records.ForecastSnapshot, error) {
	var snap records.ForecastSnapshot
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &snap, func() error {
			snap = a.newSnapshot(ctx, records.ByHand)
			_, err := tx.AddForecastSnapshot(ctx, snap)
			return err
		})
	})
	if err != nil {
		return snap, err
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTime)
	defer cancel()
	if taken, err := a.takeSnapshot(caller.AsItself(soon), snap.ID); err == nil {
		return taken, nil
	}
	return snap, nil // the clock repeats what fails here
}

func (a *App) newSnapshot(ctx context.Context, why records.Occasion) records.ForecastSnapshot {
	return records.ForecastSnapshot{
		ID: ident.New("fcs_"), Month: forecast.MonthOf(a.today()), Occasion: why, State: records.SnapshotRequested, Probabilities: forecast.Policy(),
		Actor: caller.Actor(ctx), CreateTime: a.now(),
	}
}

// SnapshotForecast takes the snapshots that are due: that of the month on its
// first day, or later where the day was missed, and those that were asked for. It
// returns how many it took.
func (a *App) SnapshotForecast(ctx context.Context) (taken int, err error) {
	ctx = caller.AsItself(ctx)
	if err := a.requestMonthly(ctx); err != nil {
		return 0, err
	}
	var requested []string
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		requested, err = tx.RequestedSnapshots(ctx, sweepBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, id := range requested {
		if _, err := a.takeSnapshot(ctx, id); err != nil {
			problems = append(problems, err)
			continue
		}
		taken++
	}
	return taken, errors.Join(problems...)
}

// requestMonthly asks for the month's snapshot. The first of all waits for a first
// day: what is there before has not begun with a month.
func (a *App) requestMonthly(ctx context.Context) error {
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		month := forecast.MonthOf(a.today())
		own, earlier, err := tx.MonthlySnapshots(ctx, month)
		if err != nil || own || !earlier && a.today() != month.First() {
			return err
		}
		_, err = tx.AddForecastSnapshot(ctx, a.newSnapshot(ctx, records.EachMonth))
		return err
	})
}

// takeSnapshot freezes the forecast, once it is up to date, unless the snapshot is
// taken already.
func (a *App) takeSnapshot(ctx context.Context, id string) (records.ForecastSnapshot, error) {
	for more := true; more; {
		var err error
		if more, err = a.RefreshForecast(ctx); err != nil {
			return records.ForecastSnapshot{}, err
		}
	}
	var snap records.ForecastSnapshot
	err := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		if err := tx.LockForecast(ctx); err != nil {
			return err
		}
		for more := true; more; { // what has changed since
			if more, err = a.refreshForecast(ctx, tx); err != nil {
				return err
			}
		}
		snap, err = tx.ForecastSnapshotForUpdate(ctx, id)
		if err != nil || snap.State == records.SnapshotTaken {
			return err
		}
		if snap, err = tx.FreezeForecast(ctx, snap.Take(a.now())); err != nil {
			return err
		}
		return a.appendEvent(ctx, tx, events.Event{Kind: "forecast_snapshot.taken", ResourceID: id, Revision: 1, Actor: snap.Actor}, snap)
	})
	if err != nil {
		return snap, fmt.Errorf("take snapshot %s: %w", id, err)
	}
	return snap, nil
}

// ListForecastSnapshots returns up to limit snapshots before an id, newest first.
func (a *App) ListForecastSnapshots(ctx context.Context, before string, limit int) ([]records.ForecastSnapshot, error) {
	var list []records.ForecastSnapshot
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.ForecastSnapshots(ctx, before, limit)
		return err
	})
	return list, err
}

// FrozenForecast is a snapshot with what it says.
type FrozenForecast struct {
	records.ForecastSnapshot
	Forecast forecast.Forecast
}

// GetForecastSnapshot returns a snapshot with what it says of a partner, or of all
// together without. What is not taken yet says nothing.
func (a *App) GetForecastSnapshot(ctx context.Context, id, partnerID string) (FrozenForecast, error) {
	var frozen FrozenForecast
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if frozen.ForecastSnapshot, err = tx.ForecastSnapshot(ctx, id); err != nil {
			return err
		}
		f := ForecastFilter{SnapshotID: id, From: frozen.Month, Until: frozen.Month + forecast.Horizon}
		if partnerID != "" {
			f.Partners = []string{partnerID}
		}
		sums, err := tx.SumForecast(ctx, f)
		if err != nil {
			return err
		}
		frozen.Forecast = forecast.Sum(weighed(sums.Lines, &frozen.Probabilities))
		return nil
	})
	return frozen, err
}

// weighed gives all lines the same probabilities.
func weighed(lines []forecast.Line, by *forecast.Probabilities) []forecast.Line {
	for i := range lines {
		lines[i].By = by
	}
	return lines
}
