package seal_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// written is an entry as the service wrote it.
func written(id string, posted time.Time) seal.Written {
	e := ledger.Entry{
		ID: id, Kind: ledger.Accrual, PartnerID: "softcat", Currency: "GBP", Effective: calendar.On(2026, time.March, 1), Posted: posted,
		Cause: "invoice:I-1", Postings: ledger.Transfer(ledger.Expense, ledger.Accrued, 100),
	}
	return seal.Written{Entry: e, Digest: e.Digest()}
}

func TestClose_ChainsSeals(t *testing.T) {
	one, two, three := written("ent_1", noon), written("ent_2", noon), written("ent_3", noon)
	first, sealed, refused := seal.Close(seal.Seal{}, []seal.Written{two, one}, noon)
	if len(refused) > 0 || sealed[0].ID != "ent_1" || sealed[1].ID != "ent_2" {
		t.Fatalf("sealed %v, refused %v", sealed, refused)
	}
	s1 := sha256.Sum256(slices.Concat(one.Digest, two.Digest))
	if diff := cmp.Diff(seal.Seal{Number: 1, First: 1, Last: 2, Digest: s1[:], At: noon}, first); diff != "" {
		t.Errorf("first seal (-want +got):\n%s", diff)
	}
	second, _, _ := seal.Close(first, []seal.Written{three}, noon.Add(-time.Hour))
	s2 := sha256.Sum256(slices.Concat(s1[:], three.Digest))
	if diff := cmp.Diff(seal.Seal{Number: 2, First: 3, Last: 3, Digest: s2[:], At: noon}, second); diff != "" {
		t.Errorf("second seal, by a clock that was put back (-want +got):\n%s", diff)
	}
}

func TestClose_RefusesWhatTheServiceDidNotWrite(t *testing.T) {
	last := seal.Seal{Number: 4, First: 9, Last: 9, Digest: []byte("last"), At: noon}
	forged, late, unbalanced := written("ent_1", noon), written("ent_2", noon.Add(-seal.Patience-1)), written("ent_3", noon)
	forged.Note = "Else."
	unbalanced.Postings[0].Debit++
	unbalanced.Digest = unbalanced.Entry.Digest()
	slow := written("ent_4", noon.Add(-seal.Patience))
	made, _, refused := seal.Close(last, []seal.Written{forged, late, unbalanced, slow}, noon)
	var faults []seal.Fault
	for _, r := range refused {
		faults = append(faults, r.Fault)
	}
	if diff := cmp.Diff([]seal.Fault{seal.EntryChanged, seal.EntryAdded, seal.EntryUnbalanced}, faults); diff != "" || made.Entries() != 1 {
		t.Errorf("%d sealed, refused (-want +got):\n%s", made.Entries(), diff)
	}
	if none, _, _ := seal.Close(last, []seal.Written{forged}, noon); none.Number != 0 {
		t.Errorf("an empty seal %+v", none)
	}
}

// chain is a ledger in memory.
type chain struct {
	seals []seal.Seal
	found []seal.Found
}

func newChain(sizes []int) *chain {
	c := &chain{}
	var last seal.Seal
	for _, size := range sizes {
		var batch []seal.Written
		for range size {
			batch = append(batch, written(fmt.Sprintf("ent_%04d", len(c.found)+len(batch)), noon))
		}
		made, sealed, _ := seal.Close(last, batch, noon)
		for i, w := range sealed {
			c.found = append(c.found, seal.Found{Position: made.First + int64(i), EntryID: w.ID, OwnerID: w.PartnerID, Sealed: w.Digest, Entry: &w})
		}
		c.seals, last = append(c.seals, made), made
	}
	return c
}

