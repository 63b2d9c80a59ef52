package app

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// GetSubscription returns a subscription that the caller may see, with its
// terms and partners of record.
func (a *App) GetSubscription(ctx context.Context, id subscriptions.ID) (subscriptions.View, error) {
	s, err := read(ctx, a, func(tx *postgres.Store) (subscriptions.Subscription, error) {
		return tx.Subscription(ctx, id)
	})
	return s.On(a.now()), err
}

type (
	// SubscriptionQuery asks for a page of subscriptions.
	SubscriptionQuery = postgres.SubscriptionQuery
	// SubscriptionKey is the place of a subscription in a list.
	SubscriptionKey = postgres.SubscriptionKey
)

// ListSubscriptions returns a page of subscriptions that the caller may see,
// without terms and partners of record.
func (a *App) ListSubscriptions(ctx context.Context, q SubscriptionQuery) ([]subscriptions.View, error) {
	q.Now = a.now()
	return read(ctx, a, func(tx *postgres.Store) ([]subscriptions.View, error) {
		return tx.ListSubscriptions(ctx, q)
	})
}

// BatchGetSubscriptions returns those of the subscriptions that the caller may
// see: the ones named by their ids first, then those named by the ids of the
// vendor's other systems, each in the order asked for.
func (a *App) BatchGetSubscriptions(ctx context.Context, ids []subscriptions.ID, externalIDs []string) ([]subscriptions.View, error) {
	found, err := read(ctx, a, func(tx *postgres.Store) ([]subscriptions.View, error) {
		return tx.SubscriptionsByID(ctx, ids, externalIDs, a.now())
	})
	byID := inOrder(ids, found, func(v subscriptions.View) subscriptions.ID { return v.ID })
	return append(byID, inOrder(externalIDs, found, func(v subscriptions.View) string { return v.ExternalID })...), err
}

// GetPartnerOfRecord tells who serves a subscription on a day, or today if the
// day is zero.
func (a *App) GetPartnerOfRecord(ctx context.Context, id subscriptions.ID, on calendar.Date) (subscriptions.PartnerOfRecord, error) {
	s, err := a.GetSubscription(ctx, id)
	if err != nil {
		return subscriptions.PartnerOfRecord{}, err
	}
	if on.IsZero() {
		on = s.Today(a.now())
	}
	record, ok := s.RecordOn(on)
	if !ok {
		return record, subscriptions.ErrNotFound.Because(
			fmt.Sprintf("subscription %s has no partner of record on %s that you may see", id, on), "on_date", on.String())
	}
	return record, nil
}

// ChangeQuery asks for what happened to a subscription after a revision.
type ChangeQuery struct {
	Subscription subscriptions.ID
	After        int64
	Limit        int
}

// ListSubscriptionChanges returns what happened to a subscription, oldest
// first.
func (a *App) ListSubscriptionChanges(ctx context.Context, q ChangeQuery) ([]events.Event, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]events.Event, error) {
		if _, err := tx.Subscription(ctx, q.Subscription); err != nil {
			return nil, err
		}
		return tx.Changes(ctx, q.Subscription, q.After, q.Limit)
	})
}
