package surveys

import (
	"crypto/sha256"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrTokenUnknown is returned for a token that was never sent, and for one whose
// time is over: nobody learns which.
var ErrTokenUnknown = fault.New("NOT_FOUND", "there is no such survey, or its time is over")

// Hash is all that is known of a token.
type Hash = [sha256.Size]byte

// InvitationID identifies an invitation.
type InvitationID string

// State is how far an invitation has come.
type State string

// The states.
const (
	Waiting    State = "WAITING"
	Sent       State = "SENT"
	Answered   State = "ANSWERED"
	Suppressed State = "SUPPRESSED"
)

// Suppression is why nobody is asked.
type Suppression string

// The suppressions.
const (
	FatigueContact  Suppression = "FATIGUE_CONTACT"
	FatigueCustomer Suppression = "FATIGUE_CUSTOMER" // or partner
	OptedOut        Suppression = "OPTED_OUT"
	NobodyToAsk     Suppression = "NOBODY_TO_ASK"
	TooLate         Suppression = "TOO_LATE"
	Inactive        Suppression = "TOUCHPOINT_INACTIVE"
	Imported        Suppression = "IMPORTED"
)

// Invitation is what an event leads to.
type Invitation struct {
	ID            InvitationID
	EventID       EventID
	ContactID     string `json:"-"` // empty once forgotten
	Organisation  string // the customer or partner; empty for staff
	TimeZone      string
	State         State
	Suppressed    Suppression
	PolicyVersion int32
	SendAfter     time.Time
	Hash          Hash `json:"-"` // of the token; meaningless before MintTime
	MintTime      time.Time
	SentTime      time.Time
	ExpireTime    time.Time
	CreateTime    time.Time
}

// Circumstances are what decides whether an invitation is sent now.
type Circumstances struct {
	At             time.Time
	Zone           *time.Location
	OccurTime      time.Time
	Reachable      bool // the person is still there
	OptedOut       bool
	AskedContact   int // invitations that count against the limits
	AskedCustomers int
}

// Decide returns the invitation as it is handed over now, with the hash of its
// token, or suppressed, or waiting until the hour has come again.
func (i Invitation) Decide(c Circumstances, p Policy, hash Hash) Invitation {
	i.PolicyVersion = p.Version
	i = i.unminted()
	if why := p.suppresses(c); why != "" {
		return i.suppress(why)
	}
	if i.SendAfter = p.SendAfter(c.At, c.Zone); i.SendAfter.After(c.At) {
		return i
	}
	i.Hash, i.MintTime, i.ExpireTime = hash, c.At, c.At.Add(time.Duration(p.LinkDays)*dayLength)
	return i
}

func (p Policy) suppresses(c Circumstances) Suppression {
	switch {
	case !c.Reachable:
		return NobodyToAsk
	case c.OptedOut:
		return OptedOut
	case c.At.Sub(c.OccurTime) > time.Duration(p.AskWithinDays)*dayLength:
		return TooLate
	case c.AskedContact >= int(p.ContactLimit):
		return FatigueContact
	case c.AskedCustomers >= int(p.OrganisationLimit):
		return FatigueCustomer
	}
	return ""
}

func (i Invitation) suppress(why Suppression) Invitation {
	i.State, i.Suppressed = Suppressed, why
	return i
}

// unminted is i without the token of an attempt that came to nothing.
func (i Invitation) unminted() Invitation {
	i.Hash, i.MintTime, i.ExpireTime = Hash{}, time.Time{}, time.Time{}
	return i
}

// HandedOver returns i as it has been sent, and false if its token is no longer
// this one.
func (i Invitation) HandedOver(hash Hash, at time.Time) (Invitation, bool) {
	if !i.waitsWith(hash) {
		return i, false
	}
	i.State, i.SentTime = Sent, at
	return i, true
}

// TakenBack returns i without the token, and false if its token is no longer
// this one.
func (i Invitation) TakenBack(hash Hash) (Invitation, bool) {
	if !i.waitsWith(hash) {
		return i, false
	}
	return i.unminted(), true
}

func (i Invitation) waitsWith(hash Hash) bool {
	return i.State == Waiting && i.Minted() && i.Hash == hash
}

// Minted reports whether Decide has let it out.
func (i Invitation) Minted() bool { return !i.MintTime.IsZero() }

// Live returns ErrTokenUnknown once the link's time is over. A link is good before
// it is noted that it was sent: whoever has it was sent it, and whoever was to note
// it may have died.
func (i Invitation) Live(at time.Time) error {
	if i.Minted() && at.Before(i.ExpireTime) {
		return nil
	}
	return ErrTokenUnknown
}

// Answer returns the invitation as it has been answered.
func (i Invitation) Answer(at time.Time) Invitation {
	if i.SentTime.IsZero() {
		i.SentTime = at // at the latest
	}
	i.State = Answered
	return i
}
