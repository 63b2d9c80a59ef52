package conduct

import (
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// ProposeWaiver returns c as it waits for a second person to waive the cap, or
// ErrStateInvalid unless it is POACHED and decided, ErrTextRequired. A later
// proposal takes the place of an earlier one.
func (c Case) ProposeWaiver(d Deed) (Case, error) {
	if strings.TrimSpace(d.Text) == "" {
		return Case{}, ErrTextRequired.Because("say why the cap should be waived").On("reason_text")
	}
	if err := c.waivable(d.Today); err != nil {
		return Case{}, err
	}
	c.WaiverProposer = d.By
	return c.done(WaiverProposal, d), nil
}

// ApproveWaiver returns c with the cap waived for good, or ErrStateInvalid
// unless a waiver waits, ErrSameDecider for the person who proposed it.
func (c Case) ApproveWaiver(d Deed) (Case, error) {
	if err := c.waivable(d.Today); err != nil {
		return Case{}, err
	}
	switch c.WaiverProposer {
	case "":
		return Case{}, ErrStateInvalid.Because("no waiver has been proposed")
	case d.By:
		return Case{}, ErrSameDecider.Because("you have proposed this waiver yourself; another person must approve it")
	}
	c.WaiverProposer = ""
	c = c.turn(Clean, Finding{Ground: CapWaived, Holds: true, Clause: CustomerFirst, Sentence: "The vendor waived the cap."})
	return c.final().done(Waiver, d), nil
}

func (c Case) waivable(today calendar.Date) error {
	if c.Held() {
		return c.notIn(today, Decided, Final)
	}
	if c.Verdict.Outcome != Poached {
		return ErrStateInvalid.Because("the verdict is CLEAN; there is no cap to waive", "outcome", string(Clean))
	}
	return nil
}
