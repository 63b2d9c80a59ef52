package conduct

import (
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// Open returns a new case with its verdict. It is UNDER_REVIEW while a claim
// decides, DECIDED where somebody can appeal, and FINAL otherwise.
func Open(o Opening) (Case, error) {
	computed, err := Evaluate(o.Facts, o.Policy)
	if err != nil {
		return Case{}, err
	}
	c := Case{
		ID: o.ID, Transfer: o.Transfer, Submission: o.Submission, Subscription: o.Subscription,
		Partner: o.Facts.Partner, Incumbent: computed.Incumbent, Effective: o.Facts.Effective, Facts: o.Facts,
		Verdict: computed, Cap: o.Policy.Cap(o.Facts.Effective), AppealDays: int(o.Policy.AppealDays),
		CreateTime: o.At,
	}
	if o.Verdict != nil {
		c.Verdict = *o.Verdict
		c.Verdict.Incumbent = computed.Incumbent
	}
	if c.Verdict.Outcome == Poached {
		c.Cap = c.Verdict.Cap
	}
	if c.Verdict.Pending() {
		c.State, c.ContestBy = UnderReview, o.Policy.WorkingDaysAfter(o.Today, o.Policy.ContestWorkingDays)
	} else {
		c = c.decided(Deed{Today: o.Today})
	}
	return c.done(Computed, Deed{At: o.At}), nil
}

// decided returns c as a verdict leaves it that the losing side may appeal
// against, if it is a partner.
func (c Case) decided(d Deed) Case {
	c.State, c.AppealBy = Decided, d.Today.AddDays(c.AppealDays)
	if loser := c.loser(); loser == "" || loser == partners.Direct {
		return c.final()
	}
	return c
}

// final returns c as nobody can change it by an appeal any more.
func (c Case) final() Case {
	c.State = Final
	return c
}

// loser is the partner that the verdict went against.
func (c Case) loser() partners.ID {
	if c.Verdict.Outcome == Poached {
		return c.Partner
	}
	return c.Incumbent
}

// done returns c with one thing more that was done.
func (c Case) done(kind Kind, d Deed) Case {
	c.Decisions = append(c.Decisions[:len(c.Decisions):len(c.Decisions)], Decision{
		Kind: kind, Outcome: c.Shown().Outcome, Actor: d.By, Side: d.Side, Text: d.Text, At: d.At,
	})
	c.Revision++
	return c
}
