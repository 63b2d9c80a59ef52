package reports_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// field is a prime beyond every determinant of the zeros and ones below (3,645 for
// twelve atoms), so that what is found by its arithmetic is found by fractions.
const field = 1<<31 - 1

// known is what readers of published tables know: sums of atoms, which are the
// answers of a cell that arrived between two publications.
type known struct {
	atoms int
	sums  [][]int64 // each begins with a one where those after it have zeros
}

// learn adds a published sum.
func (k *known) learn(sum []bool) {
	row := k.reduce(sum)
	if at := lead(row); at >= 0 {
		inverse := power(row[at], field-2)
		for i := range row {
			row[i] = row[i] * inverse % field
		}
		k.sums = append(k.sums, row)
	}
}

// tells reports whether a sum can be found from what is known.
func (k *known) tells(sum []bool) bool { return lead(k.reduce(sum)) < 0 }

// reduce subtracts what is known.
func (k *known) reduce(sum []bool) []int64 {
	row := make([]int64, k.atoms)
	for i := range row {
		if sum[i] {
			row[i] = 1
		}
	}
	for _, known := range k.sums {
		factor := field - row[lead(known)]
		for i := range row {
			row[i] = (row[i] + factor*known[i]) % field
		}
	}
	return row
}

func lead(row []int64) int { return slices.IndexFunc(row, func(x int64) bool { return x != 0 }) }

func power(base, exponent int64) int64 {
	result := int64(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = result * base % field
		}
		base = base * base % field
	}
	return result
}

// history is a month's answers by cell and arrival.
type history struct {
	cells    []reports.Cell
	arrivals [][]int64 // by cell and publication
	included []int     // by cell: how many arrivals are published
}

func (h history) until(publication int) reports.Cube {
	c := reports.Cube{}
	for i, cell := range h.cells {
		for _, n := range h.arrivals[i][:publication+1] {
			c.Add(cell, happy(n, 0))
		}
	}
	return c
}

// sum are the atoms of the cells that belong, as far as they are published.
func (h history) sum(belongs func(reports.Cell) bool) []bool {
	atoms := make([]bool, 0, len(h.cells)*len(h.arrivals[0]))
	for i, cell := range h.cells {
		for publication := range h.arrivals[i] {
			atoms = append(atoms, belongs(cell) && publication < h.included[i])
		}
	}
	return atoms
}

// count is how many answers are in the cells, as far as they are published.
func (h history) count(atoms []bool) (n int64) {
	for i, in := range atoms {
		if publications := len(h.arrivals[0]); in {
			n += h.arrivals[i/publications][i%publications]
		}
	}
	return n
}

const publications = 3

func drawHistory(t *rapid.T) history {
	var h history
	count := rapid.OneOf(rapid.Int64Range(0, 6), rapid.Int64Range(0, 60))
	for _, touchpoint := range []string{"kick-off", "support-case"} {
		for _, segment := range []string{"ENTERPRISE", "GLOBAL"} {
			cell := at(touchpoint)
			cell.Segment = segment
			h.cells = append(h.cells, cell)
			h.arrivals = append(h.arrivals, rapid.SliceOfN(count, publications, publications).Draw(t, touchpoint+segment))
		}
	}
	h.included = make([]int, len(h.cells))
	return h
}

// published are the sums that a document shows, with the number of answers that
// it gives for each.
func published(d reports.Document, h history) (sums [][]bool, counts []int64) {
	show := func(f scores.Figure, belongs func(reports.Cell) bool) {
		if f.Shown() {
			sums, counts = append(sums, h.sum(belongs)), append(counts, f.N)
		}
	}
	show(d.Customers.Overall.Needs, func(reports.Cell) bool { return true })
	for _, table := range d.Customers.Tables {
		for _, row := range table.Rows {
			show(row.Needs, func(c reports.Cell) bool {
				return row.Key == map[reports.Dimension]string{
					reports.ByTouchpoint: c.Touchpoint, reports.BySegment: c.Segment, reports.ByRegion: c.Region, reports.ByProduct: c.Product,
				}[table.By]
			})
		}
	}
	return sums, counts
}

// takes notes which arrivals a basis counts: all of a cell, or none that is new.
func (h *history) takes(b reports.Basis, publication int) {
	all := h.until(publication)
	for i, cell := range h.cells {
		if b.Counted(cell) == all[cell] {
			h.included[i] = publication + 1
		}
	}
}

func TestLaw_NothingSmallIsFoundBySubtraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		readers := known{atoms: len(h.cells) * publications}
		var basis reports.Basis
		for publication := range publications {
			next := reports.Begin(policy, h.until(publication))
			if publication > 0 {
				next, _ = basis.Revise(policy, h.until(publication))
			}
			basis = next
			h.takes(basis, publication)
			sums, counts := published(document(basis, publication+1), h)
			for i, sum := range sums {
				if n := h.count(sum); n != counts[i] || n < policy.Minimum {
					t.Fatalf("publication %d shows %d answers of %d", publication, counts[i], n)
				}
				readers.learn(sum)
			}
		}
		for set := range 1 << readers.atoms {
			atoms := make([]bool, readers.atoms)
			for i := range atoms {
				atoms[i] = set>>i&1 == 1
			}
			if n := h.count(atoms); n > 0 && n < policy.Minimum && readers.tells(atoms) {
				t.Fatalf("%d answers are found: atoms %s of %v", n, fmt.Sprintf("%012b", set), h.arrivals)
			}
		}
	})
}

func TestLaw_APartnersTableTellsNothingSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		basis := reports.Begin(policy, h.until(0))
		published := map[string]int64{}
		for publication := range publications {
			if publication > 0 {
				basis, _ = basis.Revise(policy, h.until(publication))
			}
			tables := reports.MakePartnerTables(reports.Making{Month: october, Revision: publication + 1, Policy: policy, Basis: basis, Names: names}, october.Time())
			for _, table := range tables {
				rest := table.Overall.Ease.N
				tell := func(key string, n int64) {
					if before := published[key]; n != before && n < before+policy.Minimum {
						t.Fatalf("%q went from %d to %d", key, before, n)
					}
					published[key] = n
				}
				for _, row := range table.Rows {
					rest -= row.Ease.N
					tell(row.Key, row.Ease.N)
				}
				tell("rest", rest)
			}
		}
	})
}

func TestLaw_ADocumentDoesNotDependOnTheOrderOfAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		want, err := document(reports.Begin(policy, h.until(2)), 1).JSON()
		if err != nil {
			t.Fatal(err)
		}
		other := reports.Cube{}
		for publication := publications - 1; publication >= 0; publication-- {
			for i := len(h.cells) - 1; i >= 0; i-- {
				other.Add(h.cells[i], happy(h.arrivals[i][publication], 0))
			}
		}
		got, err := document(reports.Begin(policy, other), 1).JSON()
		if err != nil || string(got) != string(want) {
			t.Fatalf("%v: got %s, want %s", err, got, want)
		}
	})
}
