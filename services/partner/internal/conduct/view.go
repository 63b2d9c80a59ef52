package conduct

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// On returns where c stands on a day: a decided case is final from the day
// after the last one of an appeal.
func (c Case) On(today calendar.Date) State {
	if c.State == Decided && today.After(c.AppealBy) {
		return Final
	}
	return c.State
}

// View is a case as somebody sees it on a day.
type View struct {
	Case             // as the side may see it
	Side     Side    // on which the caller is
	State    State   // on the day
	Verdict  Verdict // that applies now
	Held     bool    // whether the difference to the higher margin is
	AppealBy calendar.Date
	Remedy   string
}

// View returns c as a side sees it on a day; the empty side is the vendor's
// people.
func (c Case) View(by Side, today calendar.Date) View {
	seen := c.Seen(by)
	v := View{
		Case: seen, Side: by, State: c.On(today), Verdict: seen.Shown(), Held: c.Held(), Remedy: c.Remedy(by, today),
	}
	if v.State == Decided {
		v.AppealBy = c.AppealBy
	}
	return v
}

// Seen returns c as a side may see it: never who is on the other, nor what it
// said or brought, nor what the vendor's people have not decided together yet.
// To the vendor's people, who are on no side, it is c itself.
func (c Case) Seen(by Side) Case {
	if by == "" {
		return c
	}
	c.Reviewer, c.WaiverProposer = "", ""
	c.Facts = Facts{Claim: c.Facts.Claim}
	c.Verdict.Incumbent = ""
	c.Evidence = slices.DeleteFunc(slices.Clone(c.Evidence), func(e Evidence) bool { return e.Side != by })
	c.Decisions = seenDecisions(c.Decisions, by)
	c.Revision = revision.Number(len(c.Decisions) + len(c.Evidence)) // tells of no change that is not shown
	switch {
	case by == Challenger:
		c.Incumbent, c.Contested = "", false
	case c.Transfer == "": // an order
		c.Partner, c.Submission, c.Subscription = "", "", ""
	default:
		c.Partner = ""
	}
	return c
}

func seenDecisions(all []Decision, by Side) []Decision {
	var seen []Decision
	for _, d := range all {
		if d.Kind == WaiverProposal || d.Kind == Contest && by == Challenger {
			continue
		}
		d.Actor = ""
		if d.Side != "" && d.Side != by {
			d.Text = ""
		}
		seen = append(seen, d)
	}
	return seen
}

// Remedy says in one sentence what a side can do about c on a day, or to the
// vendor's people, what waits for them.
func (c Case) Remedy(by Side, today calendar.Date) string {
	switch state := c.On(today); {
	case by == "":
		return ""
	case state == Final:
		return "The verdict is final; nothing more can be done about it."
	case state == Appealed && by == c.losing():
		return "Your appeal is being decided by another person; until then the lower margin applies and the difference is held."
	case state == Appealed:
		return "The verdict was appealed against and another person decides; until then the lower margin applies and the difference is held."
	case state == UnderReview && by == Challenger:
		return "Channel operations decide the customer's reason; you may add evidence, and until then the difference is held."
	case state == UnderReview && !c.Contested && !today.After(c.ContestBy):
		return fmt.Sprintf("You may contest the customer's reason until %s, let the customer go, or add evidence.", c.ContestBy)
	case state == UnderReview:
		return "Channel operations decide the customer's reason; you may add evidence or let the customer go."
	case by == c.losing():
		return fmt.Sprintf("You may appeal once until %s; another person decides.", c.AppealBy)
	}
	return fmt.Sprintf("The verdict is in your favour; the other side may appeal until %s.", c.AppealBy)
}

// Add returns c with a piece of evidence, or ErrStateInvalid once it is final.
func (c Case) Add(e Evidence, today calendar.Date) (Case, error) {
	if c.On(today) == Final {
		return Case{}, c.notIn(today, UnderReview, Decided, Appealed)
	}
	if len(c.Evidence) >= mostEvidence {
		return Case{}, errTooMuch.Because(fmt.Sprintf("a case holds %d pieces of evidence; put the rest into one document", mostEvidence))
	}
	c.Evidence = append(c.Evidence[:len(c.Evidence):len(c.Evidence)], e)
	c.Revision++
	return c, nil
}

// mostEvidence keeps a case readable.
const mostEvidence = 100

var errTooMuch = fault.New("STATE_INVALID", "the case has as much evidence as it can hold")
