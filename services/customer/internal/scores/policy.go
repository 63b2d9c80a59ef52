package scores

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrPolicyInvalid is returned for a policy whose numbers contradict each other.
var ErrPolicyInvalid = fault.New("SCORE_POLICY_INVALID", "the numbers of the policy contradict each other")

// Policy are the numbers of the programme, by version. A report names the
// version that it was made by.
type Policy struct {
	Version int `json:"version"`
	// Excellent, Good, Okay and Poor are the shown integers from which on a
	// figure is called so; what lies below is very poor.
	Excellent int `json:"excellent"`
	Good      int `json:"good"`
	Okay      int `json:"okay"`
	Poor      int `json:"poor"`
	// Minimum is how many answers show anything, Full how many show it without
	// reserve.
	Minimum int64 `json:"minimum"`
	Full    int64 `json:"full"`
	// PublishDay is the day of the next month on which a month's report is
	// published by itself; 0 leaves that to people.
	PublishDay int `json:"publishDay"`
	// FollowUpDays is for how long an answer may lead to a follow-up.
	FollowUpDays int `json:"followUpDays"`
}

const (
	lastPublishDay  = 28 // every month has it
	maxFollowUpDays = 366
)

// Check returns ErrPolicyInvalid for bands that do not descend, a minimum that
// protects nobody, a full number below it, or a day that not every month has.
func (p Policy) Check() error {
	switch {
	case p.Excellent > 100 || p.Excellent <= p.Good || p.Good <= p.Okay || p.Okay <= p.Poor || p.Poor < -100:
		return ErrPolicyInvalid.Because("the bands must descend from at most 100 to at least -100").On("excellent_from")
	case p.Minimum < 2:
		return ErrPolicyInvalid.Because("below a minimum of 2 answers a figure is one person's").On("minimum_answers")
	case p.Full < p.Minimum:
		return ErrPolicyInvalid.Because(fmt.Sprintf("full begins at %d answers, which are fewer than the minimum of %d", p.Full, p.Minimum)).On("full_answers")
	case p.PublishDay < 0 || p.PublishDay > lastPublishDay:
		return ErrPolicyInvalid.Because(fmt.Sprintf("the day must be from 1 to %d, or 0", lastPublishDay)).On("publish_day")
	case p.FollowUpDays < 1 || p.FollowUpDays > maxFollowUpDays:
		return ErrPolicyInvalid.Because(fmt.Sprintf("answers lead to follow-ups for 1 to %d days", maxFollowUpDays)).On("follow_up_days")
	}
	return nil
}

// Band is what a figure is called.
type Band string

// The bands.
const (
	Excellent Band = "EXCELLENT"
	Good      Band = "GOOD"
	Okay      Band = "OKAY"
	Poor      Band = "POOR"
	VeryPoor  Band = "VERY_POOR"
)

func (p Policy) band(shown int) Band {
	switch {
	case shown >= p.Excellent:
		return Excellent
	case shown >= p.Good:
		return Good
	case shown >= p.Okay:
		return Okay
	case shown >= p.Poor:
		return Poor
	default:
		return VeryPoor
	}
}

// Standing is how much a figure is worth.
type Standing string

// The standings.
const (
	Hidden     Standing = "HIDDEN"
	Indicative Standing = "INDICATIVE"
	Full       Standing = "FULL"
)

func (p Policy) standing(n int64) Standing {
	switch {
	case n < p.Minimum:
		return Hidden
	case n < p.Full:
		return Indicative
	default:
		return Full
	}
}
