package payout

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about payouts.
var (
	ErrNoPayout       = fault.New("NOT_FOUND", "there is no such payout")
	ErrNotInstructed  = fault.New("STATE_INVALID", "the payout was not instructed to the bank")
	ErrDecided        = fault.New("PAYOUT_ALREADY_DECIDED", "the bank's answer to this payout is recorded already")
	ErrReasonRequired = fault.New("REASON_TEXT_REQUIRED", "a reason in words is required")
	ErrAccountChanged = fault.New("PAYOUT_ACCOUNT_CHANGED", "the payout would go to another account than was approved")
)

// State is where a payout stands.
type State string

// The states.
const (
	Proposed   State = "PROPOSED"
	Instructed State = "INSTRUCTED" // posted; the bank has not answered
	Paid       State = "PAID"
	Returned   State = "RETURNED" // by the bank, at once or after it was paid
	Skipped    State = "SKIPPED"  // not as it was approved
	Cancelled  State = "CANCELLED"
)

// Payout pays one statement.
type Payout struct {
	ID           string          `json:"id"`
	BatchID      string          `json:"batch_id"`
	PartnerID    string          `json:"partner_id"`
	StatementID  string          `json:"statement_id"`
	Document     string          `json:"document,omitempty"` // the statement's number as an invoice
	Month        calendar.Date   `json:"month"`              // the statement's first day
	Amount       money.Amount    `json:"amount"`
	Account      Account         `json:"account"`
	ExecuteOn    calendar.Date   `json:"execute_on"`
	State        State           `json:"state"`
	Obstacle     Obstacle        `json:"obstacle,omitempty"` // why it was skipped
	Detail       string          `json:"detail,omitempty"`   // the same in one sentence
	InstructedOn calendar.Date   `json:"instructed_on,omitzero"`
	InFile       bool            `json:"in_file,omitempty"` // for the bank, once that is exported
	Paid         *Answer         `json:"paid,omitempty"`
	Returned     *Answer         `json:"returned,omitempty"`
	Revision     revision.Number `json:"revision"`
	CreateTime   time.Time       `json:"create_time"`
	UpdateTime   time.Time       `json:"update_time"`
}

// Posting is the deed of posting an approved payout. Due is the partner's latest
// closed statement by now, Account is where a payout of its day goes, none if
// Found is false; Today is the day in UTC.
type Posting struct {
	Due     Due
	Account Account
	Found   bool
	At      time.Time
	Today   calendar.Date
}

// Post returns the payout as it is instructed if all is as it was approved, and
// otherwise as it is skipped.
func (p Payout) Post(with Posting) Payout {
	p.Revision++
	p.UpdateTime = with.At
	if p.Obstacle, p.Detail = p.obstacle(with); p.Obstacle != "" {
		p.State = Skipped
		return p
	}
	p.State, p.InstructedOn = Instructed, with.Today
	return p
}

func (p Payout) obstacle(with Posting) (Obstacle, string) {
	d := with.Due
	switch {
	case d.StatementID != p.StatementID:
		return Superseded, "A later statement was closed, which has the balance."
	case !d.Open:
		return Carried, "The statement is not to be paid any more."
	case d.Payable() != p.Amount:
		return AmountChanged, fmt.Sprintf("%s was approved, and %s is payable by now.", p.Amount, d.Payable())
	case !with.Found:
		return AccountMissing, "The account was closed."
	case with.Account.ID != p.Account.ID:
		return AccountChanged, fmt.Sprintf("Account %s was approved, and %s is in use by now.", p.Account.ID, with.Account.ID)
	}
	return "", ""
}

// CheckAccount returns ErrAccountChanged unless the payout still goes to the
// account that was approved.
func (p Payout) CheckAccount(now Account, found bool) error {
	switch {
	case !found:
		return ErrAccountChanged.Because(
			fmt.Sprintf("account %s of payout %s was closed; record the payout as returned, or find out whether the bank has paid it", p.Account.ID, p.ID),
			"payout_id", p.ID, "payout_account_id", p.Account.ID)
	case now.ID != p.Account.ID:
		return ErrAccountChanged.Because(
			fmt.Sprintf("payout %s was approved for account %s; %s is in use by now", p.ID, p.Account.ID, now.ID),
			"payout_id", p.ID, "payout_account_id", p.Account.ID)
	}
	return nil
}

// Text is what the partner reads on its bank statement.
func (p Payout) Text() string {
	year, month, _ := p.Month.Civil()
	text := fmt.Sprintf("Statement %04d-%02d %s", year, month, p.PartnerID)
	if p.Document != "" {
		text += " " + p.Document
	}
	return text
}

// Transfer is the payout as the bank is asked for it, to an account whose
// numbers are in to.
func (p Payout) Transfer(to bankfile.Account) bankfile.Transfer {
	return bankfile.Transfer{ID: p.ID, To: to, Amount: p.Amount, Text: p.Text()}
}

// Entry is how the ledger has what became of the payout. It has no id, time and
// actor yet.
func (p Payout) Entry() ledger.Entry {
	e := ledger.Entry{PartnerID: p.PartnerID, Currency: p.Amount.Currency, Cause: "payout:" + p.ID}
	switch p.State {
	case Instructed:
		e.Kind, e.Effective = ledger.Payout, p.InstructedOn
		e.Postings = ledger.Transfer(ledger.Payable, ledger.InTransit, p.Amount.Minor)
		e.Note = fmt.Sprintf("%s is paid out by transfer %s.", p.Text(), p.ID)
	case Paid:
		e.Kind, e.Effective = ledger.PayoutPaid, p.Paid.ValueOn
		e.Postings = ledger.Transfer(ledger.InTransit, ledger.Cash, p.Amount.Minor)
		e.Note = fmt.Sprintf("The bank has paid transfer %s.", p.ID)
	case Returned:
		from := ledger.InTransit
		if p.Paid != nil {
			from = ledger.Cash
		}
		e.Kind, e.Effective = ledger.PayoutReturned, p.Returned.ValueOn
		e.Postings = ledger.Transfer(from, ledger.Payable, p.Amount.Minor)
		e.Note = fmt.Sprintf("Transfer %s came back; its amount is due again.", p.ID)
	}
	return e
}