// walk returns what a walk finds.
func (c *chain) walk(t rapid.TB) []seal.Finding {
	var found []seal.Finding
	rest := c.seals
	w := seal.NewWalk(func() (seal.Seal, bool, error) {
		if len(rest) == 0 {
			return seal.Seal{}, false, nil
		}
		next := rest[0]
		rest = rest[1:]
		return next, true, nil
	}, func(f seal.Finding) { found = append(found, f) })
	for _, f := range c.found {
		if err := w.Pass(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestWalk_FindsWhateverIsDoneToALedger: one deed, anywhere, and at least one
// finding within or beside the seal concerned.
func TestWalk_FindsWhateverIsDoneToALedger(t *testing.T) {
	deeds := map[string]func(*rapid.T, *chain, int){
		"edit an entry": func(_ *rapid.T, c *chain, i int) { c.found[i].Entry.Note = "Else." },
		"edit an entry and its digest": func(_ *rapid.T, c *chain, i int) {
			c.found[i].Entry.Note = "Else."
			c.found[i].Entry.Digest = c.found[i].Entry.Entry.Digest()
		},
		"edit an entry and all its digests": func(_ *rapid.T, c *chain, i int) {
			c.found[i].Entry.Note = "Else."
			c.found[i].Entry.Digest = c.found[i].Entry.Entry.Digest()
			c.found[i].Sealed = c.found[i].Entry.Digest
		},
		"edit a posting": func(_ *rapid.T, c *chain, i int) { c.found[i].Entry.Postings[1].Account = ledger.Cash },
		"lose an entry":  func(_ *rapid.T, c *chain, i int) { c.found[i].Entry = nil },
		"lose a position": func(_ *rapid.T, c *chain, i int) {
			c.found = slices.Delete(c.found, i, i+1)
		},
		"lose a position and count on": func(_ *rapid.T, c *chain, i int) {
			c.found = slices.Delete(c.found, i, i+1)
			for n := i; n < len(c.found); n++ {
				c.found[n].Position--
			}
		},
		"exchange two positions": func(t *rapid.T, c *chain, i int) {
			j := rapid.IntRange(0, len(c.found)-1).Filter(func(j int) bool { return j != i }).Draw(t, "with")
			c.found[i], c.found[j] = c.found[j], c.found[i]
			c.found[i].Position, c.found[j].Position = c.found[j].Position, c.found[i].Position
		},
		"add an entry": func(_ *rapid.T, c *chain, i int) {
			w := written("ent_forged", noon)
			c.found = slices.Insert(c.found, i+1, seal.Found{EntryID: w.ID, OwnerID: w.PartnerID, Sealed: w.Digest, Entry: &w})
			for n := i + 1; n < len(c.found); n++ {
				c.found[n].Position = int64(n + 1)
			}
		},
		"edit a seal": func(t *rapid.T, c *chain, _ int) {
			c.seals[rapid.IntRange(0, len(c.seals)-1).Draw(t, "seal")].Digest = []byte("else")
		},
		"shorten a seal": func(_ *rapid.T, c *chain, _ int) { c.seals[0].Last-- },
		"lose a seal":    func(_ *rapid.T, c *chain, _ int) { c.seals = c.seals[1:] },
	}
	names := slices.Sorted(maps.Keys(deeds))
	rapid.Check(t, func(t *rapid.T) {
		c := newChain(rapid.SliceOfN(rapid.IntRange(1, 5), 2, 5).Draw(t, "seals"))
		if found := c.walk(t); len(found) > 0 {
			t.Fatalf("found %+v where nothing was done", found)
		}
		deed := rapid.SampledFrom(names).Draw(t, "deed")
		deeds[deed](t, c, rapid.IntRange(0, len(c.found)-1).Draw(t, "at"))
		if len(c.walk(t)) == 0 {
			t.Fatalf("%s: nothing is found", deed)
		}
	})
}

func TestCompare_NamesWhatTheOthersKnow(t *testing.T) {
	one := seal.Seal{Number: 1, First: 1, Last: 2, Digest: []byte{1}, At: noon}
	other, longer := one, one
	other.Digest, longer.Last = []byte{2}, 3
	for _, c := range []struct {
		found, known *seal.Seal
		want         seal.Fault
	}{
		{&one, &one, ""}, {nil, &one, seal.Missing}, {&one, nil, seal.Broken}, {&one, &other, seal.Broken}, {&one, &longer, seal.Broken},
	} {
		f, wrong := seal.Compare(c.found, c.known, "the feed")
		if f.Fault != c.want || wrong != (c.want != "") || wrong && f.Seal != 1 {
			t.Errorf("%v against %v: %+v, want %s", c.found, c.known, f, c.want)
		}
	}
}
