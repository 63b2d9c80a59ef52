package matching

import (
	"cmp"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// NoRate is that of a row or line that has none.
const NoRate money.Bps = -1

// Row is a row of the partner's file. Amount is in minor units of the currency
// that file and statement have in common.
type Row struct {
	Number    int    // the line of the file that it begins on; the first is 1
	LineID    string // of the statement's line, if the row names one; then nothing else counts
	Reference string
	Date      calendar.Date // zero if not given
	Amount    int64
	Rate      money.Bps
	Customer  string // free text, for people
}

// Line is a line of the statement. What no instalment earned has no rate and no
// names but its id.
type Line struct {
	ID               string
	PartnerReference string
	SourceID         string // the submission, or the imported term
	InvoiceID        string
	SubscriptionID   string
	Date             calendar.Date
	Amount           int64
	Rate             money.Bps
}

// names are how rows may name a line, the nearest first. An empty name is none.
var names = [...]func(Line) string{
	func(l Line) string { return l.ID },
	func(l Line) string { return l.PartnerReference },
	func(l Line) string { return l.SourceID },
	func(l Line) string { return l.InvoiceID },
	func(l Line) string { return l.SubscriptionID },
}

// name is how a row names a line by one of the names.
func (r Row) name(by int) string {
	if r.LineID == "" {
		return r.Reference
	}
	if by == 0 {
		return r.LineID
	}
	return ""
}

// likeness is what a pair has to have in common beside a name.
type likeness struct{ amount, date, rate bool }

// likenesses are in the order in which pairs are made.
var likenesses = [...]likeness{
	{amount: true, date: true, rate: true}, {amount: true, date: true},
	{amount: true, rate: true}, {amount: true},
	{date: true, rate: true}, {date: true},
	{rate: true}, {},
}

// key is what a row and a line have in common in one round.
type key struct {
	name   string
	amount int64
	date   calendar.Date
	rate   money.Bps
}

func (l likeness) key(name string, amount int64, date calendar.Date, rate money.Bps) (k key, whole bool) {
	k.name = name
	if l.amount {
		k.amount = amount
	}
	if l.date {
		k.date = date
	}
	if l.rate {
		k.rate = rate
	}
	return k, name != "" && !(l.date && date.IsZero()) && !(l.rate && rate == NoRate)
}

// Compare pairs rows with lines. The pairs with a row are in the order of the
// file; the lines that are left follow by date.
func Compare(rows []Row, lines []Line) []Pair {
	c := comparison{
		rows: slices.SortedFunc(slices.Values(rows), byContent), lines: slices.SortedFunc(slices.Values(lines), byDate),
		lineOf: slices.Repeat([]int{none}, len(rows)), taken: make([]bool, len(lines)),
	}
	c.look()
	for _, like := range likenesses {
		for by := range names {
			c.round(like, by)
		}
	}
	return c.pairs()
}

func byContent(a, b Row) int {
	return cmp.Or(
		a.Date.Compare(b.Date), cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Reference, b.Reference),
		cmp.Compare(a.LineID, b.LineID), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Number, b.Number))
}

func byDate(a, b Line) int {
	return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.ID, b.ID))
}

// comparison is a comparison under way.
type comparison struct {
	rows   []Row
	lines  []Line
	lineOf []int             // of each row, the line that it is paired with, or none
	taken  []bool            // of each line, whether it is paired
	named  [len(names)][]int // by each name, the lines that the file names
}

const none = -1

// look finds the lines that the file names at all.
func (c *comparison) look() {
	given := map[string]bool{}
	for _, r := range c.rows {
		given[r.LineID], given[r.Reference] = true, true
	}
	for by, name := range names {
		for i, l := range c.lines {
			if given[name(l)] {
				c.named[by] = append(c.named[by], i)
			}
		}
	}
}

// round pairs what is left and alike, each row with the first such line.
func (c *comparison) round(like likeness, by int) {
	waiting := map[key][]int{}
	for _, i := range c.named[by] {
		l := &c.lines[i]
		if k, whole := like.key(names[by](*l), l.Amount, l.Date, l.Rate); whole && !c.taken[i] {
			waiting[k] = append(waiting[k], i)
		}
	}
	if len(waiting) == 0 {
		return
	}
	for i, r := range c.rows {
		k, whole := like.key(r.name(by), r.Amount, r.Date, r.Rate)
		if !whole || c.lineOf[i] != none || len(waiting[k]) == 0 {
			continue
		}
		c.lineOf[i] = waiting[k][0]
		c.taken[c.lineOf[i]] = true
		waiting[k] = waiting[k][1:]
	}
}

func (c *comparison) pairs() []Pair {
	pairs := make([]Pair, 0, len(c.rows)+len(c.lines))
	for i := range c.rows {
		pair := Pair{Row: &c.rows[i]}
		if c.lineOf[i] != none {
			pair.Line = &c.lines[c.lineOf[i]]
		}
		pairs = append(pairs, pair)
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Row.Number, b.Row.Number) })
	for i := range c.lines {
		if !c.taken[i] {
			pairs = append(pairs, Pair{Line: &c.lines[i]})
		}
	}
	return pairs
}
