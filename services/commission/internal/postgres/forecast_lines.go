package postgres

import (
	"context"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// ForecastFilter says what to add up; empty fields fit all. Partners are those
// whose sums count: without any, those of all partners together do.
type ForecastFilter struct {
	SnapshotID                        string         // empty for the forecast of today
	From, Until                       forecast.Month // the month after the last
	Partners                          []string
	FamilyID, Segment, Currency, Mode string
	ByPartner, ByFamily, BySegment    bool
}

// conditions returns what to ask of rows that belong to partners.
func (f ForecastFilter) conditions() ([]string, pgx.StrictNamedArgs) {
	var conditions []string
	args := pgx.StrictNamedArgs{}
	for _, c := range []struct {
		given     bool
		condition string
		name      string
		value     any
	}{
		{len(f.Partners) > 0, "partner_id = ANY (@partners)", "partners", f.Partners},
		{f.FamilyID != "", "family_id = @family", "family", f.FamilyID},
		{f.Segment != "", "segment = @segment", "segment", f.Segment},
		{f.Currency != "", "currency = @currency", "currency", f.Currency},
	} {
		if c.given {
			conditions, args[c.name] = append(conditions, c.condition), c.value
		}
	}
	return conditions, args
}

// ForecastSums are what a filter fits. Whose probabilities hold for a line is left
// open.
type ForecastSums struct {
	Lines     []forecast.Line
	Histories map[string]forecast.History // of the partners, or of all without any
	Unlocked  int64                       // subscriptions without a locked margin, and so in no line
}

// SumForecast adds up what fits, by what the filter says.
func (s *Store) SumForecast(ctx context.Context, f ForecastFilter) (ForecastSums, error) {
	var sums ForecastSums
	var batch pgx.Batch
	f.queueLines(&batch, &sums)
	if f.SnapshotID == "" {
		f.queueUnlocked(&batch, &sums)
	}
	if f.ByPartner {
		f.queueHistories(&batch, &sums)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return sums, fmt.Errorf("add up the forecast: %w", err)
	}
	return sums, nil
}

func (f ForecastFilter) queueLines(batch *pgx.Batch, into *ForecastSums) {
	conditions, args := f.conditions()
	table := "forecast_rollups"
	if f.SnapshotID != "" {
		table, conditions, args["snapshot"] = "forecast_snapshot_rollups", append(conditions, "snapshot_id = @snapshot"), f.SnapshotID
	}
	conditions = append(conditions, "month >= @from", "month < @until")
	args["from"], args["until"] = f.From.First(), f.Until.First()
	if f.Mode != "" {
		conditions, args["mode"] = append(conditions, "settlement_mode = @mode"), f.Mode
	}
	switch {
	case len(f.Partners) > 0:
	case f.ByPartner:
		conditions = append(conditions, "partner_id <> ''")
	default:
		conditions = append(conditions, "partner_id = ''")
	}
	if f.FamilyID != "" || f.Segment != "" || f.ByFamily || f.BySegment {
		conditions = append(conditions, "family_id <> ''")
	} else {
		conditions = append(conditions, "family_id = ''", "segment = ''")
	}
	grouped := "currency, settlement_mode, month, state, ahead"
	sliced := func(yes bool, column string) string {
		if !yes {
			return "''"
		}
		grouped += ", " + column
		return column
	}
	batch.Queue(`
		SELECT `+sliced(f.ByPartner, "partner_id")+`, `+sliced(f.ByFamily, "family_id")+`, `+sliced(f.BySegment, "segment")+`,
			currency, settlement_mode, month, state, ahead, sum(minor)::bigint, sum(squares)::text
		FROM `+table+where(conditions)+`
		GROUP BY `+grouped, args).Query(func(rows pgx.Rows) (err error) {
		into.Lines, err = pgx.CollectRows(rows, scanForecastLine)
		return err
	})
}

func scanForecastLine(row pgx.CollectableRow) (forecast.Line, error) {
	var l forecast.Line
	var month calendar.Date
	var squares string
	err := row.Scan(&l.Group.PartnerID, &l.Group.FamilyID, &l.Group.Segment, &l.Currency, &l.Mode, &month, &l.State, &l.Ahead, &l.Minor, &squares)
	l.Month = forecast.MonthOf(month)
	if l.Ahead > 0 {
		l.Squares, _ = new(big.Int).SetString(squares, 10)
	}
	return l, err
}

func (f ForecastFilter) queueUnlocked(batch *pgx.Batch, into *ForecastSums) {
	conditions, args := f.conditions()
	batch.Queue(`
		SELECT count(DISTINCT subscription_id)
		FROM forecast_parts`+where(append(conditions, "unlocked")), args).QueryRow(func(row pgx.Row) error {
		return row.Scan(&into.Unlocked)
	})
}

func (f ForecastFilter) queueHistories(batch *pgx.Batch, into *ForecastSums) {
	batch.Queue(`
		SELECT partner_id, due_count, renewed_count
		FROM forecast_histories
		WHERE $1::text[] IS NULL OR partner_id = ANY ($1)`, f.Partners).Query(func(rows pgx.Rows) error {
		into.Histories = map[string]forecast.History{}
		var partner string
		var h forecast.History
		_, err := pgx.ForEachRow(rows, []any{&partner, &h.Due, &h.Renewed}, func() error {
			into.Histories[partner] = h
			return nil
		})
		return err
	})
}
