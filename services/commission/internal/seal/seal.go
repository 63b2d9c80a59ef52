package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
)

// Patience is longer than any transaction that posts may take: a call has up to a
// minute, a job up to ten.
const Patience = 15 * time.Minute

// Seal covers the entries of the positions from First to Last. Entries whose ids
// sort before ScanFrom have their position, or are never committed.
type Seal struct {
	Number   int64     `json:"number"`
	First    int64     `json:"first"`
	Last     int64     `json:"last"`
	Digest   []byte    `json:"digest"`
	At       time.Time `json:"at"`
	ScanFrom string    `json:"-"`
}

// Entries is how many entries the seal covers.
func (s Seal) Entries() int64 { return s.Last - s.First + 1 }

// Hex is the digest as people keep it.
func (s Seal) Hex() string { return hex.EncodeToString(s.Digest) }

// Written is an entry with the digest that was stored with it.
type Written struct {
	ledger.Entry
	Digest []byte
}

// Refused is an entry that is not what the ledger's rules make of it, and why.
type Refused struct {
	EntryID string
	Fault   Fault
	Detail  string
}

// Close seals entries after the last seal, the zero Seal if there is none. It
// returns the seal with the entries in the order of their positions, and those
// that must not be sealed. Without any entry to seal, the seal's number is 0.
func Close(last Seal, list []Written, at time.Time) (s Seal, sealed []Written, refused []Refused) {
	for _, w := range list {
		if fault, detail := w.wrong(last); fault != "" {
			refused = append(refused, Refused{w.ID, fault, detail})
			continue
		}
		sealed = append(sealed, w)
	}
	if len(sealed) == 0 {
		return Seal{}, nil, refused
	}
	slices.SortFunc(sealed, func(a, b Written) int { return strings.Compare(a.ID, b.ID) })
	h := sha256.New()
	h.Write(last.Digest)
	for _, w := range sealed {
		h.Write(w.Digest)
	}
	if at.Before(last.At) { // a clock was put back; seals are not
		at = last.At
	}
	return Seal{Number: last.Number + 1, First: last.Last + 1, Last: last.Last + int64(len(sealed)), Digest: h.Sum(nil), At: at}, sealed, refused
}

// wrong says what keeps an entry from being sealed after a seal.
func (w Written) wrong(last Seal) (Fault, string) {
	switch {
	case !bytes.Equal(w.Entry.Digest(), w.Digest):
		return EntryChanged, "the entry is not what its digest says"
	case w.Check() != nil:
		return EntryUnbalanced, w.Check().Error()
	case w.late(last):
		return EntryAdded, w.lateness(last)
	}
	return "", ""
}

func (w Written) lateness(last Seal) string {
	return fmt.Sprintf("the entry says that it was posted at %s, but was not there when the ledger was sealed at %s",
		w.Posted.UTC().Format(time.RFC3339), last.At.UTC().Format(time.RFC3339))
}

// late reports whether an entry that has no position after a seal should have
// had one.
func (w Written) late(last Seal) bool { return w.Posted.Before(last.At.Add(-Patience)) }
