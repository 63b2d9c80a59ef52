package margin

// RuleQuote is the rule of the step that a quote adds to an explanation.
const RuleQuote = "quote"

// Requote returns the calculation of a sale that a quote has fixed at an earlier
// rate. A quote binds price, term and seats; a cap that came or went since
// changes the margin all the same, and a step says so.
func Requote(s Sale, quoted Calculation) (Calculation, error) {
	c, err := Calculate(s)
	if err != nil || c.Effective == quoted.Effective {
		return c, err
	}
	e := newExplanation(&s)
	step := e.step(RuleQuote, EthicalEcosystem)
	step.Number = len(c.Steps) + 1
	step.RateBefore, step.RateAfter = e.rate(quoted.Effective), e.rate(c.Effective)
	step.AmountBefore, step.AmountAfter = quoted.Margin, c.Margin
	step.Inputs = e.inputs("quoted_margin", quoted.Margin, "margin", c.Margin, "net", c.Net)
	what := "a cap has come into force"
	if c.Effective > quoted.Effective {
		what = "a cap has been lifted"
	}
	step.Sentence = e.text("The quote binds price, term and seats, so the net stays at ", c.Net, "; ", what,
		" since it was made, and the margin is ", c.Margin, " instead of ", quoted.Margin, ".")
	c.Steps = append(c.Steps, *step)
	return c, nil
}

// SeatsBefore returns the seats that a renewal began from.
func (c Calculation) SeatsBefore() (seats int64) {
	for _, line := range c.Lines {
		if line.Kind == Renewed || line.Kind == Contracted {
			seats += line.Seats
		}
	}
	return seats
}
