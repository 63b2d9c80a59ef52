package seal

import (
	"bytes"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
)

// Line is what statements show of an entry.
type Line struct {
	PartnerID, Currency, AccrualID string
	Effective                      string
	Minor                          int64
}

// LineOf is the line that an entry has, if it has one.
func LineOf(e ledger.Entry) (Line, bool) {
	stated, shown := e.Stated()
	return Line{e.PartnerID, string(e.Currency), e.AccrualID, e.Effective.String(), stated.Minor}, shown
}

// Found is an entry as it is in the database, with all that hangs on it.
type Found struct {
	Position int64  // 0 for an entry that has none
	EntryID  string // by the position, or the entry itself
	OwnerID  string // the partner that the position names
	Sealed   []byte // the digest that the position names

	Entry *Written // nil if it is not there
	Apart bool     // postings are another partner's, in another currency, or for another day
	Line  *Line    // nil if there is none
}

// check reports what is wrong with the entry by itself.
func (f Found) check(report func(Fault, string)) {
	if f.Entry == nil {
		report(EntryMissing, fmt.Sprintf("the entry at position %d is not there", f.Position))
		return
	}
	f.checkContents(report)
	if err := f.Entry.Check(); err != nil {
		report(EntryUnbalanced, err.Error())
	}
	f.checkLine(report)
}

func (f Found) checkContents(report func(Fault, string)) {
	digest := f.Entry.Entry.Digest()
	switch {
	case f.Position > 0 && !bytes.Equal(digest, f.Sealed):
		report(EntryChanged, fmt.Sprintf("the entry at position %d is not the one that was sealed", f.Position))
	case !bytes.Equal(digest, f.Entry.Digest):
		report(EntryChanged, "the entry is not what its digest says")
	case f.Position > 0 && f.OwnerID != f.Entry.PartnerID:
		report(EntryChanged, fmt.Sprintf("position %d names partner %s, and the entry is %s's", f.Position, f.OwnerID, f.Entry.PartnerID))
	case f.Apart:
		report(EntryChanged, "a posting is another partner's, in another currency, for another day or of another time than its entry")
	}
}

func (f Found) checkLine(report func(Fault, string)) {
	want, shown := LineOf(f.Entry.Entry)
	switch {
	case shown && f.Line == nil:
		report(LineWrong, fmt.Sprintf("the entry changes what is due by %d minor units, and no statement line shows it", want.Minor))
	case !shown && f.Line != nil:
		report(LineWrong, "a statement line shows an entry that changes nothing that is due")
	case shown && *f.Line != want:
		report(LineWrong, fmt.Sprintf("the entry says %+v, its statement line %+v", want, *f.Line))
	}
}
