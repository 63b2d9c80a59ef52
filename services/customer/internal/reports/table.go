package reports

import (
	"maps"
	"slices"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// Dimension is what a table's rows stand for.
type Dimension string

// The dimensions.
const (
	ByTouchpoint Dimension = "TOUCHPOINT"
	BySegment    Dimension = "SEGMENT"
	ByRegion     Dimension = "REGION"
	ByProduct    Dimension = "PRODUCT"
)

// grid is one of the published tables: of an audience, or of one partner's
// customers.
type grid struct {
	Audience Audience
	Partner  string
	By       Dimension
}

// place is a row of a published table.
type place struct {
	grid grid
	row  string
}

// places are the rows that answers of the cell are counted in.
func (c Cell) places() []place {
	all := []place{{grid{Audience: c.Audience, By: ByTouchpoint}, c.Touchpoint}}
	if c.Audience != Customers {
		return all
	}
	all = append(all,
		place{grid{Audience: c.Audience, By: BySegment}, c.Segment},
		place{grid{Audience: c.Audience, By: ByRegion}, c.Region},
		place{grid{Audience: c.Audience, By: ByProduct}, c.Product})
	if c.Partner != "" {
		all = append(all, place{grid{Audience: c.Audience, Partner: c.Partner, By: ByTouchpoint}, c.Touchpoint})
	}
	return all
}

// sums are the tallies of a table's rows.
type sums map[string]scores.Tally

func (s sums) total() (t scores.Tally) {
	for _, row := range s {
		t = t.Plus(row)
	}
	return t
}

// grids adds the cube up to the published tables.
func (c Cube) grids() map[grid]sums {
	all := map[grid]sums{}
	for at, t := range c {
		for _, p := range at.places() {
			if all[p.grid] == nil {
				all[p.grid] = sums{}
			}
			all[p.grid][p.row] = all[p.grid][p.row].Plus(t)
		}
	}
	return all
}

// sight is what of a table may be shown.
type sight struct {
	Total scores.Visible            `json:"total"`
	Rows  map[string]scores.Visible `json:"rows"`
}

// look decides what of a table may be shown that was never published.
func (s sums) look(p scores.Policy) sight {
	seen := sight{Rows: make(map[string]scores.Visible, len(s))}
	keys := slices.Sorted(maps.Keys(s))
	total := s.total()
	for _, q := range scores.Questions {
		if seen.Total[q] = total[q].N() >= p.Minimum; !seen.Total[q] {
			continue
		}
		ns := make([]int64, len(keys))
		for i, key := range keys {
			ns[i] = s[key][q].N()
		}
		for i, shown := range p.Suppress(ns) {
			row := seen.Rows[keys[i]]
			row[q] = shown
			seen.Rows[keys[i]] = row
		}
	}
	return seen
}

// keep is look for a table that was published: what was decided for a question
// stays.
func (s sight) keep(before sight) sight {
	for _, q := range scores.Questions {
		if !before.Total[q] {
			continue
		}
		s.Total[q] = true
		for key, row := range s.Rows {
			row[q] = before.Rows[key][q]
			s.Rows[key] = row
		}
	}
	return s
}
