package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// TransferRequest asks for a customer's subscriptions of a family.
type TransferRequest struct {
	PartnerID        partners.ID // empty for the calling partner itself
	Domain, FamilyID string
	Effective        calendar.Date // no date for the end of the running term
	ContactEmail     string
	PartnerReference string
}

// RequestTransfer stores a request, with the job that finds out what it is
// about. The answer, and the way to it, are the same whether there is something
// to move or not, unless the challenger serves the customer itself.
func (a *App) RequestTransfer(ctx context.Context, r TransferRequest) (transfers.View, error) {
	challenger, err := challengerOf(ctx, r.PartnerID)
	if err != nil {
		return transfers.View{}, err
	}
	wanted := transfers.Transfer{
		ID: transfers.ID(ident.New("trf_")), PartnerID: challenger, Domain: r.Domain, FamilyID: r.FamilyID,
		RequestedDate: r.Effective, PartnerReference: r.PartnerReference, CreateTime: a.instant(),
	}
	possible := a.checkWanted(ctx, wanted)
	var view transfers.View
	err = once(ctx, a, &view, func(tx *postgres.Store) error {
		requested, err := a.request(ctx, tx, wanted)
		if err != nil {
			return err
		}
		if possible != nil { // told here, so that a repetition is answered as before
			return possible
		}
		dossier := transfers.Dossier{ContactEmail: r.ContactEmail, Delivery: transfers.Unresolved}
		if err := tx.InsertTransfer(ctx, requested, dossier); err != nil {
			return err
		}
		if err := a.recordTransfer(ctx, tx, "transfer.requested", requested); err != nil {
			return err
		}
		if err := a.jobs.DeliverConsent(ctx, tx.Tx(), requested.ID); err != nil {
			return err
		}
		view, err = requested.SeenBy(viewerOf(ctx), a.today())
		return err
	})
	return view, err
}

// request returns the new transfer if its challenger may ask for it today.
func (a *App) request(ctx context.Context, tx *postgres.Store, wanted transfers.Transfer) (transfers.Transfer, error) {
	today := a.today()
	terms, err := tx.SellingTerms(ctx, wanted.PartnerID, today)
	if err != nil {
		return transfers.Transfer{}, fault.At("partner_id", err)
	}
	if err := terms.Check(today); err != nil {
		return transfers.Transfer{}, err
	}
	return transfers.Request(wanted, today, terms.Code.Policy)
}

var errPartnerUnnamed = fault.New("REQUEST_INVALID", "name the partner that the customer would go to").On("partner_id")

// challengerOf returns the partner that asks: a partner's caller itself, also
// where it names one that it absorbed. Whoever else a partner names is not
// there for it.
func challengerOf(ctx context.Context, named partners.ID) (partners.ID, error) {
	caller, _ := auth.From(ctx)
	own := partners.ID(caller.Partner())
	switch {
	case own == "" && named == "":
		return "", errPartnerUnnamed
	case own == "":
		return named, nil
	case named == "" || viewerOf(ctx).ActsFor(named):
		return own, nil
	}
	return "", partners.ErrNotFound.On("partner_id")
}
