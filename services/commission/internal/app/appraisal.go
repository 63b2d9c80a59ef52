package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

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

// appraisal is all that a decision about a renewal rests on.
type appraisal struct {
	grounds
	offer   Offer
	renewal records.Renewal
	held    []records.Relationship // all of the subscription that the caller may see
	// expected is used where no relationship is stored; nil if there must be one.
	expected *records.Relationship
	// quote reads the quote that the offer names; whoever books it locks it.
	quote func(context.Context, string) (records.Quote, error)
}

// decide says what the offer would book, or why nothing. Preview, quote
// and submission all come here.
func (d appraisal) decide(ctx context.Context) (records.Calculation, *records.Quote, error) {
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
	calculation, err := d.price()
	if err != nil {
		return calculation, nil, err
	}
	return calculation, nil, renewal.CheckPreview(d.offer.ExpectedFingerprint, calculation.Fingerprint)
}

// accept returns what a quote froze: price, term and seats. Its margin too,
// unless a cap came or went since.
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
	calculation, err := d.requoted(quote)
	if err != nil {
		return records.Calculation{}, nil, err
	}
	return calculation, &quote, renewal.CheckPreview(d.offer.ExpectedFingerprint, calculation.Fingerprint)
}

// requoted returns the quote's calculation while the relationship's cap is the
// one that it was made under, and one of its own, which has no id yet, if not.
func (d appraisal) requoted(quote records.Quote) (records.Calculation, error) {
	relationship, err := d.relationship(d.held, d.expected)
	if err != nil {
		return records.Calculation{}, err
	}
	if limit := relationship.Cap.On(d.due); limit == nil && quote.Calculation.Cap == nil ||
		limit != nil && quote.Calculation.Cap != nil && *limit == *quote.Calculation.Cap {
		return quote.Calculation, nil
	}
	term, there := d.contract.Ending(d.due)
	if !there {
		return records.Calculation{}, records.ErrNoRenewal
	}
	rate, err := relationship.RateOn(d.due)
	if err != nil {
		return records.Calculation{}, err
	}
	quoted := quote.Calculation
	wish := renewal.Wish{Months: quoted.Months, Seats: quoted.Seats, Billing: quoted.Billing}
	if quoted.Months == 0 {
		wish.End = quoted.Term.End
	}
	sale, err := d.contract.Renewed(term).Sale(wish, relationship.Mode, rate)
	if err != nil {
		return records.Calculation{}, err
	}
	sale.UnitPrice, sale.OldSeats = quoted.UnitPrice, quoted.SeatsBefore()
	again, err := margin.Requote(sale, quoted.Calculation)
	return records.Calculation{
		Calculation: again, PartnerID: d.partner, SubscriptionID: d.contract.ID, RelationshipID: relationship.ID,
	}, err
}

// price calculates the wish at the rate of the relationship on the new term's
// first day.
func (d appraisal) price() (records.Calculation, error) {
	term, there := d.contract.Ending(d.due)
	if !there {
		return records.Calculation{}, records.ErrNoRenewal
	}
	relationship, err := d.relationship(d.held, d.expected)
	if err != nil {
		return records.Calculation{}, err
	}
	rate, err := relationship.RateOn(d.due)
	if err != nil {
		return records.Calculation{}, err
	}
	sale, err := d.contract.Renewed(term).Sale(d.offer.Wish, relationship.Mode, rate)
	if err != nil {
		return records.Calculation{}, err
	}
	calculation, err := margin.Calculate(sale)
	return records.Calculation{
		Calculation: calculation, PartnerID: d.partner, SubscriptionID: d.contract.ID, RelationshipID: relationship.ID,
	}, err
}

// relationship returns the relationship of the selling partner on the day among
// those that are held, or else the expected one. Of one whose case is not over
// the latest word must have been asked for.
func (g grounds) relationship(held []records.Relationship, expected *records.Relationship) (records.Relationship, error) {
	for _, r := range held {
		switch {
		case r.PartnerID != g.partner || runsOn(r.Relationship, g.due) != nil || stale(g.contract.TenureOn(g.due), r):
		case r.Case.Open() && !g.fresh[r.ID]:
			return r, caseUnread{r}
		default:
			return r, nil
		}
	}
	if expected != nil {
		return *expected, nil
	}
	return records.Relationship{}, errRelationshipMissing
}
