package conduct

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// Appeal returns c after the side that the verdict went against has appealed, or
// ErrStateInvalid where that is not the caller's or nothing is decided or it is
// decided for good, ErrAppealClosed, ErrTextRequired.
func (c Case) Appeal(d Deed) (Case, error) {
	switch {
	case strings.TrimSpace(d.Text) == "":
		return Case{}, ErrTextRequired.Because("say why the verdict is wrong").On("reason_text")
	case c.State != Decided:
		return Case{}, c.notIn(d.Today, Decided)
	case d.Side != c.losing():
		return Case{}, ErrStateInvalid.Because("the verdict is in the caller's favour; there is nothing to appeal against")
	case d.Today.After(c.AppealBy):
		return Case{}, ErrAppealClosed.Because(
			fmt.Sprintf("the verdict could be appealed against until %s", c.AppealBy), "appeal_by_date", c.AppealBy.String())
	}
	c.State = Appealed
	return c.done(Appeal, d), nil
}

// losing is the side that the verdict went against.
func (c Case) losing() Side {
	if c.Verdict.Outcome == Poached {
		return Challenger
	}
	return Incumbent
}

// DecideAppeal returns c after the appeal has been decided, for good, or
// ErrStateInvalid unless it is appealed, ErrSameDecider for the person who
// decided the claim, ErrTextRequired. An appeal that is upheld turns the outcome
// round.
func (c Case) DecideAppeal(r Ruled) (Case, error) {
	switch {
	case strings.TrimSpace(r.Text) == "":
		return Case{}, ErrTextRequired.Because("say why; both sides read it").On("reason_text")
	case c.State != Appealed:
		return Case{}, c.notIn(r.Today, Appealed)
	case r.By == c.Reviewer:
		return Case{}, ErrSameDecider.Because("you have decided this case yourself; another person must decide the appeal")
	}
	if r.Grant {
		c = c.turn(c.opposite(), Finding{
			Ground: AppealUpheld, Holds: true, Clause: EthicalEcosystem, Sentence: "The appeal was upheld, so the outcome is turned round.",
		})
	}
	return c.final().done(AppealDecision, r.Deed), nil
}

func (c Case) opposite() Outcome {
	if c.Verdict.Outcome == Poached {
		return Clean
	}
	return Poached
}

// Shown is the verdict that applies now: while an appeal runs against a clean
// one, that of the lower margin.
func (c Case) Shown() Verdict {
	if c.State != Appealed || c.Verdict.Outcome == Poached {
		return c.Verdict
	}
	return c.turn(Poached, Finding{
		Ground: ExemptionPending, Holds: true, Clause: EthicalEcosystem,
		Sentence: "The verdict was appealed against; until that is decided, the lower margin applies.",
	}).Verdict
}

// Held reports whether the difference to the higher margin is held.
func (c Case) Held() bool { return c.State == UnderReview || c.State == Appealed }

// SideOf returns the side on which one of a caller's partners is: its own id
// and those that it acts for.
func (c Case) SideOf(ids ...partners.ID) Side {
	for _, id := range ids {
		switch id {
		case c.Partner:
			return Challenger
		case c.Incumbent:
			return Incumbent
		}
	}
	return ""
}
