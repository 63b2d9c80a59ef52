package conduct

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about cases.
var (
	ErrExists        = fault.New("ALREADY_EXISTS", "there is a case about this already")
	ErrNotFound      = fault.New("NOT_FOUND", "there is no such case")
	ErrStateInvalid  = fault.New("STATE_INVALID", "the case is not in a state that allows this")
	ErrContestClosed = fault.New("CONTEST_WINDOW_CLOSED", "the days in which the exemption can be contested are over")
	ErrAppealClosed  = fault.New("APPEAL_WINDOW_CLOSED", "the days in which an appeal can be made are over")
	ErrSameDecider   = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrTextRequired  = fault.New("REASON_TEXT_REQUIRED", "the reason must be told in words")
)

// ID names a case.
type ID string

// State is where a case stands.
type State string

// The states.
const (
	UnderReview State = "UNDER_REVIEW"
	Decided     State = "DECIDED"
	Appealed    State = "APPEALED"
	Final       State = "FINAL"
)

// Side is which side of a case a partner is on; empty for the vendor's people.
type Side string

// The sides.
const (
	Challenger Side = "CHALLENGER" // it gets the customer
	Incumbent  Side = "INCUMBENT"  // it loses the customer
)

// Case is a verdict about one subscription, and how it came about.
type Case struct {
	ID             ID              `json:"id"`
	Transfer       string          `json:"transfer"`   // empty for an order
	Submission     string          `json:"submission"` // empty for a transfer
	Subscription   string          `json:"subscription"`
	Partner        partners.ID     `json:"partner"`   // the challenger, whose margin it is about
	Incumbent      partners.ID     `json:"incumbent"` // empty where there is none
	Effective      calendar.Date   `json:"effective"` // first day of the new relationship
	Facts          Facts           `json:"facts"`
	Verdict        Verdict         `json:"verdict"` // as decided last
	Cap            Cap             `json:"cap"`     // what POACHED comes to, whatever the verdict is
	State          State           `json:"state"`   // as stored; On tells that of a day
	AppealDays     int             `json:"appeal_days"`
	ContestBy      calendar.Date   `json:"contest_by"` // no date where there is nothing to contest
	AppealBy       calendar.Date   `json:"appeal_by"`  // no date where none is possible
	Contested      bool            `json:"contested"`
	Released       bool            `json:"released"`
	Reviewer       string          `json:"reviewer"`        // decided the claim
	WaiverProposer string          `json:"waiver_proposer"` // empty unless one waits
	Decisions      []Decision      `json:"decisions"`       // oldest first
	Evidence       []Evidence      `json:"evidence"`        // oldest first
	Revision       revision.Number `json:"revision"`
	CreateTime     time.Time       `json:"create_time"`
}

// Opening is the deed of opening a case: at the customer's consent or the
// booking of an order. An order brings the verdict that it was booked under;
// without one it is computed from the facts.
type Opening struct {
	ID                   ID
	Transfer, Submission string
	Subscription         string
	Facts                Facts
	Policy               Policy // in force on the day of the request
	Verdict              *Verdict
	Today                calendar.Date // day 0 of contest and appeal
	At                   time.Time
}

// Deed is something done in a case.
type Deed struct {
	By    string // subject of the caller's token
	Side  Side   // where a partner does it
	Text  string
	Today calendar.Date
	At    time.Time
}

// Kind is what a decision was.
type Kind string

// The kinds.
const (
	Computed       Kind = "COMPUTED"
	Release        Kind = "RELEASE"
	Contest        Kind = "CONTEST"
	Review         Kind = "REVIEW"
	Appeal         Kind = "APPEAL"
	AppealDecision Kind = "APPEAL_DECISION"
	WaiverProposal Kind = "WAIVER_PROPOSAL"
	Waiver         Kind = "WAIVER"
)

// Decision is something that was done in a case, and what it came to.
type Decision struct {
	Kind    Kind      `json:"kind"`
	Outcome Outcome   `json:"outcome"`
	Actor   string    `json:"actor"`
	Side    Side      `json:"side"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Evidence describes a document that the vendor's archive keeps.
type Evidence struct {
	ID         string       `json:"id"`
	Kind       EvidenceKind `json:"kind"`
	Title      string       `json:"title"`
	MediaType  string       `json:"media_type"`
	SizeBytes  int64        `json:"size_bytes"`
	SHA256     string       `json:"sha256"` // lower-case hexadecimal digits
	Side       Side         `json:"side"`   // empty for the vendor's people
	PartnerID  partners.ID  `json:"partner_id"`
	CreateTime time.Time    `json:"create_time"`
}

// EvidenceKind is what a piece of evidence is, such as "SERVICE_RECORD".
type EvidenceKind string

// Query says which cases to list, newest first: those after the one with this
// instant and id, or all if there is none. An empty filter matches all.
type Query struct {
	State     State // on the day Today
	Outcome   Outcome
	Transfer  string
	Partners  []partners.ID // on the side, or on either
	Side      Side
	Today     calendar.Date
	Whole     bool // with what only the vendor knows
	AfterTime time.Time
	AfterID   ID
	Limit     int
}
