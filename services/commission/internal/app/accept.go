package app

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// AcceptCardRate locks the margin of a subscription whose agreed one is not
// known at the rate of the card in force today. With an expected rate, another
// one is refused with PREVIEW_STALE.
func (a *App) AcceptCardRate(ctx context.Context, subscriptionID string, expected *money.Bps) (records.Relationship, error) {
	begun, refused := a.acceptable(ctx, subscriptionID, expected)
	var accepted records.Relationship
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &accepted, func() error {
			if refused != nil {
				return refused
			}
			ordered, err := tx.OrderedBy(ctx, begun.SubscriptionID)
			if err != nil {
				return err
			}
			if ordered[begun.SubscriptionID] == begun.PartnerID {
				return lockedByOrder(begun.SubscriptionID)
			}
			stored, started, err := a.start(ctx, tx, begun)
			if err != nil {
				return err
			}
			if !started {
				_, err := stored.WithLock(begun.Lock)
				if err == nil {
					err = margin.ErrExists
				}
				return err
			}
			accepted = stored
			return nil
		})
	})
	return accepted, err
}

// lockedByOrder refuses a lock for a partner that ordered the subscription here:
// it gets its own when the order is booked.
func lockedByOrder(subscriptionID string) *fault.Error {
	return margin.ErrExists.Because(
		"subscription "+subscriptionID+" was ordered here, and its margin is locked with the booking of that order", "subscription_id", subscriptionID).On("subscription_id")
}

// errPreviewStale refuses a rate that is not the one the caller has seen.
var errPreviewStale = fault.New("PREVIEW_STALE", "the calculation is not the one that was previewed")

func (a *App) acceptable(ctx context.Context, subscriptionID string, expected *money.Bps) (records.Relationship, error) {
	sub, err := a.subscription(ctx, subscriptionID)
	if refusal, ok := fault.Of(err); ok && refusal.Is(errNoSubscription) {
		return records.Relationship{}, errNoSubscription.On("subscription_id")
	}
	if err != nil {
		return records.Relationship{}, err
	}
	today := a.today()
	terms, err := a.loadTerms(ctx, sellerOn{sub.partnerID, today})
	if err != nil {
		return records.Relationship{}, err
	}
	if err := terms.CheckHolding(today); err != nil {
		return records.Relationship{}, err
	}
	lock, err := a.lockByCard(ctx, terms, sub, today)
	if err != nil {
		return records.Relationship{}, err
	}
	if expected != nil && *expected != lock.Rate {
		return records.Relationship{}, errPreviewStale.Because(
			fmt.Sprintf("the card's rate is %d bps, not %d; look again before you accept it", lock.Rate, *expected),
			"card_bps", fmt.Sprint(lock.Rate)).On("expected_bps")
	}
	began, _, err := sub.tenureOf(Tenure{PartnerID: sub.partnerID, On: sub.start()})
	if err != nil {
		return records.Relationship{}, err
	}
	return a.withCase(ctx, records.Relationship{
		Relationship: margin.Relationship{SubscriptionID: sub.id, PartnerID: sub.partnerID, From: sub.start(), Until: began.Until, Mode: terms.Mode, Lock: lock},
		TransferID:   began.TransferID,
	})
}
