package earnings

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// reward returns what an instalment earns of the reward. It rests on the part of
// the instalment that pays for the first twelve months, which credits reach last.
func (s *Source) reward(number int, amount int64) (Earning, bool, error) {
	booked := s.Calculation.Reward
	if booked == nil {
		return Earning{}, false, nil
	}
	whole, err := s.Instalment(number)
	if err != nil || whole.Reward.Minor == 0 {
		return Earning{}, false, err
	}
	base := min(whole.Net.Minor, booked.Base.Minor-s.basedBefore(number))
	span := money.Amount{Minor: amount, Currency: s.Currency()}
	if span, err = span.MulDiv(base, whole.Net.Minor); err != nil {
		return Earning{}, false, err
	}
	e := Earning{
		Kind: Reward, PartnerID: s.PartnerID, RelationshipID: s.RelationshipID, Mode: s.Calculation.Mode, Rate: booked.Rate, Net: base, Start: whole.Start,
	}
	e.Claim.Earned, e.Claim.Span = whole.Reward.Minor, span.Minor
	if w, there := s.withholding(records.RewardSource(s.ID)); there && !w.Amount().IsZero() {
		switch w.State {
		case records.Held:
			e.Claim.Earned, e.Claim.Held = 0, whole.Reward.Minor
		case records.Kept:
			e.Claim.Earned = 0
		}
	}
	return e, true, nil
}

// basedBefore is what earlier instalments have paid for of the first twelve
// months.
func (s *Source) basedBefore(number int) (sum int64) {
	for _, i := range s.Calculation.Instalments {
		if i.Number < number {
			sum += i.Net.Minor
		}
	}
	return min(sum, s.Calculation.Reward.Base.Minor)
}
