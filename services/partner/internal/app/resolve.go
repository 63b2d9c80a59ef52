package app

import (
	"context"
	"encoding/json"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

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
