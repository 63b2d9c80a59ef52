package forecast

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Group is what a forecast is sliced by; what it is not sliced by is empty.
type Group struct {
	PartnerID, FamilyID, Segment string
}

// Line is what earnings of a month add up to that are equally likely.
type Line struct {
	Group    Group
	Currency money.Currency
	Mode     margin.Mode
	Month    Month
	State    renewal.State // of the next renewal; of no account where Ahead is 0
	Ahead    int           // 0 for what is committed
	Minor    int64
	Squares  *big.Int       // the earnings' squares, added up; nil where Ahead is 0
	By       *Probabilities // that hold for the line; nil where Ahead is 0
}

// Figures are a forecast in minor units of its currency.
type Figures struct {
	Committed, Expected, Upside, Deviation int64
}

// Slice is the forecast of a group in one currency and settlement mode.
type Slice struct {
	Group    Group
	Currency money.Currency
	Mode     margin.Mode
	Months   []MonthFigures // those that have something
	Total    Figures
}

// MonthFigures are those of a month.
type MonthFigures struct {
	Month Month
	Figures
}

// Forecast is a forecast by slices and as a whole. Committed, Expected and Upside
// of the slices add up to the totals, month by month.
type Forecast struct {
	Slices []Slice // by group, currency and mode
	Totals []Slice // by currency and mode
}

// Sum makes a forecast of lines.
func Sum(lines []Line) Forecast {
	most := 0
	for i := range lines {
		most = max(most, lines[i].Ahead)
	}
	s := sums{cells: map[cellKey]*cell{}, odds: newOdds(most)}
	for i := range lines {
		s.add(&lines[i])
	}
	return s.forecast()
}

// cellKey is a figure's place in the table.
type cellKey struct {
	currency money.Currency
	mode     margin.Mode
	month    Month
	group    Group
}

func (k cellKey) compare(l cellKey) int {
	return cmp.Or(
		cmp.Compare(k.currency, l.currency), cmp.Compare(k.mode, l.mode), cmp.Compare(k.month, l.month),
		cmp.Compare(k.group.PartnerID, l.group.PartnerID), cmp.Compare(k.group.FamilyID, l.group.FamilyID), cmp.Compare(k.group.Segment, l.group.Segment))
}

// cell adds up a month of a group. expected is what is to come beyond what is
// committed, in parts of a minor unit as the odds count them, and variance in
// their squares.
type cell struct {
	committed, upside  int64
	expected, variance big.Int
}

type sums struct {
	cells  map[cellKey]*cell
	odds   *odds
	sliced bool // there are groups
}

func (s *sums) add(l *Line) {
	s.sliced = s.sliced || l.Group != Group{}
	key := cellKey{l.Currency, l.Mode, l.Month, l.Group}
	c := s.cells[key]
	if c == nil {
		c = &cell{}
		s.cells[key] = c
	}
	c.upside += l.Minor
	if l.Ahead == 0 {
		c.committed += l.Minor
		return
	}
	o := s.odds.of(l.By, l.State, l.Ahead)
	var product big.Int
	c.expected.Add(&c.expected, product.Mul(product.SetInt64(l.Minor), &o.comes))
	c.variance.Add(&c.variance, product.Mul(l.Squares, &o.varies))
}

// forecast rounds month by month.
func (s *sums) forecast() Forecast {
	keys := make([]cellKey, 0, len(s.cells))
	for key := range s.cells {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, cellKey.compare)
	var sliced, totals table
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n].currency == keys[0].currency && keys[n].mode == keys[0].mode && keys[n].month == keys[0].month {
			n++
		}
		s.month(keys[:n], &sliced, &totals)
		keys = keys[n:]
	}
	f := Forecast{Totals: totals.done(s.odds)}
	if f.Slices = f.Totals; s.sliced {
		f.Slices = sliced.done(s.odds)
	}
	return f
}

// month rounds what all groups are expected to earn in a month, in one currency
// and mode, and divides it among them.
func (s *sums) month(keys []cellKey, into, totals *table) {
	exact := make([]*big.Int, len(keys))
	whole := &cell{}
	for i, key := range keys {
		c := s.cells[key]
		exact[i] = &c.expected
		whole.committed, whole.upside = whole.committed+c.committed, whole.upside+c.upside
		whole.expected.Add(&whole.expected, &c.expected)
		whole.variance.Add(&whole.variance, &c.variance)
	}
	rounded := roundHalfUp(&whole.expected, &s.odds.whole)
	total := keys[0]
	total.group = Group{}
	totals.add(total, whole, rounded, s.odds)
	if !s.sliced {
		return
	}
	for i, part := range allocate(rounded, exact, &s.odds.whole) {
		into.add(keys[i], s.cells[keys[i]], part, s.odds)
	}
}

// table collects months by slice.
type table struct {
	rows  map[cellKey]*Slice
	exact map[cellKey]*big.Int // the variance of each slice
}

func (t *table) add(key cellKey, c *cell, comes int64, o *odds) {
	month := key.month
	key.month = 0
	if t.rows == nil {
		t.rows, t.exact = map[cellKey]*Slice{}, map[cellKey]*big.Int{}
	}
	row := t.rows[key]
	if row == nil {
		row = &Slice{Group: key.group, Currency: key.currency, Mode: key.mode}
		t.rows[key], t.exact[key] = row, new(big.Int)
	}
	f := Figures{Committed: c.committed, Expected: c.committed + comes, Upside: c.upside, Deviation: roundedRoot(&c.variance, &o.whole)}
	row.Months = append(row.Months, MonthFigures{month, f})
	row.Total.Committed += f.Committed
	row.Total.Expected += f.Expected
	row.Total.Upside += f.Upside
	t.exact[key].Add(t.exact[key], &c.variance)
}

// done returns the slices by group, currency and mode.
func (t *table) done(o *odds) []Slice {
	list := make([]Slice, 0, len(t.rows))
	for key, row := range t.rows {
		row.Total.Deviation = roundedRoot(t.exact[key], &o.whole)
		list = append(list, *row)
	}
	slices.SortFunc(list, CompareSlices)
	return list
}

// CompareSlices orders slices by partner, family, segment, currency and mode.
func CompareSlices(a, b Slice) int {
	return cmp.Or(
		cmp.Compare(a.Group.PartnerID, b.Group.PartnerID), cmp.Compare(a.Group.FamilyID, b.Group.FamilyID),
		cmp.Compare(a.Group.Segment, b.Group.Segment), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Mode, b.Mode))
}
