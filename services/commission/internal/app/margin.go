package app

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errPartnerChanged refuses a sale on a day when the relationship has ended.
var errPartnerChanged = fault.New("PARTNER_CHANGED", "the subscription's partner of record is another one by now")

// Question asks for the margin of a sale: of an existing relationship, or of a
// new one by partner, family and segment. No date means today.
type Question struct {
	PartnerID, FamilyID, Segment string
	RelationshipID               string
	Net                          money.Amount
	On                           calendar.Date
	Billing                      margin.Billing
	Months                       int
}

// CalculateMargin answers a question without any effect. It asks nobody when
// cards and terms were looked at within the last seconds; only a relationship
// is read from the database, where the wall between partners stands.
func (a *App) CalculateMargin(ctx context.Context, q Question) (*records.Calculation, error) {
	held, err := a.heldBy(ctx, []Question{q})
	if err != nil {
		return nil, err
	}
	return a.calculate(ctx, &q, held)
}

// Answer is the answer to one question of many: a calculation or an error.
type Answer struct {
	Calculation *records.Calculation
	Err         error
}

// BatchCalculateMargin answers each question on its own.
func (a *App) BatchCalculateMargin(ctx context.Context, questions []Question) ([]Answer, error) {
	held, err := a.heldBy(ctx, questions)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(questions))
	for i := range questions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		answers[i].Calculation, answers[i].Err = a.calculate(ctx, &questions[i], held)
	}
	return answers, nil
}

// heldBy reads the relationships that questions name, all at once.
func (a *App) heldBy(ctx context.Context, questions []Question) (map[string]records.Relationship, error) {
	var ids []string
	for i := range questions {
		if id := questions[i].RelationshipID; id != "" {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return nil, nil
	}
	var held map[string]records.Relationship
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		held, err = tx.RelationshipsByID(ctx, ids)
		return err
	})
	return held, err
}

func (a *App) calculate(ctx context.Context, q *Question, held map[string]records.Relationship) (*records.Calculation, error) {
	if q.On.IsZero() {
		q.On = a.today()
	}
	sale := margin.Sale{Net: q.Net, Start: q.On, Months: q.Months, Billing: q.Billing}
	answer := &records.Calculation{}
	var err error
	if q.RelationshipID != "" {
		err = a.priceByLock(ctx, q, held[q.RelationshipID], &sale, answer)
	} else {
		err = a.priceByCard(ctx, q, &sale, answer)
	}
	if err != nil {
		return nil, err
	}
	answer.Calculation, err = margin.Calculate(sale)
	return answer, err
}

// priceByCard finds the partner, rate and mode of a new sale.
func (a *App) priceByCard(ctx context.Context, q *Question, sale *margin.Sale, answer *records.Calculation) (err error) {
	if answer.PartnerID, err = caller.Seller(ctx, q.PartnerID); err != nil {
		return err
	}
	terms, err := a.mayMargin(ctx, sellerOn{answer.PartnerID, q.On})
	if err != nil {
		return err
	}
	sale.Mode = terms.Mode
	sale.Rate, err = a.offer(ctx, q, terms)
	return err
}

// priceByLock takes the rate and mode of an existing relationship; r is the zero
// value where there is none.
func (a *App) priceByLock(ctx context.Context, q *Question, r records.Relationship, sale *margin.Sale, answer *records.Calculation) (err error) {
	if r.ID == "" || q.PartnerID != "" && q.PartnerID != r.PartnerID {
		return records.ErrNoRelationship.On("relationship_id")
	}
	if err := runsOn(r.Relationship, q.On); err != nil {
		return err
	}
	if _, err := a.mayMargin(ctx, sellerOn{r.PartnerID, q.On}); err != nil {
		return err
	}
	answer.PartnerID, answer.SubscriptionID, answer.RelationshipID = r.PartnerID, r.SubscriptionID, r.ID
	sale.Mode = r.Mode
	sale.Rate, err = r.RateOn(q.On)
	return err
}

// runsOn refuses days outside of a relationship.
func runsOn(r margin.Relationship, on calendar.Date) error {
	switch {
	case on.Before(r.From):
		return calendar.ErrDateInvalid.Because(
			fmt.Sprintf("relationship %s begins on %s; %s is earlier", r.ID, r.From, on), "from_date", r.From.String()).On("on_date")
	case !r.Until.IsZero() && !on.Before(r.Until):
		return errPartnerChanged.Because(
			fmt.Sprintf("relationship %s ended on %s; sales from that day on are not its own", r.ID, r.Until), "until_date", r.Until.String()).On("on_date")
	}
	return nil
}

// mayMargin returns the terms of a partner that may sell on the day.
func (a *App) mayMargin(ctx context.Context, of sellerOn) (selling.Terms, error) {
	terms, err := a.terms.Get(ctx, of)
	if refusal, ok := fault.Of(err); ok && refusal.Is(selling.ErrNoPartner) {
		return terms, selling.ErrNoPartner.On("partner_id")
	}
	if err != nil {
		return terms, err
	}
	return terms, terms.Check(of.on)
}

// offer is the rate of a new relationship: that of the card in force on the
// day. The vendor's own sales earn none, whatever the card says.
func (a *App) offer(ctx context.Context, q *Question, terms selling.Terms) (margin.Rate, error) {
	if err := a.checkKind(ctx, q); err != nil {
		return margin.Rate{}, err
	}
	if terms.IsDirect() {
		return margin.Rate{LockedOn: q.On}, nil
	}
	approved, err := a.cards.Get(ctx, struct{}{})
	if err != nil {
		return margin.Rate{}, err
	}
	return offered(approved, terms.Type, q)
}

func offered(approved []margin.RateCard, partnerType string, q *Question) (margin.Rate, error) {
	card, err := margin.InForce(approved, q.On)
	if err != nil {
		return margin.Rate{}, err
	}
	rule, err := card.RateFor(partnerType, q.FamilyID, q.Segment)
	return card.Offer(rule), err
}

// checkKind refuses a new sale that does not say what is sold to whom.
func (a *App) checkKind(ctx context.Context, q *Question) error {
	switch {
	case q.FamilyID == "":
		return rpcerr.RequestInvalid.Because("say which product family is sold, or name a relationship").On("family_id")
	case q.Segment == "":
		return rpcerr.RequestInvalid.Because("say which segment the customer belongs to, or name a relationship").On("segment")
	}
	known, err := a.families.Get(ctx, struct{}{})
	if err != nil {
		return err
	}
	return checkFamily(known, q.FamilyID, "family_id")
}

// loadCards reads the approved rate cards.
func (a *App) loadCards(ctx context.Context, _ struct{}) ([]margin.RateCard, error) {
	var approved []margin.RateCard
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		approved, err = tx.ApprovedRateCards(ctx)
		return err
	})
	return approved, err
}

// GetCalculation returns a stored calculation, or records.ErrNoCalculation.
func (a *App) GetCalculation(ctx context.Context, id string) (records.Calculation, error) {
	var found records.Calculation
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Calculation(ctx, id)
		return err
	})
	return found, err
}

// CompareCalculations returns what differs between two stored calculations.
func (a *App) CompareCalculations(ctx context.Context, left, right string) ([]records.Difference, error) {
	var one, other records.Calculation
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if one, err = tx.Calculation(ctx, left); err != nil {
			return err
		}
		other, err = tx.Calculation(ctx, right)
		return err
	})
	return records.Compare(one.Calculation, other.Calculation), err
}
