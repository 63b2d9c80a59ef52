package matching

import (
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Outcome is what became of a row or a line.
type Outcome string

// The outcomes. Each pair has one.
const (
	Matched   Outcome = "MATCHED"   // both sides say the same
	Different Outcome = "DIFFERENT" // they name each other, and differ
	Missing   Outcome = "MISSING"   // in the file, and not on the statement
	Extra     Outcome = "EXTRA"     // on the statement, and not in the file
)

// Outcomes are all outcomes, in their order.
var Outcomes = [...]Outcome{Matched, Different, Missing, Extra}

// Difference is what a pair differs in.
type Difference string

// The differences. A pair may have several.
const (
	Amount Difference = "AMOUNT"
	Date   Difference = "DATE"
	Rate   Difference = "RATE"
)

// Differences are all differences, in their order.
var Differences = [...]Difference{Amount, Date, Rate}

// Pair is a row with its line, or either alone.
type Pair struct {
	Row  *Row
	Line *Line
}

// Outcome says what became of it.
func (p Pair) Outcome() Outcome {
	switch {
	case p.Line == nil:
		return Missing
	case p.Row == nil:
		return Extra
	case len(p.Differences()) > 0:
		return Different
	}
	return Matched
}

// Differences are what the two sides differ in. A date or rate that one of them
// does not have differs from nothing.
func (p Pair) Differences() []Difference {
	if p.Row == nil || p.Line == nil {
		return nil
	}
	var list []Difference
	if p.Row.Amount != p.Line.Amount {
		list = append(list, Amount)
	}
	if p.Row.Date != p.Line.Date && p.Row.Date != (calendar.Date{}) {
		list = append(list, Date)
	}
	if p.Row.Rate != p.Line.Rate && p.Row.Rate != NoRate && p.Line.Rate != NoRate {
		list = append(list, Rate)
	}
	return list
}

// Sum is how many pairs there are and what their two sides come to, in minor
// units.
type Sum struct {
	Pairs     int   `json:"pairs"`
	File      int64 `json:"file"`
	Statement int64 `json:"statement"`
}

func (s Sum) plus(p Pair) Sum {
	s.Pairs++
	if p.Row != nil {
		s.File += p.Row.Amount
	}
	if p.Line != nil {
		s.Statement += p.Line.Amount
	}
	return s
}

// Sums are the sums of a comparison. Those by outcome add up to Total; those by
// difference count a pair under each of its differences.
type Sums struct {
	Total        Sum                `json:"total"`
	Rows         int                `json:"rows"`  // of the file
	Lines        int                `json:"lines"` // of the statement
	ByOutcome    map[Outcome]Sum    `json:"by_outcome"`
	ByDifference map[Difference]Sum `json:"by_difference"`
}

// AddUp adds pairs up.
func AddUp(pairs []Pair) Sums {
	sums := Sums{ByOutcome: map[Outcome]Sum{}, ByDifference: map[Difference]Sum{}}
	for _, p := range pairs {
		sums.Total = sums.Total.plus(p)
		sums.ByOutcome[p.Outcome()] = sums.ByOutcome[p.Outcome()].plus(p)
		for _, d := range p.Differences() {
			sums.ByDifference[d] = sums.ByDifference[d].plus(p)
		}
	}
	sums.Lines = sums.Total.Pairs - sums.ByOutcome[Missing].Pairs
	sums.Rows = sums.Total.Pairs - sums.ByOutcome[Extra].Pairs
	return sums
}
