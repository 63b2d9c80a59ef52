package margin

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of rate cards.
var (
	ErrRateNotFound  = fault.New("RATE_NOT_FOUND", "the rate card has no rate for this sale")
	ErrPolicyMissing = fault.New("POLICY_MISSING", "no rate card is in force on this date")
	ErrRuleRepeated  = fault.New("REQUEST_INVALID", "the rate card has two rules for the same sales")
)

// RateCard is a version of the vendor's margin rates, in force from its
// effective date until that of the next version.
type RateCard struct {
	ID            string        `json:"id"`
	EffectiveFrom calendar.Date `json:"effective_from"`
	Rules         []Rule        `json:"rules"`
}

// Rule gives the rate of the sales that it matches: by partners of a type, of
// a product family, to customers of a segment. An empty field matches any.
type Rule struct {
	PartnerType string    `json:"partner_type,omitempty"`
	Family      string    `json:"family,omitempty"`
	Segment     string    `json:"segment,omitempty"`
	Rate        money.Bps `json:"rate"`
}

// RateFor returns the most specific rule for a sale: one that names the
// partner's type goes before any that does not, then one that names the
// family, then one that names the segment. It returns ErrRateNotFound if none
// matches.
func (c RateCard) RateFor(partnerType, family, segment string) (Rule, error) {
	best, found := Rule{}, -1
	for _, rule := range c.Rules {
		if rule.matches(partnerType, family, segment) && rule.precedence() > found {
			best, found = rule, rule.precedence()
		}
	}
	if found < 0 {
		return Rule{}, ErrRateNotFound.Because(
			fmt.Sprintf("rate card %s has no rate for partners of type %s selling family %s to segment %s; channel operations must add a rule",
				c.ID, partnerType, family, segment),
			"rate_card_id", c.ID, "partner_type", partnerType, "family_id", family, "segment", segment)
	}
	return best, nil
}

func (r Rule) matches(partnerType, family, segment string) bool {
	return (r.PartnerType == "" || r.PartnerType == partnerType) &&
		(r.Family == "" || r.Family == family) &&
		(r.Segment == "" || r.Segment == segment)
}

// precedence orders rules lexicographically by partner type, family, segment.
func (r Rule) precedence() int {
	rank := 0
	for _, named := range [...]bool{r.PartnerType != "", r.Family != "", r.Segment != ""} {
		rank *= 2
		if named {
			rank++
		}
	}
	return rank
}

// Check returns MARGIN_BPS_OUT_OF_RANGE or ErrRuleRepeated for a card that
// could not be applied, naming the rule at fault.
func (c RateCard) Check() error {
	seen := make(map[Rule]int, len(c.Rules))
	for i, rule := range c.Rules {
		field := fmt.Sprintf("rates[%d]", i)
		if err := money.CheckBps(rule.Rate); err != nil {
			return onField(err, field+".margin_bps")
		}
		rule.Rate = 0
		if first, repeated := seen[rule]; repeated {
			return ErrRuleRepeated.Because(
				fmt.Sprintf("rates %d and %d name the same partner type, family and segment; keep one of them", first, i)).On(field)
		}
		seen[rule] = i
	}
	return nil
}

// InForce returns the card in force on a day: the one with the latest
// effective date that is not later. It returns ErrPolicyMissing before the
// first.
func InForce(cards []RateCard, on calendar.Date) (RateCard, error) {
	best, found := RateCard{}, false
	for _, card := range cards {
		if !card.EffectiveFrom.After(on) && (!found || card.EffectiveFrom.After(best.EffectiveFrom)) {
			best, found = card, true
		}
	}
	if !found {
		return RateCard{}, ErrPolicyMissing.Because(
			fmt.Sprintf("no rate card is in force on %s; channel operations must approve one", on), "date", on.String())
	}
	return best, nil
}

// onField names the request field at fault in a refusal of the value types.
func onField(err error, field string) error {
	if refusal, ok := fault.Of(err); ok {
		return refusal.On(field)
	}
	return err
}
