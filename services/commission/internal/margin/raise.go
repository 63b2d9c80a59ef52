package margin

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of raises.
var (
	ErrLocked      = fault.New("MARGIN_LOCKED", "the margin is locked")
	ErrSameDecider = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrNoProposal  = fault.New("STATE_INVALID", "no raise is proposed")
)

// Raise lifts the agreed rate of the terms that start on From or later, once a
// second person has approved it.
type Raise struct {
	Rate     money.Bps     `json:"rate"`
	From     calendar.Date `json:"from"`
	Proposer string        `json:"proposer"`
	Approver string        `json:"approver,omitempty"`
}

// Pending reports whether the raise waits for approval.
func (r Raise) Pending() bool { return r.Approver == "" }

// ProposeRaise returns the relationship with a proposal to raise the rate from
// the term after the running one. It takes the place of an earlier proposal
// that was not approved. It returns ErrLockMissing, MARGIN_BPS_OUT_OF_RANGE,
// or ErrLocked if the rate is not higher, was raised in this term already, or
// the relationship ends with the term. A raise does not lift a cap.
func (r Relationship) ProposeRaise(to money.Bps, proposer string, running calendar.Term) (Relationship, error) {
	if err := r.checkRaise(to, running); err != nil {
		return r, err
	}
	r.Raises = append(r.approved(), Raise{Rate: to, From: running.End, Proposer: proposer})
	return r, nil
}

// ApproveRaise returns the relationship with its proposal approved by another
// person, from the term after the one that runs now. It returns ErrNoProposal,
// ErrSameDecider, or what ProposeRaise does if the proposal no longer holds.
func (r Relationship) ApproveRaise(approver string, running calendar.Term) (Relationship, error) {
	raises := r.approved()
	if len(raises) == len(r.Raises) {
		return r, ErrNoProposal.Because("no raise of relationship "+r.ID+" waits for approval; propose one first", "relationship_id", r.ID)
	}
	proposal := r.Raises[len(r.Raises)-1]
	if proposal.Proposer == approver {
		return r, ErrSameDecider.Because("a raise is approved by another person than its proposer", "relationship_id", r.ID)
	}
	if err := r.checkRaise(proposal.Rate, running); err != nil {
		return r, err
	}
	proposal.From, proposal.Approver = running.End, approver
	r.Raises = append(raises, proposal)
	return r, nil
}

// approved returns the raises without the proposal, which is always the last,
// in a slice that may be appended to.
func (r Relationship) approved() []Raise {
	n := len(r.Raises)
	if n > 0 && r.Raises[n-1].Pending() {
		n--
	}
	return append(make([]Raise, 0, n+1), r.Raises[:n]...)
}

func (r Relationship) checkRaise(to money.Bps, running calendar.Term) error {
	if err := money.CheckBps(to); err != nil {
		return onField(err, "bps")
	}
	next, err := r.RateOn(running.End)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case !r.Until.IsZero() && !r.Until.After(running.End):
		why = fmt.Sprintf("the relationship ends on %s, so it has no later term to raise", r.Until)
	case !next.RaisedFrom.Before(running.End):
		why = fmt.Sprintf("it was raised to %d bps in this term already; the next raise can be proposed from %s", next.Raised, running.End)
	case to <= next.Agreed():
		why = fmt.Sprintf("%d bps is not higher, and a margin is never lowered", to)
	default:
		return nil
	}
	return ErrLocked.Because(
		fmt.Sprintf("margin for relationship %s is locked at %d bps since %s: %s", r.ID, next.Agreed(), r.Lock.On, why), r.lockFacts()...)
}
