package statement

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// GraceDays are the first days of a month, in which what is written belongs to
// the month before if it is effective there, as long as that is not closed.
const GraceDays = 5

// Account is what there is to close of a partner in one currency: the latest
// statement, the zero value if there is none, and the lines on the open one.
// Earliest is the first day that any of them is effective on, Known the first by
// which any had to be there: its effective day, or GraceDays before it was
// written if that is later. Both are zero if there is no line.
type Account struct {
	PartnerID string
	Currency  money.Currency
	Latest    Statement
	Earliest  calendar.Date
	Known     calendar.Date
}

// Due returns the month to close next, or none if there is nothing to close: the
// one after the latest statement if that has left a balance, and otherwise the
// first by which there was a line. What is written later of a month that has
// passed without a statement waits for the month in which it was written.
func (a Account) Due() Month {
	after := Month{}
	if !a.Latest.Month.IsZero() {
		after = a.Latest.Month.Next()
	}
	if a.Latest.LeftMinor() != 0 {
		return after
	}
	if a.Known.IsZero() {
		return Month{}
	}
	if known := MonthOf(a.Known); !known.Before(after) {
		return known
	}
	return after
}

// Check decides whether a month can be closed: ErrNotOver, ErrClosed or
// ErrPredecessorOpen. There is nothing to close if it returns false.
func (a Account) Check(m Month, today calendar.Date) (bool, error) {
	if err := CheckOver(m, today); err != nil {
		return false, err
	}
	due := a.Due()
	switch {
	case !a.Latest.Month.IsZero() && !a.Latest.Month.Before(m):
		return false, ErrClosed.Because(
			fmt.Sprintf("the statements of partner %s in %s are closed up to %s; what comes later is on the open one", a.PartnerID, a.Currency, a.Latest.Month),
			"statement_id", a.Latest.ID, "month", a.Latest.Month.String()).On("month")
	case !due.IsZero() && due.Before(m):
		return false, ErrPredecessorOpen.Because(
			fmt.Sprintf("close %s of partner %s in %s first; months are closed in their order", due, a.PartnerID, a.Currency),
			"partner_id", a.PartnerID, "currency", string(a.Currency), "month", due.String()).On("month")
	}
	return a.Latest.LeftMinor() != 0 || !a.Earliest.IsZero() && a.Earliest.Before(m.Next().First()), nil
}

// CheckOver returns ErrNotOver unless a month has ended before today.
func CheckOver(m Month, today calendar.Date) error {
	if !today.Before(m.Next().First()) {
		return nil
	}
	return ErrNotOver.Because(
		fmt.Sprintf("%s ends on %s in UTC; it can be closed from %s", m, m.Last(), m.Next().First()), "closable_from", m.Next().First().String()).On("month")
}

// Lines are what the lines of a statement add up to, in minor units. Prior is
// what of Sum is effective before the month, Payable what of it was posted to
// that account.
type Lines struct{ Count, Sum, Prior, Payable int64 }

// Agreement is the partner's on the date of a statement, as far as statements
// are about it.
type Agreement struct {
	PartnerName string
	ID          string // empty if none is in force
	SelfBilling bool
	TaxID       string
}

// Closing is what a statement is made of. HeldMinor is what disputes hold that
// is on no statement yet.
type Closing struct {
	ID            string
	PartnerID     string
	Currency      money.Currency
	Month         Month
	Latest        Statement // of the same partner and currency; the zero value if there is none
	Lines         Lines
	HeldMinor     int64
	MinimumMinor  int64
	DisputeDays   int
	CodeVersionID string
	Agreement     Agreement
	At            time.Time
	By            string
}

// Invoices reports whether the statement is a self-billed invoice, and so needs
// a number.
func (c Closing) Invoices() bool { return c.Agreement.SelfBilling && c.Lines.Count > 0 }

// Close returns the statement, with its number if it Invoices, or
// money.ErrOutOfRange.
func (c Closing) Close(number string) (Statement, error) {
	opening := money.Amount{Minor: c.Latest.LeftMinor(), Currency: c.Currency}
	closing, err := opening.Add(money.Amount{Minor: c.Lines.Sum, Currency: c.Currency})
	if err != nil {
		return Statement{}, err
	}
	s := Statement{
		ID: c.ID, PartnerID: c.PartnerID, PartnerName: c.Agreement.PartnerName, Currency: c.Currency, Month: c.Month, State: Closed,
		OpeningMinor: opening.Minor, LinesMinor: c.Lines.Sum, PriorMinor: c.Lines.Prior, ClosingMinor: closing.Minor, LineCount: c.Lines.Count,
		MinimumMinor: c.MinimumMinor, HeldMinor: c.HeldMinor, PreviousID: c.Latest.ID, CodeVersionID: c.CodeVersionID,
		DisputeUntil: calendar.DateOf(c.At, time.UTC).AddDays(c.DisputeDays), CloseTime: c.At, Closer: c.By, Revision: 1,
	}
	if c.Invoices() {
		s.DocumentNumber, s.AgreementID, s.TaxID = number, c.Agreement.ID, c.Agreement.TaxID
	}
	if s.PayableMinor() == 0 {
		s.State = Carried
	}
	return s, nil
}

// SetOff returns the postings that leave a closed statement's balance on one
// account, PAYABLE if it is owed to the partner and RECEIVABLE if it is owed by
// it; none if it is there already.
func (c Closing) SetOff(s Statement) []ledger.Posting {
	payable := max(c.Latest.ClosingMinor, 0) - c.Latest.PaidMinor + c.Lines.Payable
	if over := payable - max(s.ClosingMinor, 0); over != 0 {
		return ledger.Transfer(ledger.Payable, ledger.Receivable, over)
	}
	return nil
}

// Number writes a number of a self-billed invoice.
func Number(n int64) string { return fmt.Sprintf("SB-%06d", n) }
