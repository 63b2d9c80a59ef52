package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const selectForecastSnapshot = `
	SELECT snapshot_id, month, occasion, state, probabilities, actor, subscription_count, create_time, take_time
	FROM forecast_snapshots`

func scanForecastSnapshot(row pgx.CollectableRow) (records.ForecastSnapshot, error) {
	var s records.ForecastSnapshot
	var month calendar.Date
	var taken *time.Time
	err := row.Scan(&s.ID, &month, &s.Occasion, &s.State, &s.Probabilities, &s.Actor, &s.Subscriptions, &s.CreateTime, &taken)
	s.Month, s.CreateTime = forecast.MonthOf(month), s.CreateTime.UTC()
	if taken != nil {
		s.TakeTime = taken.UTC()
	}
	return s, err
}

// AddForecastSnapshot adds a snapshot that is asked for. It returns false where the
// month has its own already.
func (s *Store) AddForecastSnapshot(ctx context.Context, snap records.ForecastSnapshot) (bool, error) {
	tag, err := s.tx.Exec(ctx, `
		INSERT INTO forecast_snapshots (snapshot_id, month, occasion, state, probabilities, actor, create_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, snap.ID, snap.Month.First(), snap.Occasion, snap.State, snap.Probabilities, snap.Actor, snap.CreateTime)
	if err != nil {
		return false, fmt.Errorf("add snapshot %s: %w", snap.ID, err)
	}
	return tag.RowsAffected() == 1, nil
}

// MonthlySnapshots reports whether a month has its own snapshot, and whether any
// month before it has.
func (s *Store) MonthlySnapshots(ctx context.Context, month forecast.Month) (own, earlier bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT coalesce(bool_or(month = $1), false), coalesce(bool_or(month < $1), false)
		FROM forecast_snapshots
		WHERE occasion = 'MONTHLY'`, month.First()).Scan(&own, &earlier)
	if err != nil {
		return false, false, fmt.Errorf("snapshots of %s: %w", month, err)
	}
	return own, earlier, nil
}

// RequestedSnapshots returns the ids of those that are not taken yet.
func (s *Store) RequestedSnapshots(ctx context.Context, limit int) ([]string, error) {
	return s.ids(ctx, "requested snapshots", `
		SELECT snapshot_id
		FROM forecast_snapshots
		WHERE state = 'REQUESTED'
		ORDER BY snapshot_id
		LIMIT $1`, limit)
}

// ForecastSnapshot returns records.ErrNoSnapshot when there is no such snapshot.
func (s *Store) ForecastSnapshot(ctx context.Context, id string) (records.ForecastSnapshot, error) {
	return s.forecastSnapshot(ctx, id, selectForecastSnapshot+`
		WHERE snapshot_id = $1`)
}

// ForecastSnapshotForUpdate is ForecastSnapshot, and locks it until the transaction ends.
func (s *Store) ForecastSnapshotForUpdate(ctx context.Context, id string) (records.ForecastSnapshot, error) {
	return s.forecastSnapshot(ctx, id, selectForecastSnapshot+`
		WHERE snapshot_id = $1
		FOR UPDATE`)
}

func (s *Store) forecastSnapshot(ctx context.Context, id, sql string) (records.ForecastSnapshot, error) {
	rows, _ := s.tx.Query(ctx, sql, id) // CollectExactlyOneRow returns the error
	snap, err := pgx.CollectExactlyOneRow(rows, scanForecastSnapshot)
	if errors.Is(err, pgx.ErrNoRows) {
		return snap, records.ErrNoSnapshot
	}
	if err != nil {
		return snap, fmt.Errorf("snapshot %s: %w", id, err)
	}
	return snap, nil
}

// ForecastSnapshots returns up to limit snapshots before an id, newest first; "" begins
// with the newest.
func (s *Store) ForecastSnapshots(ctx context.Context, before string, limit int) ([]records.ForecastSnapshot, error) {
	rows, _ := s.tx.Query(ctx, selectForecastSnapshot+`
		WHERE $1 = '' OR snapshot_id < $1
		ORDER BY snapshot_id DESC
		LIMIT $2`, before, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanForecastSnapshot)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	return list, nil
}

// FreezeForecast keeps the forecast as it stands as a snapshot, which is taken
// then, and counts its subscriptions. The caller has locked the forecast, so that
// parts and sums are those of one moment. Sums of months before the snapshot's
// are left out.
func (s *Store) FreezeForecast(ctx context.Context, snap records.ForecastSnapshot) (records.ForecastSnapshot, error) {
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO forecast_snapshot_parts (snapshot_id, `+partColumns+`)
		SELECT $1, `+partColumns+`
		FROM forecast_parts`, snap.ID)
	batch.Queue(`
		INSERT INTO forecast_snapshot_rollups (
			snapshot_id, partner_id, month, family_id, segment, currency, settlement_mode, state, ahead, minor, squares)
		SELECT $1, partner_id, month, family_id, segment, currency, settlement_mode, state, ahead, minor, squares
		FROM forecast_rollups
		WHERE month >= $2`, snap.ID, snap.Month.First())
	batch.Queue(`
		UPDATE forecast_snapshots
		SET state = $2, take_time = $3,
			subscription_count = (SELECT count(DISTINCT subscription_id) FROM forecast_snapshot_parts WHERE snapshot_id = $1 AND settlement_mode <> '')
		WHERE snapshot_id = $1
		RETURNING subscription_count`, snap.ID, snap.State, snap.TakeTime).QueryRow(func(row pgx.Row) error {
		return row.Scan(&snap.Subscriptions)
	})
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return snap, fmt.Errorf("freeze snapshot %s: %w", snap.ID, err)
	}
	return snap, nil
}
