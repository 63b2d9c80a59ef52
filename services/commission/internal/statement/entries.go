package statement

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// HoldEntry is how the ledger has that the line is disputed. The caller gives it
// its id. There is none if nothing is held.
func (d Dispute) HoldEntry() (ledger.Entry, bool) {
	note := fmt.Sprintf("Line %s of statement %s is disputed: %s is held until that is decided.", d.LineID, d.StatementID, d.Held)
	return d.entry(ledger.DisputeHold, d.OpenTime, d.Opener, note, ledger.Transfer(ledger.Payable, ledger.Disputed, d.Held.Minor)), !d.Held.IsZero()
}

// EndEntries are how the ledger has the end of the dispute: what was held is
// released, and what was decided is added. The caller gives them their ids.
func (d Dispute) EndEntries() []ledger.Entry {
	how := "was taken back"
	switch d.Outcome {
	case Upheld:
		how = "was upheld"
	case Rejected:
		how = "was rejected"
	}
	var entries []ledger.Entry
	if !d.Held.IsZero() {
		note := fmt.Sprintf("The dispute %s about line %s %s: the %s that were held are free.", d.ID, d.LineID, how, d.Held)
		entries = append(entries, d.entry(ledger.DisputeRelease, d.CloseTime, d.Closer, note, ledger.Transfer(ledger.Disputed, ledger.Payable, d.Held.Minor)))
	}
	if !d.Adjustment.IsZero() {
		note := fmt.Sprintf("The dispute %s about line %s was upheld: %s", d.ID, d.LineID, d.Resolution)
		entries = append(entries, d.entry(ledger.Adjustment, d.CloseTime, d.Closer, note, ledger.Transfer(ledger.Expense, ledger.Payable, d.Adjustment.Minor)))
	}
	return entries
}

// PostedBy returns the dispute with the id of one of its EndEntries.
func (d Dispute) PostedBy(e ledger.Entry) Dispute {
	switch e.Kind {
	case ledger.DisputeRelease:
		d.ReleaseEntryID = e.ID
	case ledger.Adjustment:
		d.AdjustmentEntryID = e.ID
	}
	return d
}

// entry belongs to no accrual: what an instalment has earned is not changed by a
// dispute.
func (d Dispute) entry(kind ledger.Kind, at time.Time, by, note string, postings []ledger.Posting) ledger.Entry {
	return ledger.Entry{
		Kind: kind, PartnerID: d.PartnerID, Currency: d.Line.Currency, Effective: calendar.DateOf(at, time.UTC), Posted: at,
		Cause: "dispute:" + d.ID, Note: note, Actor: by, Postings: postings,
	}
}

// SetOffEntry is how the ledger has what the close of s set off by postings. The
// caller gives it its id.
func (s Statement) SetOffEntry(postings []ledger.Posting) ledger.Entry {
	return ledger.Entry{
		Kind: ledger.SetOff, PartnerID: s.PartnerID, Currency: s.Currency, Effective: s.Date(), Posted: s.CloseTime, Cause: "statement:" + s.ID,
		Note: "What is owed either way was set off at the close of " + s.Month.Words() + ".", Actor: s.Closer, Postings: postings,
	}
}
