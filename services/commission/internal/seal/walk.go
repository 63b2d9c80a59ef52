package seal

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
)

// Walk goes through the ledger from its first position to its last and reports
// what is wrong. It keeps one seal in memory, whatever the ledger's length.
type Walk struct {
	next   func() (Seal, bool, error)
	report func(Finding)

	previous Seal // zero before the first
	current  Seal // whose entries come; zero before and after all seals
	ended    bool // there is no more seal
	position int64
	lastID   string
	hash     hash.Hash // of the entries so far
	whole    bool      // nothing is missing that the current seal's digest depends on

	uncovered bool // it was reported that positions lie after the last seal

	Entries int64
	Seals   int64
	Last    Seal // the last seal that is there
}

// NewWalk returns a walk along the seals that next returns in the order of their
// numbers, until it returns false.
func NewWalk(next func() (Seal, bool, error), report func(Finding)) *Walk {
	return &Walk{next: next, report: report, hash: sha256.New()}
}

// Pass takes the entry at the next position that is there.
func (w *Walk) Pass(f Found) error {
	for !w.ended && f.Position > w.current.Last {
		if err := w.turn(); err != nil {
			return err
		}
	}
	w.miss(f.Position - 1)
	w.position = f.Position
	if f.Entry != nil {
		w.Entries++
	}
	if w.ended && !w.uncovered {
		w.uncovered = true
		w.report(Finding{Fault: Missing, EntryID: f.EntryID, Seal: w.previous.Number + 1,
			Detail: fmt.Sprintf("no seal covers the positions from %d on", f.Position)})
	}
	if f.EntryID < w.lastID {
		w.find(Broken, f, fmt.Sprintf("the entries at the positions %d and %d are not in their order", f.Position-1, f.Position))
	}
	w.lastID = f.EntryID
	w.hash.Write(f.Sealed)
	f.check(func(fault Fault, detail string) { w.find(fault, f, detail) })
	return nil
}

// End is called after the last entry.
func (w *Walk) End() error {
	for !w.ended {
		if err := w.turn(); err != nil {
			return err
		}
	}
	return nil
}

// turn ends the current seal and begins the next one, if there is one.
func (w *Walk) turn() error {
	if w.current.Number > 0 {
		w.close()
	}
	next, more, err := w.next()
	if err != nil {
		return err
	}
	if !more {
		w.ended, w.current = true, Seal{}
		return nil
	}
	w.begin(next)
	return nil
}

func (w *Walk) begin(s Seal) {
	w.hash.Reset()
	w.hash.Write(w.previous.Digest)
	w.whole, w.lastID = true, ""
	switch missing := s.Number - w.previous.Number - 1; {
	case missing > 0:
		w.report(Finding{Fault: Missing, Seal: w.previous.Number + 1,
			Detail: fmt.Sprintf("%s before seal %d: %d", plural(missing, "seal is missing", "seals are missing"), s.Number, missing)})
		w.whole, w.position = false, s.First-1
	case s.First != w.previous.Last+1:
		w.report(Finding{Fault: Broken, Seal: s.Number,
			Detail: fmt.Sprintf("the seal begins at position %d, and the one before ends at %d", s.First, w.previous.Last)})
		w.whole, w.position = false, max(w.position, s.First-1)
	}
	w.current = s
	w.Seals++
	w.Last = s
}

// close judges the current seal, of which all entries that are there have passed.
func (w *Walk) close() {
	w.miss(w.current.Last)
	if w.whole && !bytes.Equal(w.hash.Sum(nil), w.current.Digest) {
		w.report(Finding{Fault: Broken, Seal: w.current.Number,
			Detail: fmt.Sprintf("the digest of the seal is not that of its entries, at the positions %d to %d, and of the seal before", w.current.First, w.current.Last)})
	}
	w.previous = w.current
}

// miss reports the positions up to one that should have come.
func (w *Walk) miss(upTo int64) {
	if w.position >= upTo {
		return
	}
	where := fmt.Sprintf("position %d is", upTo)
	if first := w.position + 1; first < upTo {
		where = fmt.Sprintf("positions %d to %d are", first, upTo)
	}
	w.find(EntryMissing, Found{Position: upTo}, where+" not there")
	w.position, w.whole = upTo, false
}

// find reports a fault of what is at a position.
func (w *Walk) find(fault Fault, at Found, detail string) {
	finding := Finding{Fault: fault, EntryID: at.EntryID, Detail: detail}
	if at.Position >= w.current.First { // else it is of a seal that is missing
		finding.Seal = w.current.Number
	}
	w.report(finding)
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
