package margin

import "github.com/holdfast-channel/holdfast/services/platform/money"

// explain writes the steps and the fingerprint of a finished calculation.
func explain(s *Sale, c *Calculation, years []year, reward Rewarded) {
	e := newExplanation(s)
	if !s.netGiven() {
		explainPrice(e, s)
		explainSeats(e, s)
	}
	sold := s.sold() > 0 // or seats fall away, and no money moves
	if sold {
		explainTerm(e, s, c, years)
	}
	explainLock(e, s)
	explainRaise(e, s)
	explainCap(e, s, c)
	if sold {
		explainMargin(e, c)
		explainWithheld(e, s, c)
		explainInstalments(e, c)
		explainReward(e, s, c, reward)
		explainSettlement(e, c)
	}
	c.Steps = e.steps
	c.Fingerprint = e.text(fingerprint(s, c))
}

func explainPrice(e *explanation, s *Sale) {
	if s.OldUnitPrice.Currency == "" {
		return
	}
	step := e.step(RulePrice, PredictableRevenue)
	step.AmountBefore, step.AmountAfter = s.OldUnitPrice, s.UnitPrice
	step.Inputs = e.inputs("old_unit_price", s.OldUnitPrice, "uplift_bps", s.Uplift)
	uplifted, err := s.OldUnitPrice.Uplifted(s.Uplift)
	switch {
	case s.UnitPrice == s.OldUnitPrice:
		step.Sentence = e.text("The price stays at ", s.UnitPrice, " per seat and year.")
	case err == nil && s.UnitPrice == uplifted:
		step.Sentence = e.text("The contract's uplift of ", s.Uplift, " takes the price per seat and year from ",
			s.OldUnitPrice, " to ", s.UnitPrice, ".")
	default:
		step.Sentence = e.text("The price per seat and year goes from ", s.OldUnitPrice, " to ", s.UnitPrice, ".")
	}
}

func explainSeats(e *explanation, s *Sale) {
	if !s.within.Empty() {
		explainSeatChange(e, s)
		return
	}
	if s.OldSeats == 0 || s.OldSeats == s.Seats {
		return
	}
	step := e.step(RuleSeats, PredictableRevenue)
	step.Inputs = e.inputs("old_seats", s.OldSeats, "seats", s.Seats)
	if s.Seats > s.OldSeats {
		step.Sentence = e.text(s.OldSeats, " seats are renewed and ", s.Seats-s.OldSeats, " are added, at the same rate as the others.")
		return
	}
	step.Sentence = e.text(s.Seats, " of ", s.OldSeats, " seats are renewed and ", s.OldSeats-s.Seats, " fall away.")
}

func explainTerm(e *explanation, s *Sale, c *Calculation, years []year) {
	step := e.step(RuleTerm, PredictableRevenue)
	step.AmountAfter = c.Net
	if s.byDays() && !s.netGiven() {
		explainDays(e, s, c, step, years)
		return
	}
	if s.netGiven() {
		step.Inputs = e.inputs("net", c.Net, "months", s.Months)
		step.Sentence = e.text("The net price of the term is ", c.Net, ".")
		return
	}
	last := years[len(years)-1].unit
	if last == s.UnitPrice {
		step.Inputs = e.inputs("seats", s.Seats, "months", s.Months, "unit_price", s.UnitPrice, "billing", string(s.Billing),
			"term_start_date", c.Term.Start, "term_end_date", c.Term.End)
		step.Sentence = e.text(s.Seats, " seats at ", s.UnitPrice, " per seat and year for ", duration(s.Months), " come to ", c.Net, " net.")
		return
	}
	step.Inputs = e.inputs("seats", s.Seats, "months", s.Months, "unit_price", s.UnitPrice, "billing", string(s.Billing),
		"term_start_date", c.Term.Start, "term_end_date", c.Term.End, "last_unit_price", last)
	step.Sentence = e.text(s.Seats, " seats for ", duration(s.Months), ", at ", s.UnitPrice, " per seat and year, rising by ", s.Uplift,
		" a year to ", last, ", come to ", c.Net, " net.")
}

