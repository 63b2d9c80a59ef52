package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// sieve stores rows and holds back those that break a rule of the database.
// All rows at once are tried first. If that is refused, rows that collide with
// what is there are looked up; if it is refused once more, the rows are halved
// until the bad ones are alone.
type sieve[T any] struct {
	tx     *postgres.Store
	copy   func(*postgres.Store, context.Context, []T) error
	known  func(context.Context, *postgres.Store, []imports.Numbered[T]) ([]error, error)
	refuse func(row int64, externalID string, err error)
}

// pass returns the rows that were stored.
func (s sieve[T]) pass(ctx context.Context, rows []imports.Numbered[T]) ([]imports.Numbered[T], error) {
	if refused, err := s.try(ctx, rows); refused == nil {
		return rows, err
	}
	refusals, err := s.known(ctx, s.tx, rows)
	if err != nil {
		return nil, err
	}
	fresh := make([]imports.Numbered[T], 0, len(rows))
	for i, row := range rows {
		if refusals[i] != nil {
			s.refuse(row.Row, row.ExternalID, refusals[i])
			continue
		}
		fresh = append(fresh, row)
	}
	return s.halve(ctx, fresh)
}

// halve stores rows, half by half where they are refused.
func (s sieve[T]) halve(ctx context.Context, rows []imports.Numbered[T]) ([]imports.Numbered[T], error) {
	refused, err := s.try(ctx, rows)
	if refused == nil {
		return rows, err
	}
	if len(rows) == 1 {
		s.refuse(rows[0].Row, rows[0].ExternalID, refused)
		return nil, nil
	}
	first, err := s.halve(ctx, rows[:len(rows)/2])
	if err != nil {
		return nil, err
	}
	second, err := s.halve(ctx, rows[len(rows)/2:])
	return append(first[:len(first):len(first)], second...), err
}

// try stores all rows or none. It tells a refusal by a rule from a failure.
func (s sieve[T]) try(ctx context.Context, rows []imports.Numbered[T]) (refused *fault.Error, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = row.Value
	}
	err = s.tx.Savepoint(ctx, func(tx *postgres.Store) error { return s.copy(tx, ctx, values) })
	if refusal, ok := fault.Of(err); ok {
		return refusal, nil
	}
	return nil, err
}
