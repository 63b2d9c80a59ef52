package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
)

// settle stores what a transfer moves, with the facts.
func (a *App) settle(ctx context.Context, t transfers.Transfer, d transfers.Dossier) (transfers.Dossier, error) {
	found, err := a.resolve(ctx, t)
	if err != nil {
		return d, err
	}
	if found, err = a.explain(ctx, t, found, false); err != nil {
		return d, err
	}
	subscriptions := subscriptionsOfMoves(found.moves)
	var settled transfers.Dossier
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockSubscriptions(ctx, subscriptions); err != nil {
			return err
		}
		current, err := tx.TransferForUpdate(ctx, t.ID)
		if err != nil {
			return err
		}
		if settled, err = tx.Dossier(ctx, t.ID); err != nil || settled.Delivery != transfers.Unresolved {
			return err
		}
		current.Moves = found.moves
		settled.CustomerID, settled.CustomerName = found.customer.ID, found.customer.DisplayName
		if settled, err = a.file(ctx, tx, current, settled); err != nil {
			return err
		}
		if err := tx.InsertMoves(ctx, current, found.facts); err != nil {
			return err
		}
		return tx.UpdateDossier(ctx, settled)
	})
	return settled, err
}

// file decides whether somebody is to be asked about t. A consent that was
// given between the request and now supersedes t like any other open request.
func (a *App) file(ctx context.Context, tx *postgres.Store, t transfers.Transfer, d transfers.Dossier) (transfers.Dossier, error) {
	switch {
	case !t.Open(a.today()):
		return d.Deliver(transfers.Closed), nil
	case len(t.Moves) == 0:
		return d.Deliver(transfers.NothingToMove), nil
	}
	winner, err := tx.AgreedAfter(ctx, t.CreateTime, subscriptionsOfMoves(t.Moves))
	if err != nil || winner == "" {
		return d.Deliver(transfers.Waiting), err
	}
	return d.Deliver(transfers.Closed), a.supersede(ctx, tx, t, winner)
}

// supersede ends an open request because the customer has consented to another.
func (a *App) supersede(ctx context.Context, tx *postgres.Store, t transfers.Transfer, winner transfers.ID) error {
	superseded, ok := t.Supersede(a.today())
	if !ok {
		return nil
	}
	if err := tx.EndTransfer(ctx, superseded); err != nil {
		return err
	}
	if err := tx.SaveSuperseded(ctx, t.ID, winner); err != nil {
		return err
	}
	return a.recordTransfer(ctx, tx, "transfer.superseded", superseded)
}
