package reports

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// Basis is what a revision of a report is made from: the answers that it counts
// and what it shows of them. It is kept beside the report, and never published.
type Basis struct {
	cube   Cube
	sights map[grid]sight
}

// Begin is the basis of a month's first report.
func Begin(p scores.Policy, answers Cube) Basis {
	b := Basis{cube: answers, sights: map[grid]sight{}}
	for g, s := range answers.grids() {
		b.sights[g] = s.look(p)
	}
	return b
}

// Revise is the basis of the next revision, when the month's answers are now
// these, and whether it counts any more than this one.
func (b Basis) Revise(p scores.Policy, answers Cube) (Basis, bool) {
	taken := b.admit(p, answers.without(b.cube))
	if len(taken) == 0 {
		return b, false
	}
	next := Basis{cube: maps.Clone(b.cube), sights: map[grid]sight{}}
	for at, t := range taken {
		next.cube.Add(at, t)
	}
	for g, s := range next.cube.grids() {
		next.sights[g] = s.look(p).keep(b.sights[g])
	}
	return next, true
}

// Counted are the answers of a cell that the basis counts.
func (b Basis) Counted(at Cell) scores.Tally { return b.cube[at] }

// atom is the smallest part of a table that can be told: a shown row, or the
// rest of the hidden ones, of one question.
type atom struct {
	grid     grid
	row      string // of a shown row
	rest     bool
	question scores.Question
}

// atoms are the parts whose difference to the revision before would tell about
// answers of the cell.
func (b Basis) atoms(at Cell, late scores.Tally) (all []atom) {
	for _, p := range at.places() {
		seen := b.sights[p.grid]
		for _, q := range scores.Questions {
			switch {
			case !seen.Total[q] || late[q].N() == 0:
			case seen.Rows[p.row][q]:
				all = append(all, atom{grid: p.grid, row: p.row, question: q})
			default:
				all = append(all, atom{grid: p.grid, rest: true, question: q})
			}
		}
	}
	return all
}

// admit returns those late answers that may be taken together, cell by cell:
// whatever would change a part by fewer than the minimum waits, until nothing
// is left that would.
func (b Basis) admit(p scores.Policy, late Cube) Cube {
	for {
		gained := map[atom]int64{}
		for at, t := range late {
			for _, a := range b.atoms(at, t) {
				gained[a] += t[a.question].N()
			}
		}
		before := len(late)
		maps.DeleteFunc(late, func(at Cell, t scores.Tally) bool {
			return slices.ContainsFunc(b.atoms(at, t), func(a atom) bool { return gained[a] < p.Minimum })
		})
		if len(late) == before {
			return late
		}
	}
}

// stored is a basis as JSON.
type stored struct {
	Cube   Cube             `json:"cube"`
	Sights map[string]sight `json:"sights"`
}

// MarshalJSON writes the basis, the same one always in the same way.
func (b Basis) MarshalJSON() ([]byte, error) {
	s := stored{Cube: b.cube, Sights: make(map[string]sight, len(b.sights))}
	for g, seen := range b.sights {
		s.Sights[strings.Join([]string{string(g.Audience), string(g.By), g.Partner}, " ")] = seen
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Basis) UnmarshalJSON(text []byte) error {
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*b = Basis{cube: s.Cube, sights: make(map[grid]sight, len(s.Sights))}
	for key, seen := range s.Sights {
		parts := append(strings.SplitN(key, " ", 3), "", "")
		b.sights[grid{Audience: Audience(parts[0]), By: Dimension(parts[1]), Partner: parts[2]}] = seen
	}
	return nil
}
