package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
)

// ReleaseTransfer lets the calling incumbent's part of a transfer go: the
// verdict about each of its subscriptions, or about the one that is named,
// becomes clean.
func (a *App) ReleaseTransfer(ctx context.Context, t Target[transfers.ID], subscriptionID string) (transfers.View, error) {
	objection := a.objection(ctx, subscriptionID, "")
	return a.changeTransfer(ctx, t, "transfer.released", func(ctx context.Context, tx *postgres.Store, current transfers.Transfer) (transfers.Transfer, error) {
		released, now, err := current.Release(objection)
		if err != nil {
			return released, err
		}
		for _, m := range now {
			if _, err := a.releaseCase(ctx, tx, conduct.ID(m.CaseID)); err != nil {
				return released, err
			}
		}
		return released, nil
	})
}

// ContestTransfer disputes the exemption that the customer's reason claims, for
// the calling incumbent's part of a transfer or the one subscription that is
// named.
func (a *App) ContestTransfer(ctx context.Context, t Target[transfers.ID], subscriptionID, text string) (transfers.View, error) {
	objection := a.objection(ctx, subscriptionID, text)
	return a.changeTransfer(ctx, t, "transfer.contested", func(ctx context.Context, tx *postgres.Store, current transfers.Transfer) (transfers.Transfer, error) {
		contested, now, err := current.Contest(objection)
		if err != nil {
			return contested, err
		}
		for _, m := range now {
			if _, err := a.contestCase(ctx, tx, conduct.ID(m.CaseID), text); err != nil {
				return contested, err
			}
		}
		return contested, nil
	})
}

func (a *App) objection(ctx context.Context, subscriptionID, text string) transfers.Objection {
	return transfers.Objection{By: viewerOf(ctx).Partners, SubscriptionID: subscriptionID, Text: text, Today: a.today()}
}
