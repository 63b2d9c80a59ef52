package seal

import (
	"bytes"
	"fmt"
)

// Compare holds a seal as it is against the same seal as others know it, each of
// them nil where it is not there, and says what is wrong. knows is who knows it:
// "the feed".
func Compare(found, known *Seal, knows string) (Finding, bool) {
	switch {
	case found == nil:
		return Finding{Fault: Missing, Seal: known.Number, Detail: fmt.Sprintf("%s knows the seal, with the digest %s, and it is not there", knows, known.Hex())}, true
	case known == nil:
		return Finding{Fault: Broken, Seal: found.Number, Detail: fmt.Sprintf("%s does not know the seal", knows)}, true
	case !bytes.Equal(found.Digest, known.Digest):
		return Finding{Fault: Broken, Seal: found.Number, Detail: fmt.Sprintf("%s knows the seal with the digest %s, and it has %s", knows, known.Hex(), found.Hex())}, true
	case found.First != known.First || found.Last != known.Last || !found.At.Equal(known.At):
		return Finding{Fault: Broken, Seal: found.Number, Detail: fmt.Sprintf("%s knows the seal with the positions %d to %d of %s, and it has %d to %d of %s",
			knows, known.First, known.Last, known.At, found.First, found.Last, found.At)}, true
	}
	return Finding{}, false
}

// Stray judges an entry that has no position. The entries of the last minutes
// have none yet.
func Stray(f Found, last Seal, report func(Finding)) {
	find := func(fault Fault, detail string) { report(Finding{Fault: fault, EntryID: f.EntryID, Detail: detail}) }
	if f.Entry != nil && f.Entry.late(last) {
		find(EntryAdded, f.Entry.lateness(last))
	}
	f.check(find)
}
