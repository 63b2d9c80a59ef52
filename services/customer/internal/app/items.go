package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Item is what became of one item of a batch: a result or a refusal.
type Item[T any] struct {
	Result  T
	Refusal *fault.Error
}

// eachItem runs effect for each item in a part of the transaction of its own, so
// that one that is refused leaves the others alone.
func eachItem[I, T any](ctx context.Context, tx *postgres.Store, items []I, effect func(*postgres.Store, I) (T, error)) ([]Item[T], error) {
	done := make([]Item[T], len(items))
	for i, item := range items {
		err := tx.Savepoint(ctx, func(tx *postgres.Store) (err error) {
			done[i].Result, err = effect(tx, item)
			return err
		})
		if refusal, ok := fault.Of(err); ok {
			done[i] = Item[T]{Refusal: refusal}
		} else if err != nil {
			return nil, err
		}
	}
	return done, nil
}
