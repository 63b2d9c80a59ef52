package statement

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about statements.
var (
	ErrNone            = fault.New("NOT_FOUND", "there is no such statement")
	ErrClosed          = fault.New("PERIOD_CLOSED", "the month is closed")
	ErrNotOver         = fault.New("PERIOD_NOT_OVER", "the month is not over")
	ErrPredecessorOpen = fault.New("PREDECESSOR_OPEN", "an earlier month is still open")
	ErrAlreadyPaid     = fault.New("STATEMENT_ALREADY_PAID", "the statement is paid or being paid")
	ErrNotPayable      = fault.New("STATEMENT_NOT_PAYABLE", "the statement can't be paid")
	ErrNotSelfBilled   = fault.New("SELF_BILLING_NOT_AGREED", "no agreement on file makes the statement a self-billed invoice")
)

// State is where a statement stands.
type State string

// The states.
const (
	Open    State = "OPEN"    // the running month
	Closed  State = "CLOSED"  // to be paid
	Carried State = "CARRIED" // on the next one
	Paying  State = "PAYING"  // in a payout that is approved
	Paid    State = "PAID"
)

// Statement is what a partner is owed in one currency for one month. Amounts are
// in minor units. PriorMinor is what of the lines is effective before the month;
// MinimumMinor is 0 where the currency has no minimum.
type Statement struct {
	ID             string          `json:"id"` // empty for an open one
	PartnerID      string          `json:"partner_id"`
	PartnerName    string          `json:"partner_name,omitempty"`
	Currency       money.Currency  `json:"currency"`
	Month          Month           `json:"month"`
	State          State           `json:"state"`
	OpeningMinor   int64           `json:"opening_minor"`
	LinesMinor     int64           `json:"lines_minor"`
	PriorMinor     int64           `json:"prior_minor"`
	ClosingMinor   int64           `json:"closing_minor"`
	LineCount      int64           `json:"line_count"`
	MinimumMinor   int64           `json:"minimum_minor"`
	HeldMinor      int64           `json:"held_minor"` // by disputes whose hold is on no statement yet; as of the answer
	PaidMinor      int64           `json:"paid_minor"`
	DocumentNumber string          `json:"document_number,omitempty"` // of a self-billed invoice
	AgreementID    string          `json:"agreement_id,omitempty"`
	TaxID          string          `json:"tax_id,omitempty"`
	PreviousID     string          `json:"previous_id,omitempty"`
	DisputeUntil   calendar.Date   `json:"dispute_until,omitzero"` // the last day
	CodeVersionID  string          `json:"code_version_id,omitempty"`
	CloseTime      time.Time       `json:"close_time,omitzero"`
	Closer         string          `json:"closer,omitempty"`
	Revision       revision.Number `json:"revision"`
}

// Amount is an amount of minor units in the statement's currency.
func (s Statement) Amount(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: s.Currency}
}

// Date is the day that the statement is dated.
func (s Statement) Date() calendar.Date { return s.Month.Last() }

// SelfBilled reports whether the statement is a self-billed invoice.
func (s Statement) SelfBilled() bool { return s.DocumentNumber != "" }

// CheckSelfBilled returns ErrNotSelfBilled unless the statement is a self-billed
// invoice.
func (s Statement) CheckSelfBilled() error {
	if s.SelfBilled() {
		return nil
	}
	return ErrNotSelfBilled.Because(
		fmt.Sprintf("statement %s of %s is no invoice: partner %s had no self-billing agreement in force on %s, or there is nothing to invoice",
			s.ID, s.Month, s.PartnerID, s.Date()), "partner_id", s.PartnerID, "date", s.Date().String()).On("self_billed_invoice")
}

// LeftMinor is what the next statement opens at.
func (s Statement) LeftMinor() int64 { return s.ClosingMinor - s.PaidMinor }

// PayableMinor is what a payout would pay: all but what is held, if the
// statement is to be paid and that is enough.
func (s Statement) PayableMinor() int64 {
	if payable := s.ClosingMinor - s.HeldMinor; s.State == Closed && s.enough(payable) {
		return payable
	}
	return 0
}

func (s Statement) enough(minor int64) bool { return minor > 0 && minor >= s.MinimumMinor }

// Carry returns the statement as the next one has its balance. One that is paid,
// or being paid, stays as it is.
func (s Statement) Carry() Statement {
	if s.State == Closed {
		s.State = Carried
		s.Revision++
	}
	return s
}

// Pay returns the statement as an approved payout pays it. ErrAlreadyPaid if
// one does already, ErrNotPayable if it is not to be paid, or the amount is not
// what is payable.
func (s Statement) Pay(minor int64) (Statement, error) {
	switch {
	case s.State == Paying || s.State == Paid:
		return s, ErrAlreadyPaid.Because(fmt.Sprintf("statement %s is %s", s.ID, s.State), "statement_id", s.ID, "state", string(s.State))
	case s.PayableMinor() == 0 || s.PayableMinor() != minor:
		return s, ErrNotPayable.Because(
			fmt.Sprintf("%s of statement %s is payable, not %s; it is %s", s.Amount(s.PayableMinor()), s.ID, s.Amount(minor), s.State),
			"statement_id", s.ID, "state", string(s.State), "payable", s.Amount(s.PayableMinor()).Decimal())
	}
	s.State, s.PaidMinor = Paying, minor
	s.Revision++
	return s, nil
}
