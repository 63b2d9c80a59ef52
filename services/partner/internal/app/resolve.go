package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
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

// resolution is what a transfer turned out to be about.
type resolution struct {
	customer customer
	moves    []transfers.Move  // in the order of their subscriptions
	taken    []held            // what moves
	facts    []json.RawMessage // of each move
	own      bool              // the challenger serves some of it itself
}

// resolve finds the live subscriptions that a transfer moves, as of the day of
// its request, without the facts about them. Those that the challenger will
// serve anyway are left out. It must not be called within a transaction.
func (a *App) resolve(ctx context.Context, t transfers.Transfer) (resolution, error) {
	all, err := a.holdings(ctx, t.Domain, t.FamilyID)
	if err != nil || !all.Found {
		return resolution{}, err
	}
	r := resolution{customer: all.Customer}
	names, err := a.mergedNames(ctx)
	if err != nil {
		return r, err
	}
	for _, one := range all.of(all.Customer.ID) {
		live, err := a.live(ctx, one, t.RequestDate)
		if err != nil {
			return r, err
		}
		if !live {
			continue
		}
		m := moveOf(one, t)
		if m.Incumbent == "" {
			continue
		}
		if names.Same(m.Incumbent, t.PartnerID) {
			r.own = true
			continue
		}
		r.moves, r.taken = append(r.moves, m), append(r.taken, one)
	}
	return r, nil
}

func moveOf(one held, t transfers.Transfer) transfers.Move {
	contract := contractOf(one)
	day := contract.EffectiveDate(t.RequestedDate, t.RequestDate)
	return transfers.Move{
		SubscriptionID: one.ID, ProductID: one.ProductID, EffectiveDate: day, Incumbent: contract.PartnerOn(day),
	}
}

func contractOf(one held) transfers.Contract {
	c := transfers.Contract{Cancelled: !one.Cancelled.IsZero()}
	for _, t := range one.Terms {
		c.Terms = append(c.Terms, t.Term)
	}
	for _, n := range one.Tenures {
		c.Partners = append(c.Partners, transfers.Tenure{Partner: n.Partner, From: n.From, Until: n.Until})
	}
	return c
}

// live reports whether a subscription can move: the days after its last term's
// end are those of the version in force at that term's start.
func (a *App) live(ctx context.Context, one held, on calendar.Date) (live bool, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		policy, err := policyOn(ctx, tx, one.Last().Start)
		live = contractOf(one).Live(on, policy.RenewalGraceDays+policy.RenewalLapsedDays)
		return err
	})
	return live, err
}

// explain adds the facts about each move, and the products' names.
func (a *App) explain(ctx context.Context, t transfers.Transfer, r resolution, reassigned bool) (resolution, error) {
	products, err := a.productNames(ctx)
	if err != nil {
		return r, err
	}
	for i, m := range r.moves {
		facts, err := a.facts(ctx, asking{Partner: t.PartnerID, Requested: t.RequestDate, Effective: m.EffectiveDate}, r.taken[i:i+1])
		if err != nil {
			return r, fmt.Errorf("facts about subscription %s: %w", m.SubscriptionID, err)
		}
		facts.VendorReassigns = reassigned
		text, err := json.Marshal(facts)
		if err != nil {
			return r, fmt.Errorf("facts about subscription %s: %w", m.SubscriptionID, err)
		}
		r.facts = append(r.facts, text)
		if r.moves[i].ProductName = products[m.ProductID]; r.moves[i].ProductName == "" {
			r.moves[i].ProductName = m.ProductID
		}
	}
	return r, nil
}

func (a *App) productNames(ctx context.Context) (map[string]string, error) {
	answer, err := a.peers.Catalogue.ListProducts(ctx, &customerv1.ListProductsRequest{})
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	names := map[string]string{}
	for _, p := range answer.GetProducts() {
		names[p.GetProductId()] = p.GetDisplayName()
	}
	return names, nil
}

// subscriptionsOfMoves names what moves.
func subscriptionsOfMoves(moves []transfers.Move) []string {
	ids := make([]string, len(moves))
	for i, m := range moves {
		ids[i] = m.SubscriptionID
	}
	return ids
}
