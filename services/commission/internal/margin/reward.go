package margin

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Reward is what the code of practice offers for genuine new business.
type Reward struct {
	Rate           money.Bps `json:"rate"`
	RegistrationID string    `json:"registration_id"` // the deal registration that earned it
	CodeVersionID  string    `json:"code_version_id"` // that sets the rate
}

// Rewarded is a reward with what it comes to: a line of its own, once, beside
// the margin and payable in both settlement modes.
type Rewarded struct {
	Reward
	Base   money.Amount `json:"base"` // the net of the first twelve months
	Amount money.Amount `json:"amount"`
}

// NoReward says why a sale is not rewarded.
type NoReward string

// Reasons for no reward.
const (
	NotNewBusiness NoReward = "NOT_NEW_BUSINESS" // the customer's group had a paid subscription lately
	NoRegistration NoReward = "NO_REGISTRATION"  // the order names no deal registration
	Poached        NoReward = "POACHED"          // the order's conduct caps its margin
)

func (s *Sale) checkReward() error {
	switch s.NoReward {
	case "", NotNewBusiness, NoRegistration, Poached:
	default:
		return ErrUnknownValue.Because(fmt.Sprintf("%.32q is not a reason for no reward", string(s.NoReward))).On("no_reward")
	}
	if s.Reward == nil {
		return nil
	}
	return onField(money.CheckBps(s.Reward.Rate), "reward_bps")
}

// noReward is why there is no reward, if the partner is to be told. A capped
// sale has none, whatever was asked.
func (s *Sale) noReward() NoReward {
	if s.NoReward == "" && s.Reward != nil && s.Rate.Cap.Live(s.running().Start) {
		return Poached
	}
	return s.NoReward
}

// reward calculates the reward and divides it among the instalments of the
// first twelve months. It is the zero value if there is none.
func (s *Sale) reward(c *Calculation, years []year) (earned Rewarded, err error) {
	if s.Reward == nil || s.noReward() != "" {
		return earned, nil
	}
	earned.Reward = *s.Reward
	if earned.Base, err = s.firstYear(c.Net, years); err != nil {
		return earned, err
	}
	if earned.Amount, err = earned.Base.Portion(earned.Rate); err != nil {
		return earned, err
	}
	first := c.Instalments[:s.inFirstYear(c.Instalments)]
	var nets [maxMonths]int64
	var parts [maxMonths]money.Amount
	amounts, err := money.AppendAllocated(parts[:0], earned.Amount, inProportion(nets[:0], first))
	if err != nil {
		return earned, err
	}
	for i := range first {
		first[i].Reward = amounts[i]
	}
	return earned, nil
}

// firstYear is the net of the first twelve months, or of a shorter term.
func (s *Sale) firstYear(net money.Amount, years []year) (money.Amount, error) {
	switch {
	case s.Months <= monthsAYear && len(years) <= 1:
		return net, nil
	case !s.netGiven():
		return seatsFor(years[0].unit, s.Seats, monthsAYear)
	case s.byDays():
		return net.MulDiv(int64(years[0].of), int64(s.running().Days()))
	}
	return net.MulDiv(monthsAYear, int64(s.Months))
}

// inFirstYear counts the instalments that pay for the first twelve months.
func (s *Sale) inFirstYear(list []Instalment) int {
	if s.Billing != Monthly {
		return 1
	}
	return min(len(list), monthsAYear)
}

func explainReward(e *explanation, s *Sale, c *Calculation, earned Rewarded) {
	if s.Reward == nil && s.NoReward == "" {
		return
	}
	step := e.step(RuleReward, NewBusiness)
	if s.Reward != nil {
		step.PolicyVersion = s.Reward.CodeVersionID
	}
	if why := s.noReward(); why != "" {
		step.Inputs = e.inputs("no_reward", string(why))
		step.Sentence = why.sentence()
		return
	}
	e.block.reward = earned
	c.Reward = &e.block.reward
	step.RateAfter = e.rate(earned.Rate)
	step.AmountBefore, step.AmountAfter = earned.Base, earned.Amount
	step.Inputs = e.inputs("base", earned.Base, "reward_bps", earned.Rate, "reward", earned.Amount, "deal_registration_id", earned.RegistrationID)
	of := ", the net of the first twelve months"
	if earned.Base == c.Net {
		of = ", the net of the term"
	}
	step.Sentence = e.text("This is new business under an approved registration: beside the margin it is rewarded once with ", earned.Rate, " of ",
		earned.Base, of, ", which is ", earned.Amount, ".")
}

func (n NoReward) sentence() string {
	switch n {
	case NotNewBusiness:
		return "There is no new-business reward, because the customer's group is not new: it has had a paid subscription within the time that the code of practice sets."
	case NoRegistration:
		return "There is no new-business reward, because the order names no deal registration that was approved before it."
	}
	return "There is no new-business reward, because the margin is capped."
}
