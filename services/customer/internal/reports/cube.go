package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// Audience is who is asked.
type Audience string

// The audiences.
const (
	Customers Audience = "CUSTOMER"
	Partners  Audience = "PARTNER"
	Staff     Audience = "STAFF"
)

// Cell is what answers of a month have in common. Empty is unknown.
type Cell struct {
	Audience   Audience
	Touchpoint string
	Segment    string
	Region     string
	Product    string
	Partner    string
}

func (c Cell) compare(o Cell) int {
	return cmp.Or(
		cmp.Compare(c.Audience, o.Audience), cmp.Compare(c.Touchpoint, o.Touchpoint), cmp.Compare(c.Segment, o.Segment),
		cmp.Compare(c.Region, o.Region), cmp.Compare(c.Product, o.Product), cmp.Compare(c.Partner, o.Partner))
}

// Cube are the answers of a month by what they have in common.
type Cube map[Cell]scores.Tally

// Add counts more answers of a cell.
func (c Cube) Add(at Cell, t scores.Tally) {
	if !t.Empty() {
		c[at] = c[at].Plus(t)
	}
}

// without returns what c has beyond o. A cell that has lost answers, which is
// none that answers make, counts as unchanged.
func (c Cube) without(o Cube) Cube {
	more := Cube{}
	for at, t := range c {
		if gained := t.Minus(o[at]); !gained.Negative() && !gained.Empty() {
			more[at] = gained
		}
	}
	return more
}

// cells are the cells in order.
func (c Cube) cells() []Cell { return slices.SortedFunc(maps.Keys(c), Cell.compare) }

// MarshalJSON writes the cells in order, each as a list: six names and twelve
// counts.
func (c Cube) MarshalJSON() ([]byte, error) {
	rows := make([][]any, 0, len(c))
	for _, at := range c.cells() {
		row := []any{at.Audience, at.Touchpoint, at.Segment, at.Region, at.Product, at.Partner}
		for _, s := range c[at] {
			row = append(row, s.High, s.Middle, s.Low)
		}
		rows = append(rows, row)
	}
	return json.Marshal(rows)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Cube) UnmarshalJSON(text []byte) error {
	var rows [][]json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	*c = make(Cube, len(rows))
	for _, row := range rows {
		var at Cell
		var t scores.Tally
		into := []any{&at.Audience, &at.Touchpoint, &at.Segment, &at.Region, &at.Product, &at.Partner}
		for q := range t {
			into = append(into, &t[q].High, &t[q].Middle, &t[q].Low)
		}
		if len(row) != len(into) {
			return fmt.Errorf("a cell has %d parts, want %d", len(row), len(into))
		}
		for i, part := range row {
			if err := json.Unmarshal(part, into[i]); err != nil {
				return err
			}
		}
		(*c)[at] = t
	}
	return nil
}
