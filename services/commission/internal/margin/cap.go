package margin

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Cap limits the rate of a relationship that began by poaching. It applies to
// terms that start before Until, or to all of them while Until is no date.
type Cap struct {
	Rate          money.Bps     `json:"rate"`
	Until         calendar.Date `json:"until,omitzero"`
	CodeVersionID string        `json:"code_version_id,omitempty"`
	AppealBy      calendar.Date `json:"appeal_by,omitzero"` // the appeal's last day, where it is known
	Because       *Because      `json:"because,omitempty"`  // nil where the verdict is not known
}

// Because tells a capped partner what the verdict found and where its case
// stands. It never says who else is involved.
type Because struct {
	Ground   string    `json:"ground"`           // what decided the verdict, such as INSIDE_WINDOW
	Clause   string    `json:"clause,omitempty"` // EthicalEcosystem if empty
	Sentence string    `json:"sentence"`         // the finding, in plain words
	Facts    []Input   `json:"facts,omitempty"`  // that went into it, such as term_end_date
	State    CaseState `json:"state,omitempty"`  // Decided if empty
}

// CaseState is where the case stands that a cap rests on.
type CaseState string

// States of a case.
const (
	UnderReview CaseState = "UNDER_REVIEW" // a claimed exemption is looked into
	Decided     CaseState = "DECIDED"      // and open to an appeal
	Appealed    CaseState = "APPEALED"     // an appeal runs, whoever's it is
	Final       CaseState = "FINAL"        // for good
)

// Live reports whether the cap applies to a term that starts on this day.
func (c *Cap) Live(termStart calendar.Date) bool {
	return c != nil && (c.Until.IsZero() || termStart.Before(c.Until))
}

// Same reports whether d caps alike, for the same reasons, in a case that
// stands where this one's does.
func (c *Cap) Same(d *Cap) bool {
	if c == nil || d == nil {
		return c == d
	}
	one, other := *c, *d
	one.Because, other.Because = nil, nil
	return one == other && c.Because.same(d.Because)
}

func (b *Because) same(d *Because) bool {
	if b == nil || d == nil {
		return b == d
	}
	return b.Ground == d.Ground && b.Clause == d.Clause && b.Sentence == d.Sentence && b.State == d.State && slices.Equal(b.Facts, d.Facts)
}

// On returns the rate of the cap that applies to a term that starts on this day,
// or nil.
func (c *Cap) On(termStart calendar.Date) *money.Bps {
	if !c.Live(termStart) {
		return nil
	}
	return &c.Rate
}

// Held reports whether the difference that the cap makes is held until a review
// or an appeal is over. Otherwise it stays with the vendor.
func (c *Cap) Held() bool {
	state := c.state()
	return state == UnderReview || state == Appealed
}

func (c *Cap) state() CaseState {
	if c == nil || c.Because == nil || c.Because.State == "" {
		return Decided
	}
	return c.Because.State
}
