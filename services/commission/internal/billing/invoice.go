package billing

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of facts.
var (
	ErrNoInvoice      = fault.New("NOT_FOUND", "there is no such invoice")
	ErrNoPayment      = fault.New("NOT_FOUND", "there is no such payment")
	ErrIDReused       = fault.New("EXTERNAL_ID_REUSED", "this id was recorded with other contents")
	ErrInFuture       = fault.New("DATE_INVALID", "the date lies in the future")
	ErrPaysTooMuch    = fault.New("PAYMENT_EXCEEDS_INVOICE", "more is paid than is outstanding")
	ErrCreditsTooMuch = fault.New("CREDIT_EXCEEDS_INVOICE", "more is credited than was invoiced")
	ErrTakenBack      = fault.New("ALREADY_REVERSED", "the payment was taken back already")
	ErrNotPositive    = fault.New("AMOUNT_INVALID", "the amount is not positive")
)

// Cause is why a customer is credited.
type Cause string

// The causes of credits.
const (
	Customer    Cause = "CUSTOMER"
	VendorFault Cause = "VENDOR_FAULT"
	Correction  Cause = "CORRECTION"
)

// Invoice is an invoice with all that is known of it.
type Invoice struct {
	ID            string
	Currency      money.Currency
	Issued, Due   calendar.Date
	HoldDays      int
	OverdueDays   int
	CodeVersionID string // that sets those days
	FxSetID       string
	Fingerprint   []byte
	Actor         string
	Recorded      time.Time
	Lines         []Line // in the order of their numbers
	Facts         []Fact
}

// Line is a line of an invoice: an instalment.
type Line struct {
	Number         int
	SourceID       string
	Instalment     int
	SubscriptionID string
	Amount         int64 // minor units of the invoice's currency
	Voided         bool  // credited in full as a mistake
}

// Kind is what a fact tells.
type Kind string

// The kinds of facts about an invoice that was issued.
const (
	Payment         Kind = "PAYMENT"
	PaymentReversal Kind = "PAYMENT_REVERSAL"
	CreditNote      Kind = "CREDIT_NOTE"
)

// Fact is a payment, one taken back, or a credit. Amounts are in minor units of
// the invoice's currency; Parts are what falls to each line.
type Fact struct {
	Kind        Kind
	ID          string
	InvoiceID   string
	On          calendar.Date
	Amount      int64
	Currency    money.Currency // as it was told; none of a payment that was taken back
	Cause       Cause          // of a credit
	Reverses    string         // the payment that was taken back
	LineNumber  int            // of a credit of one line only
	Fingerprint []byte
	Actor       string
	Recorded    time.Time
	Parts       []Part
}

// Part is what of a fact falls to one line.
type Part struct {
	LineNumber int
	Amount     int64
}

// Amount is the sum of the lines.
func (i *Invoice) Amount() (sum int64) {
	for _, l := range i.Lines {
		sum += l.Amount
	}
	return sum
}

// Paid is what is paid and was not taken back.
func (i *Invoice) Paid() int64 {
	return i.sum(0, func(f Fact) bool { return f.Kind == Payment && !i.undone(f.ID) })
}

// Credited is what is credited, whatever the cause.
func (i *Invoice) Credited() int64 {
	return i.sum(0, func(f Fact) bool { return f.Kind == CreditNote })
}

// Outstanding is what is neither paid nor credited.
func (i *Invoice) Outstanding() (sum int64) {
	for _, l := range i.Lines {
		sum += max(i.open(l), 0)
	}
	return sum
}

// sum adds up facts, of one line or, for 0, of all.
func (i *Invoice) sum(line int, counts func(Fact) bool) (sum int64) {
	for _, f := range i.Facts {
		if !counts(f) {
			continue
		}
		for _, p := range f.Parts {
			if line == 0 || p.LineNumber == line {
				sum += p.Amount
			}
		}
	}
	return sum
}

func (i *Invoice) undone(paymentID string) bool {
	return slices.ContainsFunc(i.Facts, func(f Fact) bool { return f.Kind == PaymentReversal && f.Reverses == paymentID })
}

// Known looks a fact up among those of the invoice. It returns ErrIDReused if
// what is recorded under its id is another one.
func (i *Invoice) Known(kind Kind, id string, fingerprint []byte) (bool, error) {
	for _, f := range i.Facts {
		if f.Kind == kind && f.ID == id {
			return true, Same(id, f.Fingerprint, fingerprint)
		}
	}
	return false, nil
}

// Same returns ErrIDReused unless two facts under one id are the same.
func Same(id string, known, told []byte) error {
	if bytes.Equal(known, told) {
		return nil
	}
	return ErrIDReused.Because(fmt.Sprintf("%s was recorded with other contents; a correction needs an id of its own", id), "external_id", id)
}

// Line returns a line as the ledger reckons with it.
func (i *Invoice) Line(number int) ledger.Line {
	at := slices.IndexFunc(i.Lines, func(l Line) bool { return l.Number == number })
	line := ledger.Line{
		Invoice: i.ID, Amount: i.Lines[at].Amount, Issued: i.Issued, Due: i.Due, HoldDays: i.HoldDays, OverdueDays: i.OverdueDays,
	}
	for _, f := range i.Facts {
		for _, p := range f.Parts {
			if p.LineNumber == number && f.Kind != PaymentReversal {
				line.Facts = append(line.Facts, i.ledgerFact(f, p.Amount))
			}
		}
	}
	return line
}

func (i *Invoice) ledgerFact(f Fact, amount int64) ledger.Fact {
	fact := ledger.Fact{On: f.On, Amount: amount}
	switch {
	case f.Kind == Payment:
		fact.Kind, fact.Cause = ledger.Payment, "payment:"+f.ID
		for _, r := range i.Facts {
			if r.Kind == PaymentReversal && r.Reverses == f.ID {
				fact.Undone, fact.UndoneBy = r.On, "payment_reversal:"+r.ID
			}
		}
	case f.Cause == VendorFault:
		fact.Kind, fact.Cause = ledger.Excuse, "credit_note:"+f.ID
	default:
		fact.Kind, fact.Cause = ledger.Credit, "credit_note:"+f.ID
	}
	return fact
}

// Money is an amount in the invoice's currency.
func (i *Invoice) Money(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: i.Currency}
}
