package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// viewerOf returns who looks. It is the wall of the database once more: what
// a partner's scope lets through is still shown one side at a time.
func viewerOf(ctx context.Context) transfers.Viewer {
	scope := pg.ScopeFrom(ctx)
	v := transfers.Viewer{Vendor: scope.IsSystem()}
	for _, id := range scope.Partners() {
		v.Partners = append(v.Partners, partners.ID(id))
	}
	return v
}

// GetTransfer returns the transfer as the caller sees it, or
// transfers.ErrNotFound.
func (a *App) GetTransfer(ctx context.Context, id transfers.ID) (view transfers.View, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		found, err := tx.Transfer(ctx, id)
		if err != nil {
			return err
		}
		view, err = a.show(ctx, tx, viewerOf(ctx), found)
		return err
	})
	return view, err
}

var errSideOfNobody = fault.New("REQUEST_INVALID", "name the partner whose side is meant").On("partner_id")

// ListTransfers lists transfers as the caller sees them, newest first. A
// partner's caller is on one side of all of them; others name the partner.
func (a *App) ListTransfers(ctx context.Context, q transfers.Query) (found []transfers.View, err error) {
	viewer := viewerOf(ctx)
	q.Vendor, q.Today = viewer.Vendor, a.today()
	if viewer.Vendor && q.Side != "" && len(q.Partners) == 0 {
		return nil, errSideOfNobody
	}
	if !viewer.Vendor {
		if q.Partners = viewer.Among(q.Partners); len(q.Partners) == 0 {
			return nil, nil
		}
	}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		all, err := tx.Transfers(ctx, q)
		if err != nil {
			return err
		}
		found, err = a.showAll(ctx, tx, viewer, all)
		return err
	})
	return found, err
}

// show returns what a viewer sees of t, or transfers.ErrNotFound.
func (a *App) show(ctx context.Context, tx *postgres.Store, viewer transfers.Viewer, t transfers.Transfer) (transfers.View, error) {
	views, err := a.showAll(ctx, tx, viewer, []transfers.Transfer{t})
	if err != nil {
		return transfers.View{}, err
	}
	return views[0], nil
}

// showAll adds the customer's words for the vendor.
func (a *App) showAll(ctx context.Context, tx *postgres.Store, viewer transfers.Viewer, all []transfers.Transfer) ([]transfers.View, error) {
	var texts map[transfers.ID]string
	if viewer.Vendor {
		ids := make([]transfers.ID, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		var err error
		if texts, err = tx.ConsentTexts(ctx, ids); err != nil {
			return nil, err
		}
	}
	today := a.today()
	views := make([]transfers.View, 0, len(all))
	for _, t := range all {
		t.ConsentText = texts[t.ID]
		view, err := t.SeenBy(viewer, today)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// CancelTransfer takes a request back.
func (a *App) CancelTransfer(ctx context.Context, t Target[transfers.ID]) (transfers.View, error) {
	return a.changeTransfer(ctx, t, "transfer.cancelled", func(ctx context.Context, tx *postgres.Store, current transfers.Transfer) (transfers.Transfer, error) {
		cancelled, err := current.Cancel(a.today())
		if err != nil {
			return cancelled, err
		}
		return cancelled, a.closeDelivery(ctx, tx, cancelled.ID)
	})
}

// changeTransfer locks a transfer that the caller sees, decides and saves. A
// change may touch what belongs to the other side, so it works as the service
// itself, and what the caller may see is asked first and shown last. A decision
// that leaves the revision as it was changes nothing.
func (a *App) changeTransfer(ctx context.Context, t Target[transfers.ID], kind string,
	decide func(context.Context, *postgres.Store, transfers.Transfer) (transfers.Transfer, error),
) (transfers.View, error) {
	viewer := viewerOf(ctx)
	ctx = pg.WithScope(ctx, pg.System())
	var view transfers.View
	err := once(ctx, a, &view, func(tx *postgres.Store) error {
		current, err := tx.TransferForUpdate(ctx, t.ID)
		if err != nil {
			return err
		}
		if view, err = a.show(ctx, tx, viewer, current); err != nil {
			return err
		}
		if err := view.CheckEtag(t.Etag); err != nil {
			return err
		}
		changed, err := decide(ctx, tx, current)
		if err != nil || changed.Revision == current.Revision {
			return err
		}
		if err := tx.UpdateTransfer(ctx, changed); err != nil {
			return err
		}
		if err := a.recordTransfer(ctx, tx, kind, changed); err != nil {
			return err
		}
		view, err = a.show(ctx, tx, viewer, changed)
		return err
	})
	return view, err
}

// closeDelivery ends a delivery that is still on its way, since the transfer
// has ended.
func (a *App) closeDelivery(ctx context.Context, tx *postgres.Store, id transfers.ID) error {
	dossier, err := tx.Dossier(ctx, id)
	if err != nil || !dossier.Delivery.UnderWay() {
		return err
	}
	return tx.UpdateDossier(ctx, dossier.Deliver(transfers.Closed))
}

// recordTransfer puts a change into the feed, without what the customer wrote.
func (a *App) recordTransfer(ctx context.Context, tx *postgres.Store, kind string, t transfers.Transfer) error {
	t.ConsentText = ""
	return a.record(ctx, tx, change{kind: kind, id: string(t.ID), partner: string(t.PartnerID), revision: t.Revision, snapshot: t})
}
