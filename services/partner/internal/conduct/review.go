package conduct

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Release returns c after the incumbent has let the customer go: the verdict is
// CLEAN for good, however late it comes. Letting go twice changes nothing. A
// partner that is itself capped can't let the customer go: it would only hand
// it to an accomplice.
func (c Case) Release(d Deed) (Case, error) {
	if c.Released {
		return c, nil
	}
	if c.Incumbent == "" || d.Side != Incumbent {
		return Case{}, ErrStateInvalid.Because("only the partner that the customer leaves can let it go")
	}
	if (inquiry{facts: c.Facts, held: c.about()}).capped() {
		return Case{}, ErrStateInvalid.Because("your own margin on this customer is capped, so letting it go lifts no cap")
	}
	c.Released, c.WaiverProposer = true, ""
	if c.Verdict.Outcome == Poached {
		c = c.turn(Clean, letGo.answer(inquiry{facts: c.Facts}, true))
	}
	return c.final().done(Release, d), nil
}

// Contest returns c after the incumbent has contested the claimed exemption, or
// ErrStateInvalid where none waits to be decided, ErrContestClosed,
// ErrTextRequired.
func (c Case) Contest(d Deed) (Case, error) {
	switch {
	case strings.TrimSpace(d.Text) == "":
		return Case{}, ErrTextRequired.Because("say why the exemption does not hold").On("reason_text")
	case c.State != UnderReview || d.Side != Incumbent:
		return Case{}, ErrStateInvalid.Because("no claimed exemption waits for a decision here; there is nothing to contest", "state", string(c.On(d.Today)))
	case c.Contested:
		return Case{}, ErrStateInvalid.Because("the exemption has been contested already")
	case d.Today.After(c.ContestBy):
		return Case{}, ErrContestClosed.Because(
			fmt.Sprintf("the exemption could be contested until %s", c.ContestBy), "contest_by_date", c.ContestBy.String())
	}
	c.Contested = true
	return c.done(Contest, d), nil
}

// Ruled is the deed of deciding something for or against.
type Ruled struct {
	Deed
	Grant bool
}

// Decide returns c after channel operations have decided the claim, or
// ErrStateInvalid unless it is under review, or while the incumbent may still
// contest and has not.
func (c Case) Decide(r Ruled) (Case, error) {
	switch {
	case strings.TrimSpace(r.Text) == "":
		return Case{}, ErrTextRequired.Because("say why; both sides read it").On("reason_text")
	case c.State != UnderReview:
		return Case{}, c.notIn(r.Today, UnderReview)
	case !c.Contested && !r.Today.After(c.ContestBy):
		return Case{}, ErrStateInvalid.Because(
			fmt.Sprintf("the incumbent may contest until %s; decide after that day", c.ContestBy), "contest_by_date", c.ContestBy.String())
	}
	c.Verdict = c.ruled(r.Grant)
	c.Reviewer = r.By
	return c.decided(r.Deed).done(Review, r.Deed), nil
}

// ruled is the verdict with the finding that waited replaced by what came of it.
func (c Case) ruled(grant bool) Verdict {
	v := c.Verdict
	i := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Ground == ExemptionPending })
	answered := inquiry{facts: c.Facts}
	if grant {
		v.Findings = append(v.Findings[:i:i], granted[c.Facts.Claim].answer(answered, true))
		v.Findings[i].Decisive = true
		v.Outcome, v.Cap = Clean, Cap{}
		return v
	}
	v.Findings = slices.Clone(v.Findings)
	v.Findings[i] = exemptionRefused.answer(answered, true)
	return v
}

// turn returns c with another outcome and the finding that it rests on, which
// replaces an earlier answer to the same question and what followed from it.
func (c Case) turn(to Outcome, because Finding) Case {
	v := c.Verdict
	if i := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Ground == because.Ground }); i >= 0 {
		v.Findings = v.Findings[:i]
	}
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		v.Findings[i].Decisive = false
	}
	because.Decisive = true
	v.Outcome, v.Findings, v.Cap = to, append(v.Findings, because), Cap{}
	if to == Poached {
		v.Cap = c.Cap
	}
	c.Verdict = v
	return c
}

func (c Case) notIn(today calendar.Date, required ...State) error {
	names := make([]string, len(required))
	for i, s := range required {
		names[i] = string(s)
	}
	state, wanted := string(c.On(today)), strings.Join(names, " or ")
	return ErrStateInvalid.Because(
		fmt.Sprintf("the case is %s; it would have to be %s", state, wanted), "state", state, "required_state", wanted)
}

// about is the held subscription that a transfer moves.
func (c Case) about() Held {
	for _, h := range c.Facts.Held {
		if h.Subscription == c.Subscription {
			return h
		}
	}
	return Held{}
}
