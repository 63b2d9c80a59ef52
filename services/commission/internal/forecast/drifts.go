package forecast

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// close adds a subscription's difference to the rows.
func (d *difference) close() {
	type row struct {
		partner string
		driftKey
	}
	totals := map[row]*[len(causes)]big.Int{}
	for key, sums := range d.of {
		at := row{key.partner, driftKey{key.currency, key.mode}}
		drifting := d.row(at.driftKey)
		month := drifting.months[key.month]
		if month == nil {
			month = new([len(causes)]big.Int)
			drifting.months[key.month] = month
		}
		if totals[at] == nil {
			totals[at] = new([len(causes)]big.Int)
		}
		for i := range sums {
			month[i].Add(&month[i], &sums[i])
			totals[at][i].Add(&totals[at][i], &sums[i])
		}
	}
	for at, sums := range totals {
		d.row(at.driftKey).keep(d.named(at.partner, sums), d.Largest)
	}
}

func (c *Comparison) row(key driftKey) *drifting {
	r := c.rows[key]
	if r == nil {
		r = &drifting{months: map[Month]*[len(causes)]big.Int{}}
		c.rows[key] = r
	}
	return r
}

// named is a subscription's difference by itself, rounded by itself.
func (d *difference) named(partner string, sums *[len(causes)]big.Int) SubscriptionDrift {
	var whole big.Int
	main := 0
	for i := range sums {
		whole.Add(&whole, &sums[i])
		if sums[i].CmpAbs(&sums[main]) > 0 {
			main = i
		}
	}
	sign := int64(whole.Sign())
	return SubscriptionDrift{SubscriptionID: d.subscription, PartnerID: partner, Cause: causes[main], Minor: sign * roundHalfUp(whole.Abs(&whole), &d.odds.whole)}
}

// keep keeps a subscription if it is among the largest.
func (r *drifting) keep(s SubscriptionDrift, largest int) {
	if s.Minor == 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(r.largest, s, func(a, b SubscriptionDrift) int {
		return cmp.Or(cmp.Compare(max(b.Minor, -b.Minor), max(a.Minor, -a.Minor)), cmp.Compare(a.SubscriptionID, b.SubscriptionID), cmp.Compare(a.PartnerID, b.PartnerID))
	})
	if at < largest {
		r.largest = slices.Insert(r.largest, at, s)
		r.largest = r.largest[:min(len(r.largest), largest)]
	}
}

// Drift is how an expectation has become another, in one currency and settlement
// mode: After is Before and what the causes add.
type Drift struct {
	Currency money.Currency
	Mode     margin.Mode
	DriftFigures
	Months  []MonthDrift
	Largest []SubscriptionDrift
}

// DriftFigures are in minor units.
type DriftFigures struct {
	Before, After int64
	Causes        []CauseFigure // those that have a part, in the order of the causes
}

// CauseFigure is the part of a cause.
type CauseFigure struct {
	Cause Cause
	Minor int64
}

// MonthDrift is that of a month.
type MonthDrift struct {
	Month Month
	DriftFigures
}

// Drifts returns the rows, by currency and mode. Lines are what was expected
// before: both are rounded as a forecast is, month by month, and the causes are
// allocated to the difference by largest remainder.
func (c *Comparison) Drifts(before []Line) []Drift {
	if c.odds == nil {
		c.odds, c.rows = newOdds(mostAhead), map[driftKey]*drifting{}
	}
	s := sums{cells: map[cellKey]*cell{}, odds: c.odds}
	for i := range before {
		before[i].Group = Group{}
		s.add(&before[i])
	}
	for key := range s.cells {
		r := c.row(driftKey{key.currency, key.mode})
		if r.months[key.month] == nil {
			r.months[key.month] = new([len(causes)]big.Int)
		}
	}
	var drifts []Drift
	for key, r := range c.rows {
		drifts = append(drifts, c.drift(key, r, s.cells))
	}
	slices.SortFunc(drifts, func(a, b Drift) int { return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Mode, b.Mode)) })
	return drifts
}

func (c *Comparison) drift(key driftKey, r *drifting, cells map[cellKey]*cell) Drift {
	d := Drift{Currency: key.currency, Mode: key.mode, Largest: r.largest}
	var total [len(causes)]int64
	months := make([]Month, 0, len(r.months))
	for month := range r.months {
		months = append(months, month)
	}
	slices.Sort(months)
	for _, month := range months {
		was := cells[cellKey{currency: key.currency, mode: key.mode, month: month}]
		if was == nil {
			was = &cell{}
		}
		m := MonthDrift{Month: month}
		var parts []int64
		m.Before, m.After, parts = was.drift(r.months[month], &c.odds.whole)
		m.Causes = figures(parts)
		d.Months = append(d.Months, m)
		d.Before, d.After = d.Before+m.Before, d.After+m.After
		for i, part := range parts {
			total[i] += part
		}
	}
	d.Causes = figures(total[:])
	return d
}

// drift rounds what was expected in a month, and what is by now, and divides the
// difference among the causes.
func (c *cell) drift(sums *[len(causes)]big.Int, whole *big.Int) (before, after int64, parts []int64) {
	exact := big.NewInt(c.committed)
	exact.Mul(exact, whole).Add(exact, &c.expected)
	before = roundHalfUp(exact, whole)
	list := make([]*big.Int, len(sums))
	for i := range sums {
		list[i] = &sums[i]
		exact.Add(exact, list[i])
	}
	after = roundHalfUp(exact, whole)
	return before, after, allocate(after-before, list, whole)
}

func figures(parts []int64) (list []CauseFigure) {
	for i, minor := range parts {
		if minor != 0 {
			list = append(list, CauseFigure{causes[i], minor})
		}
	}
	return list
}
