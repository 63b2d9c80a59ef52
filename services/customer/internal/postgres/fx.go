package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// InsertFxSet adds a set of exchange rates, or returns catalogue.ErrFxSetTaken.
func (s *Store) InsertFxSet(ctx context.Context, set catalogue.FxSet) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO fx_sets (fx_set_id, valid_from, base_currency, create_time)
		VALUES (@fx_set_id, @valid_from, @base_currency, @create_time)`, pgx.StrictNamedArgs{
		"fx_set_id": set.ID, "valid_from": set.ValidFrom, "base_currency": set.Base, "create_time": set.CreateTime,
	})
	if err != nil {
		return explain(err, "insert exchange rates")
	}
	currencies, rates := make([]string, len(set.Rates)), make([]int64, len(set.Rates))
	for i, r := range set.Rates {
		currencies[i], rates[i] = string(r.Currency), int64(r.Rate)
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO fx_rates (fx_set_id, currency, rate_e8)
		SELECT $1, currency, rate
		FROM unnest($2::text[], $3::bigint[]) AS given (currency, rate)`, set.ID, currencies, rates)
	return explain(err, "insert exchange rates")
}

const selectFxSet = `
	SELECT s.fx_set_id, s.valid_from, s.base_currency, s.create_time,
	       ARRAY(SELECT r.currency FROM fx_rates r WHERE r.fx_set_id = s.fx_set_id ORDER BY r.currency),
	       ARRAY(SELECT r.rate_e8 FROM fx_rates r WHERE r.fx_set_id = s.fx_set_id ORDER BY r.currency)
	FROM fx_sets s`

// FxSet returns a set with its rates in the order of their currencies, or
// catalogue.ErrFxSetNotFound.
func (s *Store) FxSet(ctx context.Context, id string) (catalogue.FxSet, error) {
	return s.fxSet(ctx, selectFxSet+`
		WHERE s.fx_set_id = $1`, id)
}

// FxSetOn returns the latest set that is not after a day, or
// catalogue.ErrFxSetNotFound.
func (s *Store) FxSetOn(ctx context.Context, on calendar.Date) (catalogue.FxSet, error) {
	return s.fxSet(ctx, selectFxSet+`
		WHERE s.valid_from <= $1
		ORDER BY s.valid_from DESC
		LIMIT 1`, on)
}

func (s *Store) fxSet(ctx context.Context, sql string, arg any) (set catalogue.FxSet, err error) {
	var currencies []string
	var rates []int64
	err = s.tx.QueryRow(ctx, sql, arg).Scan(&set.ID, &set.ValidFrom, &set.Base, &set.CreateTime, &currencies, &rates)
	if err != nil {
		return set, missing(err, catalogue.ErrFxSetNotFound, "read exchange rates")
	}
	set.CreateTime = set.CreateTime.UTC()
	set.Rates = make([]catalogue.FxRate, len(rates))
	for i := range rates {
		set.Rates[i].Currency, set.Rates[i].Rate = money.Currency(currencies[i]), catalogue.Rate(rates[i])
	}
	return set, nil
}
