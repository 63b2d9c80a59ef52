package app

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

var errFamilyUnknown = fault.New("FAMILY_UNKNOWN", "there is no such product family")

// checkWanted returns what is wrong with a request: DOMAIN_INVALID,
// FAMILY_UNKNOWN, or transfers.ErrSamePartner if the challenger serves all of
// it already. It asks customer the same number of questions, with answers of
// the same size, for a customer that is served by others and for one that does
// not exist: how long it takes tells nobody which it was.
func (a *App) checkWanted(ctx context.Context, wanted transfers.Transfer) error {
	ctx = pg.WithScope(ctx, pg.System())
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return a.checkFamily(ctx, wanted.FamilyID) })
	work.Go(func() error { return a.checkServed(ctx, wanted) })
	return work.Wait()
}

func (a *App) checkFamily(ctx context.Context, id string) error {
	answer, err := a.peers.Catalogue.ListProductFamilies(ctx, &customerv1.ListProductFamiliesRequest{})
	if err != nil {
		return fmt.Errorf("product families: %w", err)
	}
	if !slices.ContainsFunc(answer.GetProductFamilies(), func(f *customerv1.ProductFamily) bool { return f.GetFamilyId() == id }) {
		return errFamilyUnknown.Because(fmt.Sprintf("there is no product family %.60q", id)).On("family_id")
	}
	return nil
}

// nobody is the id of no customer.
const nobody = "cus_00000000000000000000000000"

// checkServed looks for subscriptions that the challenger serves itself. Only
// if there are some, does it look at the others.
func (a *App) checkServed(ctx context.Context, wanted transfers.Transfer) error {
	found, err := a.lookUp(ctx, wanted.Domain)
	if err != nil {
		return fault.At("domain", err)
	}
	customerID := nobody
	if found.Found {
		customerID = found.Customer.ID
	}
	names, err := a.mergedNames(ctx)
	if err != nil {
		return err
	}
	for _, id := range names.ActsFor(wanted.PartnerID) {
		own, err := a.peers.Subscriptions.ListSubscriptions(ctx, &customerv1.ListSubscriptionsRequest{
			PageSize: 1, CustomerId: customerID, FamilyId: wanted.FamilyID, PartnerId: string(id),
		})
		if err != nil {
			return fmt.Errorf("subscriptions of the challenger: %w", err)
		}
		if len(own.GetSubscriptions()) > 0 {
			return a.checkOthers(ctx, wanted)
		}
	}
	return nil
}

// checkOthers returns transfers.ErrSamePartner if nothing is left to move for a
// challenger who serves the customer.
func (a *App) checkOthers(ctx context.Context, wanted transfers.Transfer) error {
	wanted.RequestDate = a.today()
	all, err := a.resolve(ctx, wanted)
	if err != nil {
		return err
	}
	if all.own && len(all.moves) == 0 {
		return transfers.ErrSamePartner.Because("the partner serves all of the customer's subscriptions of this family already").On("domain")
	}
	return nil
}

func (a *App) mergedNames(ctx context.Context) (names mergers.Names, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		names, err = tx.MergedNames(ctx)
		return err
	})
	return names, err
}
