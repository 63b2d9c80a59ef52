package margin

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of locks.
var (
	ErrLockMissing = fault.New("LOCK_MISSING", "the relationship has no locked margin")
	ErrExists      = fault.New("RELATIONSHIP_EXISTS", "the relationship has a locked margin already")
)

// Relationship is one subscription with its partner of record, from a date
// and, once the partner has changed, until another. Lock, raises and cap are
// kept apart, so that the end of a cap restores what was agreed.
type Relationship struct {
	ID             string        `json:"id"`
	SubscriptionID string        `json:"subscription_id"`
	PartnerID      string        `json:"partner_id"`
	Mode           Mode          `json:"mode"`
	From           calendar.Date `json:"from"`
	Until          calendar.Date `json:"until,omitzero"` // no date while it goes on
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
	RateCardID string        `json:"rate_card_id,omitempty"` // empty for an imported margin
}

// Missing reports whether there is no lock.
func (l Lock) Missing() bool { return l.On.IsZero() }

// RateOn returns the rate of a term that starts on this day, or ErrLockMissing.
func (r Relationship) RateOn(termStart calendar.Date) (Rate, error) {
	if r.Lock.Missing() {
		return Rate{}, ErrLockMissing.Because(
			fmt.Sprintf("the margin of subscription %s is not locked yet; import the agreed margin, or have channel operations accept the rate card's", r.SubscriptionID),
			"subscription_id", r.SubscriptionID)
	}
	rate := Rate{Locked: r.Lock.Rate, LockedOn: r.Lock.On, RateCardID: r.Lock.RateCardID, Cap: r.Cap}
	for _, raise := range r.Raises {
		if !raise.Pending() && !raise.From.After(termStart) && !raise.From.Before(rate.RaisedFrom) {
			rate.Raised, rate.RaisedFrom = raise.Rate, raise.From
		}
	}
	return rate, nil
}

// WithLock returns the relationship with its first lock. The same lock again
// changes nothing; another one is refused with ErrExists, as a lock is never
// replaced.
func (r Relationship) WithLock(lock Lock) (Relationship, error) {
	if err := money.CheckBps(lock.Rate); err != nil {
		return r, onField(err, "locked_bps")
	}
	if !r.Lock.Missing() && r.Lock != lock {
		return r, ErrExists.Because(
			fmt.Sprintf("the margin of subscription %s has been locked at %d bps since %s; a lock is never replaced", r.SubscriptionID, r.Lock.Rate, r.Lock.On),
			r.lockFacts()...)
	}
	r.Lock = lock
	return r, nil
}

func (r Relationship) lockFacts() []string {
	return []string{"relationship_id", r.ID, "locked_bps", strconv.Itoa(int(r.Lock.Rate)), "lock_date", r.Lock.On.String()}
}
