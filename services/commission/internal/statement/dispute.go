package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about disputes.
var (
	ErrNoDispute       = fault.New("NOT_FOUND", "there is no such dispute")
	ErrWindowClosed    = fault.New("DISPUTE_WINDOW_CLOSED", "the time to dispute the line is over")
	ErrAlreadyDisputed = fault.New("LINE_ALREADY_DISPUTED", "there is an open dispute about this line")
	ErrState           = fault.New("STATE_INVALID", "the state does not allow this")
	ErrTextRequired    = fault.New("REASON_TEXT_REQUIRED", "a reason in words is required")
)

// DisputeState is where a dispute stands.
type DisputeState string

// The states.
const (
	DisputeOpen      DisputeState = "OPEN"
	DisputeResolved  DisputeState = "RESOLVED"
	DisputeWithdrawn DisputeState = "WITHDRAWN"
)

// Outcome is how a dispute was decided.
type Outcome string

// The outcomes.
const (
	Upheld   Outcome = "UPHELD"
	Rejected Outcome = "REJECTED"
)

// Side is who wrote a comment.
type Side string

// The sides.
const (
	ByPartner Side = "PARTNER"
	ByVendor  Side = "VENDOR"
)

// Dispute is a partner's objection to a line. Line is the line's amount, Held
// what was held of it: all or nothing.
type Dispute struct {
	ID                string          `json:"id"`
	LineID            string          `json:"line_id"`
	StatementID       string          `json:"statement_id"`
	PartnerID         string          `json:"partner_id"`
	State             DisputeState    `json:"state"`
	Line              money.Amount    `json:"line"`
	Held              money.Amount    `json:"held"`
	Claimed           money.Amount    `json:"claimed"`
	Reason            string          `json:"reason"`
	Comments          []Comment       `json:"comments,omitempty"`
	Outcome           Outcome         `json:"outcome,omitempty"`
	Adjustment        money.Amount    `json:"adjustment"`
	Resolution        string          `json:"resolution,omitempty"`
	HoldEntryID       string          `json:"hold_entry_id,omitempty"`
	ReleaseEntryID    string          `json:"release_entry_id,omitempty"`
	AdjustmentEntryID string          `json:"adjustment_entry_id,omitempty"`
	Opener            string          `json:"opener"`
	OpenTime          time.Time       `json:"open_time"`
	Closer            string          `json:"closer,omitempty"`
	CloseTime         time.Time       `json:"close_time,omitzero"`
	Revision          revision.Number `json:"revision"`
}