// explainDays tells how a stub, or what is added in a running term, is priced.
func explainDays(e *explanation, s *Sale, c *Calculation, step *Step, years []year) {
	until := " until the common end on "
	if !s.within.Empty() {
		until = " until the term's end on "
	}
	last := years[len(years)-1].unit
	rising := ""
	var lastPrice any = "" // left out
	if last != c.UnitPrice {
		lastPrice = last
		rising = e.text(", rising by ", s.Uplift, " a year to ", last)
	}
	days := e.text(byDays(years))
	step.Inputs = e.inputs("seats", s.sold(), "days", days, "unit_price", c.UnitPrice, "billing", string(s.Billing),
		"term_start_date", c.Term.Start, "term_end_date", c.Term.End, "last_unit_price", lastPrice)
	step.Sentence = e.text(s.sold(), " seats at ", c.UnitPrice, " per seat and year", rising, ", for the ", days, " days", until, c.Term.End,
		", come to ", c.Net, " net.")
}

func explainLock(e *explanation, s *Sale) {
	step := e.step(RuleLock, PredictableRevenue)
	step.PolicyVersion = s.Rate.RateCardID
	step.RateAfter = e.rate(s.Rate.Locked)
	if s.Rate.LockedOn.IsZero() {
		step.Inputs = e.inputs("card_bps", s.Rate.Locked, "offer_date", s.Rate.OfferedOn)
		if !s.Rate.OfferedOn.IsZero() {
			step.Sentence = e.text("The rate card in force on ", s.Rate.OfferedOn, " gives ", s.Rate.Locked, ", and this rate is locked with the order.")
			return
		}
		step.Sentence = e.text("The rate card in force gives ", s.Rate.Locked, "; the rate is locked when the relationship starts.")
		return
	}
	step.Inputs = e.inputs("locked_bps", s.Rate.Locked, "lock_date", s.Rate.LockedOn)
	step.Sentence = e.text("The rate has been locked at ", s.Rate.Locked, " since ", s.Rate.LockedOn,
		"; renewals, uplifts, seats and later rate cards do not change it.")
}

func explainRaise(e *explanation, s *Sale) {
	if s.Rate.RaisedFrom.IsZero() {
		return
	}
	step := e.step(RuleRaise, PredictableRevenue)
	step.RateBefore, step.RateAfter = e.rate(s.Rate.Locked), e.rate(s.Rate.Raised)
	step.Inputs = e.inputs("raised_bps", s.Rate.Raised, "effective_date", s.Rate.RaisedFrom)
	step.Sentence = e.text("The vendor has raised the rate to ", s.Rate.Raised, " for terms that start on ", s.Rate.RaisedFrom, " or later.")
}

func explainMargin(e *explanation, c *Calculation) {
	step := e.step(RuleMargin, PredictableRevenue)
	step.AmountBefore, step.AmountAfter = c.Net, c.Margin
	step.Inputs = e.inputs("net", c.Net, "effective_bps", c.Effective)
	step.Sentence = e.text("The margin is ", c.Effective, " of ", c.Net, ", rounded once: ", c.Margin, ".")
}

func explainInstalments(e *explanation, c *Calculation) {
	count := len(c.Instalments)
	if count == 1 {
		return
	}
	first, last := c.Instalments[0].Margin, c.Instalments[count-1].Margin
	step := e.step(RuleInstalments, PredictableRevenue)
	step.Inputs = e.inputs("count", count, "first_margin", first, "last_margin", last)
	step.AmountBefore, step.AmountAfter = c.Margin, c.Margin
	step.Sentence = e.text("The term is invoiced in ", count, " instalments, and the margin is divided among them from ", first, " to ", last,
		" so that they add up to ", c.Margin, " exactly.")
}

func explainSettlement(e *explanation, c *Calculation) {
	step := e.step(RuleSettlement, Reliability)
	step.Inputs = e.inputs("settlement_mode", string(c.Mode), "net", c.Net, "margin", c.Margin)
	if c.Mode == Resale {
		step.AmountBefore, step.AmountAfter = c.Net, c.BuyPrice
		step.Sentence = e.text("You buy at net less margin, ", c.BuyPrice, ", and set your customer's price yourself; the margin is not paid out.")
		return
	}
	step.AmountBefore, step.AmountAfter = money.Amount{Currency: c.Net.Currency}, c.Margin
	step.Sentence = e.text("The vendor invoices the customer ", c.Net, " and owes you ", c.Margin, " as the customer pays.")
}
