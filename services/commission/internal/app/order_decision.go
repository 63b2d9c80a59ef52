package app

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// conduct is what a verdict makes of an order: a cap, and a reward or why there
// is none.
type conduct struct {
	limit    *margin.Cap // nil if nothing caps it
	reward   *margin.Reward
	noReward margin.NoReward
}

// evaluated is the conduct as partner evaluated it.
func (g orderGrounds) evaluated() (conduct, error) {
	verdict := g.evaluation.GetVerdict()
	if verdict.GetOutcome() == partnerv1.Outcome_OUTCOME_POACHED {
		limit, err := g.capBy(verdict)
		return conduct{limit: limit, noReward: g.without(margin.Poached)}, err
	}
	registration := g.evaluation.GetDealRegistration()
	switch {
	case registration == nil:
		return conduct{noReward: g.without("")}, nil
	case !g.evaluation.GetNewBusiness():
		return conduct{noReward: g.without(margin.NotNewBusiness)}, nil
	case g.terms.IsDirect():
		return conduct{}, nil
	}
	return conduct{reward: &margin.Reward{
		Rate: money.Bps(g.evaluation.GetRewardBps()), RegistrationID: registration.GetDealRegistrationId(), CodeVersionID: verdict.GetCodeVersionId(),
	}}, nil
}

// without is why there is no reward. That the order names no registration comes
// first, as it says nothing of the customer; the vendor itself needs no reason.
func (g orderGrounds) without(why margin.NoReward) margin.NoReward {
	switch {
	case g.terms.IsDirect():
		return ""
	case g.wish.DealRegistrationID == "":
		return margin.NoRegistration
	}
	return why
}

// capBy is the cap that a verdict sets, as the case that will be opened of it
// is going to tell.
func (g orderGrounds) capBy(verdict *partnerv1.Verdict) (*margin.Cap, error) {
	appealBy := ""
	if made, err := calendar.ParseDate(verdict.GetFactsDate()); err == nil {
		appealBy = made.AddDays(int(g.evaluation.GetAppealDays())).String()
	}
	read, err := verdictOf(&partnerv1.Case{
		Verdict: verdict, State: partnerv1.CaseState_CASE_STATE_DECIDED, AppealByDate: appealBy, EffectiveDate: g.start.String(),
	})
	return read.Cap, err
}

// ifClean and ifPoached are the two sides of a verdict that may not be shown.
// They know nothing but the order and the code of practice.
func (g orderGrounds) ifClean() conduct { return conduct{noReward: g.without("")} }

func (g orderGrounds) ifPoached() conduct {
	return conduct{limit: g.code.CapFrom(g.start), noReward: g.without(margin.Poached)}
}

// known is the grounds of a submission: of a customer that the vendor knows,
// its word counts and not the order's.
func (g orderGrounds) known() orderGrounds {
	if g.customer != nil {
		g.buyer = known(g.customer)
	}
	return g
}

// outcome is what the order books.
func (g orderGrounds) outcome() (records.Calculation, error) {
	c, err := g.evaluated()
	if err != nil {
		return records.Calculation{}, err
	}
	return g.calculate(c)
}

// calculate prices the order under a conduct.
func (g orderGrounds) calculate(c conduct) (records.Calculation, error) {
	rate, err := g.rate()
	if err != nil {
		return records.Calculation{}, err
	}
	rate.Cap = c.limit
	sale := margin.Sale{
		Seats: g.wish.Seats, UnitPrice: g.price, Uplift: g.uplift, Anchor: g.start, Start: g.start, Months: g.wish.Months, End: g.wish.Coterm,
		Billing: g.wish.Billing, Mode: g.terms.Mode, Rate: rate, Reward: c.reward, NoReward: c.noReward,
	}
	calculation, err := margin.Calculate(sale)
	return records.Calculation{Calculation: calculation, PartnerID: g.partner}, inOrder(err)
}

// rate is that of the card in force on the day of the order. The vendor's own
// sales earn none.
func (g orderGrounds) rate() (margin.Rate, error) {
	if g.terms.IsDirect() {
		return margin.Rate{LockedOn: g.today}, nil
	}
	rate, err := offered(g.cards, g.terms.Type, &Question{On: g.today, FamilyID: g.familyID, Segment: g.buyer.segment})
	rate.OfferedOn = g.today
	return rate, err
}

// checkPreview returns PREVIEW_STALE for a calculation that was not previewed.
// Who may not see the verdict has previewed both, and orders knowing both: the
// refusal of one would tell the verdict without an order.
func (g orderGrounds) checkPreview(c records.Calculation) error {
	expected := g.wish.ExpectedFingerprint
	if expected == "" || expected == c.Fingerprint {
		return nil
	}
	if g.visible {
		return renewal.CheckPreview(expected, c.Fingerprint)
	}
	poached, err := g.calculate(g.ifPoached())
	if err != nil || expected == poached.Fingerprint {
		return err
	}
	clean, err := g.calculate(g.ifClean())
	if err != nil {
		return err
	}
	return renewal.CheckPreview(expected, clean.Fingerprint)
}

// order is what the submission keeps of the order.
func (g orderGrounds) order() (*records.Order, error) {
	rate, err := g.rate()
	if err != nil {
		return nil, err
	}
	c, err := g.evaluated()
	if err != nil {
		return nil, err
	}
	verdict, err := protojson.Marshal(g.evaluation.GetVerdict())
	if err != nil {
		return nil, fmt.Errorf("verdict about an order for %s: %w", g.domain, err)
	}
	order := &records.Order{
		CustomerID: g.customer.GetCustomerId(), Domain: g.domain, ProductID: g.wish.ProductID, FamilyID: g.familyID, Uplift: g.uplift,
		DealRegistrationID: g.wish.DealRegistrationID, OrderedOn: g.today,
		Lock: margin.Lock{Rate: rate.Locked, On: g.today, RateCardID: rate.RateCardID}, Cap: c.limit, Verdict: verdict,
	}
	if g.customer == nil {
		order.Customer = g.wish.Customer
	}
	return order, nil
}
