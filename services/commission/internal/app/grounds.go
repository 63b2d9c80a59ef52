package app

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// grounds is what a decision about a renewal rests on beside this service's own
// tables, read fresh from customer and partner for each decision.
type grounds struct {
	renewalID string
	due       calendar.Date
	contract  contract
	partner   string // that renews
	terms     selling.Terms
	// failed is why something could not be read. It is told only to those who
	// may see the renewal, and not to those who repeat an answered call.
	failed error
}

// lookUp reads the grounds of a renewal. For a partner's caller both reads act
// for that partner and run at once; otherwise the contract tells the partner.
func (a *App) lookUp(ctx context.Context, id string) grounds {
	subscriptionID, due, ok := parseRenewalID(id)
	if !ok {
		return grounds{renewalID: id, failed: records.ErrNoRenewal}
	}
	g := grounds{renewalID: id, due: due}
	caller, _ := auth.From(ctx)
	if g.partner = caller.Partner(); g.partner == "" {
		if g.contract, g.failed = a.contract(ctx, subscriptionID); g.failed != nil {
			return g
		}
		if g.partner = g.contract.partnerOn(due); g.partner == "" {
			g.failed = errNotServed
			return g
		}
		g.terms, g.failed = a.loadTerms(auth.ActFor(ctx, g.partner), sellerOn{g.partner, a.today()})
		return g
	}
	reads, acting := errgroup.WithContext(auth.ActFor(ctx, g.partner))
	reads.Go(func() (err error) {
		g.contract, err = a.contract(acting, subscriptionID)
		return err
	})
	reads.Go(func() (err error) {
		g.terms, err = a.loadTerms(acting, sellerOn{g.partner, a.today()})
		return err
	})
	g.failed = reads.Wait()
	return g
}

// contract reads a subscription from customer.
func (a *App) contract(ctx context.Context, subscriptionID string) (contract, error) {
	answer, err := a.subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: subscriptionID})
	if err != nil {
		return contract{}, fmt.Errorf("subscription %s: %w", subscriptionID, hidden(rpcerr.FromStatus(err)))
	}
	return contractOf(answer)
}

// errNotServed is customer's answer that the caller's partner has, or has no
// more, to do with a subscription.
var errNotServed = errors.New("the subscription is not the partner's")

func hidden(err error) error {
	if refusal, ok := fault.Of(err); ok && refusal.Reason == records.ErrNoRenewal.Reason {
		return errNotServed
	}
	return err
}

// missed reports whether the contract has a renewal that the book has not shown
// yet: the feed is behind.
func (g grounds) missed(err error) bool {
	if g.failed != nil || !errors.Is(err, records.ErrNoRenewal) || g.contract.partnerOn(g.due) != g.partner {
		return false
	}
	_, there := g.contract.ending(g.due)
	return there
}

// check returns the refusal of a decision about r for reasons that lie with
// contract or partner.
func (g grounds) check(r records.Renewal) error {
	switch {
	case errors.Is(g.failed, errNotServed):
		return renewal.CheckPartner(r.PartnerID, "")
	case g.failed != nil:
		return g.failed
	}
	return renewal.CheckPartner(g.partner, g.contract.partnerOn(g.due))
}

// facts are those of the renewal, with the contract's word for what the book
// may not have heard yet.
func (g grounds) facts(r records.Renewal) renewal.Renewal {
	facts := r.Facts()
	if g.failed != nil {
		return facts
	}
	facts.CancelledFrom = g.contract.cancelDate
	if next, there := g.contract.starting(g.due); there {
		facts.Booked = true
		if facts.SubmissionID == "" {
			facts.SubmissionID = next.bookedBy
		}
	}
	return facts
}

// Offer is what the caller wants of a renewal: the wish, or what a quote froze.
type Offer struct {
	RenewalID           string
	Wish                renewal.Wish
	QuoteID             string
	ExpectedFingerprint string
}

// errRelationshipMissing is returned inside a transaction that needs a
// relationship which is not stored yet.
var errRelationshipMissing = errors.New("the relationship is not stored")

// appraisal is a decision to be taken in a transaction.
type appraisal struct {
	grounds
	offer   Offer
	renewal records.Renewal
	// expected is used where no relationship is stored; nil if there must be one.
	expected *records.Relationship
	// quote reads the quote that the offer names; whoever books it locks it.
	quote func(context.Context, string) (records.Quote, error)
}

// appraise decides what the offer would book, or why nothing. Preview, quote
// and submission all come here.
func (a *App) appraise(ctx context.Context, tx *postgres.Store, d appraisal) (records.Calculation, *records.Quote, error) {
	today := d.renewal.Today
	if err := d.facts(d.renewal).CheckOpen(today); err != nil {
		return records.Calculation{}, nil, err
	}
	if err := d.check(d.renewal); err != nil {
		return records.Calculation{}, nil, err
	}
	if err := d.terms.Check(today); err != nil {
		return records.Calculation{}, nil, err
	}
	if d.offer.QuoteID != "" {
		return d.accept(ctx)
	}
	calculation, err := d.price(ctx, tx)
	if err != nil {
		return calculation, nil, err
	}
	return calculation, nil, renewal.CheckPreview(d.offer.ExpectedFingerprint, calculation.Fingerprint)
}

// accept returns what a quote froze.
func (d appraisal) accept(ctx context.Context) (records.Calculation, *records.Quote, error) {
	quote, err := d.quote(ctx, d.offer.QuoteID)
	if errors.Is(err, records.ErrNoQuote) {
		err = records.ErrNoQuote.On("quote_id")
	}
	if err != nil {
		return records.Calculation{}, nil, err
	}
	if err := quote.Terms().CheckAccept(d.facts(d.renewal), d.partner, d.offer.Wish, d.renewal.Today); err != nil {
		return records.Calculation{}, nil, err
	}
	return quote.Calculation, &quote, renewal.CheckPreview(d.offer.ExpectedFingerprint, quote.Calculation.Fingerprint)
}

// price calculates the wish at the rate of the relationship on the new term's
// first day.
func (d appraisal) price(ctx context.Context, tx *postgres.Store) (records.Calculation, error) {
	term, there := d.contract.ending(d.due)
	if !there {
		return records.Calculation{}, records.ErrNoRenewal
	}
	relationship, err := d.relationship(ctx, tx)
	if err != nil {
		return records.Calculation{}, err
	}
	rate, err := relationship.RateOn(d.due)
	if err != nil {
		return records.Calculation{}, err
	}
	sale, err := d.contract.renewed(term).Sale(d.offer.Wish, relationship.Mode, rate)
	if err != nil {
		return records.Calculation{}, err
	}
	calculation, err := margin.Calculate(sale)
	return records.Calculation{
		Calculation: calculation, PartnerID: d.partner, SubscriptionID: d.contract.id, RelationshipID: relationship.ID,
	}, err
}

// relationship returns the stored relationship of the renewing partner on the
// new term's first day, or else the expected one.
func (d appraisal) relationship(ctx context.Context, tx *postgres.Store) (records.Relationship, error) {
	stored, err := tx.RelationshipsOf(ctx, d.contract.id)
	if err != nil {
		return records.Relationship{}, err
	}
	for _, r := range stored[d.contract.id] {
		if r.PartnerID == d.partner && runsOn(r.Relationship, d.due) == nil {
			return r, nil
		}
	}
	if d.expected != nil {
		return *d.expected, nil
	}
	return records.Relationship{}, errRelationshipMissing
}

// tenure names the relationship that the renewal needs.
func (g grounds) tenure() Tenure {
	return Tenure{SubscriptionID: g.contract.id, PartnerID: g.partner, On: g.due}
}
