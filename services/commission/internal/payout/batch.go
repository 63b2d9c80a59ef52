package payout

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about batches.
var (
	ErrNoBatch       = fault.New("NOT_FOUND", "there is no such payout batch")
	ErrNothing       = fault.New("NOTHING_PAYABLE", "nothing is payable")
	ErrDate          = fault.New("DATE_INVALID", "the day can't be used here")
	ErrState         = fault.New("STATE_INVALID", "the payout batch is not in a state that allows this")
	ErrSameDecider   = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrDebtorMissing = fault.New("PAYOUT_DEBTOR_MISSING", "the account that payouts are paid from is not configured")
)

// MaxPayouts bounds a batch; what is beyond goes into another one.
const MaxPayouts = 1000

// maxAhead is how many days ahead a batch may be executed.
const maxAhead = 90

// BatchState is where a batch stands.
type BatchState string

// The states, in the order in which a batch goes through them, but for
// BatchCancelled.
const (
	BatchProposed   BatchState = "PROPOSED"
	BatchApproved   BatchState = "APPROVED"   // being posted
	BatchInstructed BatchState = "INSTRUCTED" // all posted or skipped
	BatchCompleted  BatchState = "COMPLETED"  // all answered by the bank
	BatchCancelled  BatchState = "CANCELLED"
)

// Batch is what is paid out in one currency on one day. Count and Total are of
// what was proposed. Payouts and Omissions are those of a batch that is read
// alone.
type Batch struct {
	ID           string          `json:"id"`
	Currency     money.Currency  `json:"currency"`
	PartnerID    string          `json:"partner_id,omitempty"` // whose alone, if it is one's
	ExecuteOn    calendar.Date   `json:"execute_on"`
	State        BatchState      `json:"state"`
	Count        int             `json:"count"`
	Total        money.Amount    `json:"total"`
	Sums         []Sum           `json:"sums,omitempty"`
	Proposer     string          `json:"proposer"` // subject of a token
	Approver     string          `json:"approver,omitempty"`
	Canceller    string          `json:"canceller,omitempty"`
	Revision     revision.Number `json:"revision"`
	CreateTime   time.Time       `json:"create_time"`
	ApproveTime  time.Time       `json:"approve_time,omitzero"`
	CancelTime   time.Time       `json:"cancel_time,omitzero"`
	InstructTime time.Time       `json:"instruct_time,omitzero"`
	CompleteTime time.Time       `json:"complete_time,omitzero"`
	ExportTime   time.Time       `json:"export_time,omitzero"` // of the first export, which fixed the file
	Payouts      []Payout        `json:"payouts,omitempty"`
	Omissions    []Omission      `json:"omissions,omitempty"`
}

// Sum is how many payouts of a batch are in a state, and what they add up to.
type Sum struct {
	State State        `json:"state"`
	Count int          `json:"count"`
	Total money.Amount `json:"total"`
}

// Decision is the deed of approving or cancelling a batch. Today is the day in
// UTC.
type Decision struct {
	By    string // subject of the person's token
	At    time.Time
	Today calendar.Date
}

// Approve returns b as its payouts are to be posted. ErrState unless it is
// proposed and its day not over, ErrSameDecider for the person who proposed it.
func (b Batch) Approve(d Decision) (Batch, error) {
	switch {
	case b.State != BatchProposed:
		return Batch{}, b.notIn(BatchProposed)
	case b.Proposer == d.By:
		return Batch{}, ErrSameDecider.Because("you have proposed this batch yourself; another person must approve it")
	case b.ExecuteOn.Before(d.Today):
		return Batch{}, ErrState.Because(
			fmt.Sprintf("payout batch %s was to be executed on %s, which is over; cancel it and propose another one", b.ID, b.ExecuteOn),
			"execution_date", b.ExecuteOn.String())
	}
	b = b.moved(BatchApproved)
	b.Approver, b.ApproveTime = d.By, d.At
	return b, nil
}

// Cancel returns b as it is given up. ErrState once it is approved.
func (b Batch) Cancel(d Decision) (Batch, error) {
	if b.State != BatchProposed {
		return Batch{}, b.notIn(BatchProposed)
	}
	b = b.moved(BatchCancelled)
	b.Canceller, b.CancelTime = d.By, d.At
	return b, nil
}

// Advance returns b in the state that its payouts have brought it to, by its
// Sums, and whether that is another one.
func (b Batch) Advance(at time.Time) (Batch, bool) {
	before := b.State
	if b.State == BatchApproved && b.in(Proposed) == 0 {
		b = b.moved(BatchInstructed)
		b.InstructTime = at
	}
	if b.State == BatchInstructed && b.in(Instructed) == 0 {
		b = b.moved(BatchCompleted)
		b.CompleteTime = at
	}
	return b, b.State != before
}

// in is how many payouts are in a state.
func (b Batch) in(s State) int {
	for _, sum := range b.Sums {
		if sum.State == s {
			return sum.Count
		}
	}
	return 0
}

// CheckExport returns ErrState unless all payouts of b are posted.
func (b Batch) CheckExport() error {
	if b.State != BatchInstructed && b.State != BatchCompleted {
		return b.notIn(BatchInstructed)
	}
	return nil
}

// Exported returns b as its file is fixed.
func (b Batch) Exported(at time.Time) Batch {
	b.ExportTime = at
	b.Revision++
	return b
}

func (b Batch) moved(to BatchState) Batch {
	b.State = to
	b.Revision++
	return b
}

func (b Batch) notIn(required BatchState) error {
	return ErrState.Because(
		fmt.Sprintf("payout batch %s is %s; it would have to be %s", b.ID, b.State, required),
		"state", string(b.State), "required_state", string(required))
}
