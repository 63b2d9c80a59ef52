package app

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// grounds is what a decision about a renewal or a change of seats rests on
// beside this service's own tables, read fresh from customer and partner for
// each decision.
type grounds struct {
	renewalID string        // of a renewal
	due       calendar.Date // the new term's first day, or the change's
	contract  contract.Contract
	partner   string // that renews or changes
	terms     selling.Terms
	// fresh are the relationships whose case was asked for since.
	fresh map[string]bool
	// failed is why something could not be read. It is told only to those who
	// may see the renewal, and not to those who repeat an answered call.
	failed error
}

// lookUp reads the grounds of a renewal.
func (a *App) lookUp(ctx context.Context, id string) grounds {
	subscriptionID, due, ok := parseRenewalID(id)
	if !ok {
		return grounds{renewalID: id, failed: records.ErrNoRenewal}
	}
	g := a.groundsOn(ctx, subscriptionID, func(contract.Contract) calendar.Date { return due })
	g.renewalID, g.due = id, due
	return g
}

// groundsOn reads the grounds of a decision about a subscription on a day, which
// may depend on the contract. For a partner's caller both reads act for that
// partner and run at once; otherwise, and for a partner that has absorbed
// others, the contract tells the partner.
func (a *App) groundsOn(ctx context.Context, subscriptionID string, day func(contract.Contract) calendar.Date) grounds {
	g := grounds{fresh: map[string]bool{}}
	caller, _ := auth.From(ctx)
	if g.partner = caller.Partner(); g.partner == "" || len(caller.PartnerIDs) > 1 {
		if g.contract, g.failed = contract.Read(ctx, a.subscriptions, subscriptionID); g.failed != nil {
			return g
		}
		g.due = day(g.contract)
		serving := g.contract.PartnerOn(g.due)
		if serving == "" || g.partner != "" && !slices.Contains(caller.PartnerIDs, serving) {
			g.failed = contract.ErrNotServed
			return g
		}
		g.partner = serving
		g.terms, g.failed = a.loadTerms(auth.ActFor(ctx, g.partner), sellerOn{g.partner, a.today()})
		return g
	}
	reads, acting := errgroup.WithContext(auth.ActFor(ctx, g.partner))
	reads.Go(func() (err error) {
		g.contract, err = contract.Read(acting, a.subscriptions, subscriptionID)
		return err
	})
	reads.Go(func() (err error) {
		g.terms, err = a.loadTerms(acting, sellerOn{g.partner, a.today()})
		return err
	})
	if g.failed = reads.Wait(); g.failed == nil {
		g.due = day(g.contract)
	}
	return g
}

// missed reports whether the contract has a renewal that the book has not shown
// yet: the feed is behind.
func (g grounds) missed(err error) bool {
	if g.failed != nil || !errors.Is(err, records.ErrNoRenewal) || g.contract.PartnerOn(g.due) != g.partner {
		return false
	}
	term, there := g.contract.Ending(g.due)
	return there && !g.contract.Past(term)
}

// check returns the refusal of a decision about r for reasons that lie with
// contract or partner.
func (g grounds) check(r records.Renewal) error {
	switch {
	case errors.Is(g.failed, contract.ErrNotServed):
		return renewal.CheckPartner(r.PartnerID, "")
	case g.failed != nil:
		return g.failed
	}
	return renewal.CheckPartner(g.partner, g.contract.PartnerOn(g.due))
}

// facts are those of the renewal, with the contract's word for what the book
// may not have heard yet.
func (g grounds) facts(r records.Renewal) renewal.Renewal {
	facts := r.Facts()
	if g.failed != nil {
		return facts
	}
	facts.CancelledFrom = g.contract.CancelDate
	if next, there := g.contract.Starting(g.due); there {
		facts.Booked = true
		if facts.SubmissionID == "" {
			facts.SubmissionID = next.BookedBy
		}
	}
	return facts
}

// tenure names the relationship that the renewal needs.
func (g grounds) tenure() Tenure {
	return Tenure{SubscriptionID: g.contract.ID, PartnerID: g.partner, On: g.due, began: g.contract.TenureOn(g.due)}
}