// Comment is what one side has said of a dispute.
type Comment struct {
	Number int       `json:"number"`
	Side   Side      `json:"side"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
}

// Objection is the deed of opening a dispute. Claimed is what the line should
// come to, the zero value if the partner does not say.
type Objection struct {
	ID      string
	Line    Line
	Of      Statement // that the line is on; the zero value if none is closed
	Paid    bool      // whether that statement, or a later one with its balance, was paid
	Reason  string
	Claimed money.Amount
	By      string
	At      time.Time
}

// Open returns the dispute, or ErrTextRequired, ErrState, ErrWindowClosed or
// money.ErrMismatch.
func (o Objection) Open() (Dispute, error) {
	if err := o.check(); err != nil {
		return Dispute{}, err
	}
	d := Dispute{
		ID: o.ID, LineID: o.Line.ID, StatementID: o.Of.ID, PartnerID: o.Line.PartnerID, State: DisputeOpen, Line: o.Line.Amount, Held: o.Line.Amount,
		Claimed: o.Claimed, Reason: o.Reason, Opener: o.By, OpenTime: o.At, Revision: 1,
	}
	if o.Paid {
		d.Held.Minor = 0
	}
	return d, nil
}

func (o Objection) check() error {
	today := calendar.DateOf(o.At, time.UTC)
	switch {
	case strings.TrimSpace(o.Reason) == "":
		return ErrTextRequired.Because("write what is wrong with the line").On("reason_text")
	case o.Line.Kind == ledger.DisputeHold || o.Line.Kind == ledger.DisputeRelease:
		return ErrState.Because("line "+o.Line.ID+" is about a dispute itself ("+o.Line.Cause+"); go on in that one", "line_id", o.Line.ID).On("line_id")
	case o.Of.ID == "":
		return ErrState.Because("line "+o.Line.ID+" is on the open statement; it can be disputed once that is closed", "line_id", o.Line.ID).On("line_id")
	case today.After(o.Of.DisputeUntil):
		return ErrWindowClosed.Because(
			fmt.Sprintf("lines of statement %s could be disputed until %s; today is %s in UTC", o.Of.ID, o.Of.DisputeUntil, today),
			"statement_id", o.Of.ID, "dispute_until", o.Of.DisputeUntil.String()).On("line_id")
	case o.Claimed.Currency != "" && o.Claimed.Currency != o.Line.Amount.Currency:
		return money.ErrMismatch.Because(
			fmt.Sprintf("the line is in %s, not %s", o.Line.Amount.Currency, o.Claimed.Currency), "currency", string(o.Line.Amount.Currency)).On("claimed")
	}
	return nil
}

// Say adds a comment, or returns ErrTextRequired or ErrState.
func (d Dispute) Say(c Comment) (Dispute, error) {
	if err := d.checkOpen(); err != nil {
		return d, err
	}
	if strings.TrimSpace(c.Text) == "" {
		return d, ErrTextRequired.Because("write something").On("text")
	}
	c.Number = len(d.Comments) + 1
	d.Comments = append(d.Comments[:len(d.Comments):len(d.Comments)], c)
	d.Revision++
	return d, nil
}

// Decision is the deed of resolving a dispute.
type Decision struct {
	Outcome    Outcome
	Adjustment money.Amount // the zero value if there is none
	Text       string
	By         string
	At         time.Time
}

// Resolve returns the dispute as it was decided, or ErrState, ErrTextRequired,
// money.ErrMismatch or money.ErrInvalid.
func (d Dispute) Resolve(by Decision) (Dispute, error) {
	if err := d.checkOpen(); err != nil {
		return d, err
	}
	if err := d.checkDecision(by); err != nil {
		return d, err
	}
	d.State, d.Outcome, d.Adjustment, d.Resolution, d.Closer, d.CloseTime = DisputeResolved, by.Outcome, by.Adjustment, by.Text, by.By, by.At
	d.Revision++
	return d, nil
}

func (d Dispute) checkDecision(by Decision) error {
	given := by.Adjustment.Currency != ""
	switch {
	case strings.TrimSpace(by.Text) == "":
		return ErrTextRequired.Because("write why, for the partner to read").On("resolution_text")
	case given && by.Adjustment.Currency != d.Line.Currency:
		return money.ErrMismatch.Because(
			fmt.Sprintf("the line is in %s, not %s", d.Line.Currency, by.Adjustment.Currency), "currency", string(d.Line.Currency)).On("adjustment")
	case by.Outcome == Upheld && by.Adjustment.IsZero():
		return money.ErrInvalid.Because("say what puts the line right: the amount to add, negative to take away").On("adjustment")
	case by.Outcome == Rejected && given:
		return money.ErrInvalid.Because("a dispute that is rejected changes nothing; leave the adjustment out, or uphold it").On("adjustment")
	}
	return nil
}

// Withdraw returns the dispute as the partner has taken it back, or ErrState.
func (d Dispute) Withdraw(by string, at time.Time) (Dispute, error) {
	if err := d.checkOpen(); err != nil {
		return d, err
	}
	d.State, d.Closer, d.CloseTime = DisputeWithdrawn, by, at
	d.Revision++
	return d, nil
}

func (d Dispute) checkOpen() error {
	if d.State == DisputeOpen {
		return nil
	}
	return ErrState.Because(fmt.Sprintf("dispute %s is %s since %s", d.ID, d.State, d.CloseTime.Format(time.DateOnly)), "dispute_id", d.ID, "state", string(d.State))
}
