package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of entries.
var (
	ErrUnbalanced      = fault.New("ENTRY_UNBALANCED", "debits and credits of the entry are not equal")
	ErrAlreadyReversed = fault.New("ALREADY_REVERSED", "the entry has been reversed already")
	ErrNotReversible   = fault.New("STATE_INVALID", "only adjustments can be reversed by hand")
	ErrNoEntry         = fault.New("NOT_FOUND", "there is no such entry")
)

// Posting is one side of an entry on one account. One of Debit and Credit is
// positive and the other zero, in minor units of the entry's currency.
type Posting struct {
	Account Account `json:"account"`
	Debit   int64   `json:"debit,omitempty"`
	Credit  int64   `json:"credit,omitempty"`
}

// Entry is what happened to one partner's accounts in one currency. Effective is
// the day for which it holds, in UTC; Posted when it was written.
type Entry struct {
	ID        string         `json:"id"`
	Kind      Kind           `json:"kind"`
	PartnerID string         `json:"partner_id"`
	Currency  money.Currency `json:"currency"`
	Effective calendar.Date  `json:"effective"`
	Posted    time.Time      `json:"posted"`
	AccrualID string         `json:"accrual_id,omitempty"` // empty for what no instalment earned
	Reverses  string         `json:"reverses,omitempty"`
	Cause     string         `json:"cause"` // what it follows from, such as "payment:P-1001"
	Note      string         `json:"note"`  // one sentence for people
	Actor     string         `json:"actor"`
	FxSetID   string         `json:"fx_set_id,omitempty"` // the exchange rates of the first booking
	Postings  []Posting      `json:"postings"`
}

// Transfer returns the postings that move an amount of minor units from one
// account to another: the first is debited. A negative amount goes the other
// way.
func Transfer(debit, credit Account, minor int64) []Posting {
	if minor < 0 {
		debit, credit, minor = credit, debit, -minor
	}
	return []Posting{{Account: debit, Debit: minor}, {Account: credit, Credit: minor}}
}

// Check returns ErrUnbalanced, unless the entry balances.
func (e Entry) Check() error {
	var debits, credits int64
	for _, p := range e.Postings {
		if p.Debit < 0 || p.Credit < 0 || (p.Debit == 0) == (p.Credit == 0) {
			return ErrUnbalanced.Because(fmt.Sprintf("a posting to %s debits %d and credits %d; one of them must be positive, the other zero", p.Account, p.Debit, p.Credit))
		}
		debits += p.Debit
		credits += p.Credit
	}
	if debits != credits || len(e.Postings) < 2 {
		return ErrUnbalanced.Because(fmt.Sprintf("the entry debits %d and credits %d in %d postings; it must do both alike, in two or more", debits, credits, len(e.Postings)))
	}
	return nil
}

// Net is what the entry adds to an account, credits positive.
func (e Entry) Net(a Account) int64 {
	var net int64
	for _, p := range e.Postings {
		if p.Account == a {
			net += p.Credit - p.Debit
		}
	}
	return net
}

// Standing is what the entry adds to the standing of its accrual.
func (e Entry) Standing() Standing {
	return Standing{Accrued: e.Net(Accrued), Payable: e.Net(Payable) + e.Net(Receivable), Held: e.Net(Held)}
}

// Stated is what the entry adds to the partner's statement, and whether it is a
// line of one. What settles earlier statements is not, and neither is what no
// statement shows.
func (e Entry) Stated() (money.Amount, bool) {
	shown := false
	for _, p := range e.Postings {
		shown = shown || p.Account.Stated()
	}
	return money.Amount{Minor: e.Net(Payable) + e.Net(Receivable), Currency: e.Currency}, shown && !e.Kind.settles()
}

// Reverse returns the entry that undoes e, whole and on a day. The caller gives
// it its id. It returns ErrNotReversible for what follows from facts: those are
// corrected by further facts.
func (e Entry) Reverse(on calendar.Date, at time.Time, actor, note string) (Entry, error) {
	if e.Kind != Adjustment {
		return Entry{}, ErrNotReversible.Because(fmt.Sprintf(
			"entry %s is of kind %s and follows from %s; record the fact that corrects it (a credit note, a payment reversal, a dispute's end) instead", e.ID, e.Kind, e.Cause))
	}
	undone := e
	undone.ID, undone.Kind, undone.Effective, undone.Posted = "", Reversal, on, at
	undone.Reverses, undone.Cause, undone.Actor, undone.Note = e.ID, "entry:"+e.ID, actor, note
	undone.Postings = make([]Posting, len(e.Postings))
	for i, p := range e.Postings {
		undone.Postings[i] = Posting{Account: p.Account, Debit: p.Credit, Credit: p.Debit}
	}
	return undone, nil
}

// Digest is the SHA-256 of everything that the entry says, each part with its
// length before it, times in microseconds.
func (e Entry) Digest() []byte {
	h := sha256.New()
	for _, text := range [...]string{
		e.ID, string(e.Kind), e.PartnerID, string(e.Currency), e.Effective.String(), e.AccrualID, e.Reverses, e.Cause, e.Note, e.Actor, e.FxSetID,
	} {
		writeNumber(h, int64(len(text)))
		h.Write([]byte(text))
	}
	writeNumber(h, e.Posted.UnixMicro())
	for _, p := range e.Postings {
		writeNumber(h, int64(len(p.Account)))
		h.Write([]byte(p.Account))
		writeNumber(h, p.Debit)
		writeNumber(h, p.Credit)
	}
	return h.Sum(nil)
}

func writeNumber(h hash.Hash, n int64) {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(n))
	h.Write(bytes[:])
}
