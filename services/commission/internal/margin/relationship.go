package margin

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of locks and raises.
var (
	ErrLockMissing = fault.New("LOCK_MISSING", "the relationship has no locked margin")
	ErrLocked      = fault.New("MARGIN_LOCKED", "the margin is locked")
	ErrExists      = fault.New("RELATIONSHIP_EXISTS", "the relationship has a locked margin already")
)

// Relationship is one subscription with its partner of record, from a date
// and, once the partner changed, until another. Lock, cap and raises are kept
// apart, so that lifting a cap restores what was agreed.
type Relationship struct {
	ID             string        `json:"id"`
	SubscriptionID string        `json:"subscription_id"`
	PartnerID      string        `json:"partner_id"`
	Mode           Mode          `json:"mode"`
	StartsOn       calendar.Date `json:"starts_on"`
	EndsOn         calendar.Date `json:"ends_on,omitzero"`
	Lock           Lock          `json:"lock,omitzero"`
	Raises         []Raise       `json:"raises,omitempty"`
	Cap            *Cap          `json:"cap,omitempty"`
}

// Lock is the rate that a relationship started with. The zero value is no
// lock: an imported relationship has none until its agreed margin is imported
// or the card's rate is accepted.
type Lock struct {
	Rate       money.Bps     `json:"rate"`
	On         calendar.Date `json:"on"`
	RateCardID string        `json:"rate_card_id,omitempty"` // empty for an agreed margin that was imported
}

// Cap limits the rate of a relationship that began by poaching: it applies to
// terms that start before Until, or to all while Until is no date.
type Cap struct {
	Rate     money.Bps     `json:"rate"`
	Until    calendar.Date `json:"until,omitzero"`
	AppealBy calendar.Date `json:"appeal_by,omitzero"` // last day of the appeal, if it is known
	PolicyID string        `json:"policy_id,omitempty"`
}

// Raise lifts the agreed rate of terms that start on From or later.
type Raise struct {
	Rate money.Bps     `json:"rate"`
	From calendar.Date `json:"from"`
}

// Live reports whether the cap applies to a term that starts on this day.
func (c *Cap) Live(termStart calendar.Date) bool {
	return c != nil && (c.Until.IsZero() || termStart.Before(c.Until))
}

// RateOn returns the rate of a term that starts on this day, or ErrLockMissing.
func (r Relationship) RateOn(termStart calendar.Date) (Rate, error) {
	if r.Lock.On.IsZero() {
		return Rate{}, ErrLockMissing.Because(
			fmt.Sprintf("the margin of subscription %s is not locked yet; import the agreed margin, or have channel operations accept the rate card's", r.SubscriptionID),
			"subscription_id", r.SubscriptionID)
	}
	rate := Rate{Locked: r.Lock.Rate, LockedOn: r.Lock.On, PolicyID: r.Lock.RateCardID, Cap: r.Cap}
	for _, raise := range r.Raises {
		if !raise.From.After(termStart) && !raise.From.Before(rate.Raised.From) {
			rate.Raised = raise
		}
	}
	return rate, nil
}

// WithLock returns the relationship with its first lock, or ErrExists if it has
// one: a lock is never replaced.
func (r Relationship) WithLock(lock Lock) (Relationship, error) {
	if err := money.CheckBps(lock.Rate); err != nil {
		return r, err
	}
	if !r.Lock.On.IsZero() {
		return r, ErrExists.Because(
			fmt.Sprintf("the margin of subscription %s has been locked at %d bps since %s; a lock is never replaced", r.SubscriptionID, r.Lock.Rate, r.Lock.On),
			r.lockFacts()...)
	}
	r.Lock = lock
	return r, nil
}

// Raise returns the relationship with a higher agreed rate for the terms after
// the running one. It returns ErrLockMissing, MARGIN_BPS_OUT_OF_RANGE, or
// ErrLocked if the rate is not higher, was raised in this term already, or the
// relationship ends with the term. A raise does not lift a cap.
func (r Relationship) Raise(to money.Bps, running calendar.Term) (Relationship, error) {
	if err := money.CheckBps(to); err != nil {
		return r, onField(err, "margin_bps")
	}
	agreed, err := r.RateOn(running.End)
	if err != nil {
		return r, err
	}
	switch {
	case !r.EndsOn.IsZero() && !r.EndsOn.After(running.End):
		return r, r.locked("it ends on "+r.EndsOn.String()+", so no later term can be raised", running.End)
	case !agreed.Raised.From.Before(running.End):
		return r, r.locked(fmt.Sprintf("it was raised to %d bps in this term already; the next raise can be proposed from %s", agreed.Raised.Rate, running.End), running.End)
	case to <= agreed.Agreed():
		return r, r.locked(fmt.Sprintf("%d bps is not higher; a margin is raised, never lowered", to), running.End)
	}
	r.Raises = append(r.Raises[:len(r.Raises):len(r.Raises)], Raise{Rate: to, From: running.End})
	return r, nil
}

func (r Relationship) locked(why string, on calendar.Date) error {
	agreed, _ := r.RateOn(on)
	return ErrLocked.Because(
		fmt.Sprintf("margin for relationship %s is locked at %d bps since %s: %s", r.ID, agreed.Agreed(), r.Lock.On, why), r.lockFacts()...)
}

func (r Relationship) lockFacts() []string {
	return []string{"relationship_id", r.ID, "locked_bps", strconv.Itoa(int(r.Lock.Rate)), "locked_on", r.Lock.On.String()}
}
