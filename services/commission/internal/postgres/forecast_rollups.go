package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// ChangeForecast changes the sums, and forgets those that nothing adds up to any
// more.
func (s *Store) ChangeForecast(ctx context.Context, change forecast.Change) error {
	maps.DeleteFunc(change.Histories, func(_ string, h forecast.History) bool { return h == forecast.History{} })
	partners := slices.Sorted(maps.Keys(change.Histories))
	due, renewed := make([]int64, len(partners)), make([]int64, len(partners))
	for i, p := range partners {
		due[i], renewed[i] = change.Histories[p].Due, change.Histories[p].Renewed
	}
	var batch pgx.Batch
	batch.Queue(`
		MERGE INTO forecast_rollups r
		USING unnest(@partners::text[], @months::date[], @families::text[], @segments::text[], @currencies::char(3)[], @modes::text[], @states::text[],
			@aheads::smallint[], @minors::bigint[], @squares::text[]::numeric[], @counts::bigint[])
			AS c (partner_id, month, family_id, segment, currency, settlement_mode, state, ahead, minor, squares, count)
		ON (r.partner_id, r.month, r.family_id, r.segment, r.currency, r.settlement_mode, r.state, r.ahead)
			= (c.partner_id, c.month, c.family_id, c.segment, c.currency, c.settlement_mode, c.state, c.ahead)
		WHEN MATCHED AND r.count + c.count = 0 THEN DELETE
		WHEN MATCHED THEN UPDATE SET minor = r.minor + c.minor, squares = r.squares + c.squares, count = r.count + c.count
		WHEN NOT MATCHED THEN INSERT VALUES
			(c.partner_id, c.month, c.family_id, c.segment, c.currency, c.settlement_mode, c.state, c.ahead, c.minor, c.squares, c.count)`,
		rollupColumns(change))
	batch.Queue(`
		MERGE INTO forecast_histories h
		USING unnest($1::text[], $2::bigint[], $3::bigint[]) AS c (partner_id, due_count, renewed_count)
		ON h.partner_id = c.partner_id
		WHEN MATCHED AND h.due_count + c.due_count = 0 THEN DELETE
		WHEN MATCHED THEN UPDATE SET due_count = h.due_count + c.due_count, renewed_count = h.renewed_count + c.renewed_count
		WHEN NOT MATCHED THEN INSERT VALUES (c.partner_id, c.due_count, c.renewed_count)`, partners, due, renewed)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("change %d sums of the forecast: %w", len(change.Rollups), err)
	}
	return nil
}

// rollupColumns turns changes into columns, in the order of their keys.
func rollupColumns(change forecast.Change) pgx.StrictNamedArgs {
	keys := change.Keys()
	return pgx.StrictNamedArgs{
		"partners":   column(keys, func(k forecast.RollupKey) string { return k.PartnerID }),
		"months":     column(keys, func(k forecast.RollupKey) calendar.Date { return k.Month.First() }),
		"families":   column(keys, func(k forecast.RollupKey) string { return k.FamilyID }),
		"segments":   column(keys, func(k forecast.RollupKey) string { return k.Segment }),
		"currencies": column(keys, func(k forecast.RollupKey) string { return string(k.Currency) }),
		"modes":      column(keys, func(k forecast.RollupKey) string { return string(k.Mode) }),
		"states":     column(keys, func(k forecast.RollupKey) string { return string(k.State) }),
		"aheads":     column(keys, func(k forecast.RollupKey) int16 { return int16(k.Ahead) }),
		"minors":     column(keys, func(k forecast.RollupKey) int64 { return change.Rollups[k].Minor }),
		"squares":    column(keys, func(k forecast.RollupKey) string { return change.Rollups[k].Squares.String() }),
		"counts":     column(keys, func(k forecast.RollupKey) int64 { return change.Rollups[k].Count }),
	}
}
