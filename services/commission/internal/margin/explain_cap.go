package margin

import "github.com/holdfast-channel/holdfast/services/platform/money"

// explainCap tells by which clause and for which facts the rate is capped,
// until when, and what can be done about it. It says nothing of anybody else.
func explainCap(e *explanation, s *Sale, c *Calculation) {
	limit := s.Rate.Cap
	if limit == nil {
		return
	}
	because := limit.because()
	step := e.step(RuleCap, because.Clause)
	step.PolicyVersion = limit.CodeVersionID
	step.RateBefore, step.RateAfter = e.rate(c.Locked), e.rate(c.Effective)
	step.Inputs = e.inputsAnd(because.Facts, "agreed_bps", c.Locked, "cap_bps", limit.Rate, "until_date", limit.Until, "appeal_by_date", limit.AppealBy,
		"ground", because.Ground, "case_state", string(because.State))
	if !limit.Live(s.running().Start) {
		step.Sentence = e.text("The cap of ", limit.Rate, " ended for terms that start on ", limit.Until, " or later, so the agreed rate holds in full.")
		return
	}
	c.Cap = e.rate(limit.Rate)
	if limit.Rate >= c.Locked {
		step.Sentence = e.text("A cap of ", limit.Rate, " is in force, but the agreed rate is not above it.")
		return
	}
	uncapped, err := c.Net.Portion(c.Locked)
	if err == nil {
		step.AmountBefore, step.AmountAfter = uncapped, c.Margin
	}
	until := "until it is lifted"
	if !limit.Until.IsZero() {
		until = e.text("for terms that start before ", limit.Until)
	}
	remedy := limit.remedy(e, money.Amount{Minor: uncapped.Minor - c.Margin.Minor, Currency: c.Net.Currency})
	step.Sentence = e.text("The rate is capped at ", limit.Rate, " ", until, ", because ", clause(because.Sentence), "; ", remedy)
}

// because is what the verdict found, as far as it is known.
func (c *Cap) because() Because {
	b := Because{Sentence: "the customer moved inside its protected window and no exemption is on record"}
	if c.Because != nil {
		b = *c.Because
	}
	if b.Clause == "" {
		b.Clause = EthicalEcosystem
	}
	return b
}

// remedy is what the partner may do about the cap, or waits for.
func (c *Cap) remedy(e *explanation, difference money.Amount) string {
	switch c.state() {
	case Appealed:
		return e.text("an appeal is running, and the difference of ", difference, " is held until it is decided.")
	case UnderReview:
		return e.text("a claimed exemption is under review, and the difference of ", difference, " is held until it is decided.")
	case Final:
		return "this is final."
	}
	switch {
	case c.AppealBy.IsZero() && c.Because != nil:
		return "no appeal is open."
	case c.AppealBy.IsZero():
		return "you may appeal once, and another person decides."
	}
	return e.text("you may appeal once, until ", c.AppealBy, ", and another person decides.")
}

// explainWithheld tells what is held of the margin while a review or an appeal
// runs.
func explainWithheld(e *explanation, s *Sale, c *Calculation) {
	if c.Cap == nil || !s.Rate.Cap.Held() {
		return
	}
	w, err := c.Withheld(*c.Cap)
	if err != nil || w.Amount.IsZero() {
		return
	}
	step := e.step(RuleWithheld, EthicalEcosystem)
	step.PolicyVersion = s.Rate.Cap.CodeVersionID
	step.AmountBefore, step.AmountAfter = w.Agreed, w.Capped
	step.Inputs = e.inputs("agreed_margin", w.Agreed, "capped_margin", w.Capped, "withheld", w.Amount)
	step.Sentence = e.text("The margin at the agreed rate would be ", w.Agreed, "; the difference of ", w.Amount,
		" is held, and becomes yours if the verdict becomes clean.")
}
