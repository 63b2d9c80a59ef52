package scores

import (
	"encoding/json"
	"math/big"
)

// Figure is an index or a score as it is shown. A hidden one is nothing else:
// it does not even say how many answered.
type Figure struct {
	Standing Standing `json:"standing"`
	N        int64    `json:"n"`
	Value    int      `json:"value"`
	// Band is empty unless the figure is full, and for a net promoter score.
	Band Band `json:"band,omitempty"`
}

// Shown reports whether there is anything to see.
func (f Figure) Shown() bool { return f.Standing == Indicative || f.Standing == Full }

// MarshalJSON writes a hidden figure without any number, lest somebody takes a zero
// for a score.
func (f Figure) MarshalJSON() ([]byte, error) {
	type plain Figure
	if !f.Shown() {
		return json.Marshal(struct {
			Standing Standing `json:"standing"`
		}{Hidden})
	}
	return json.Marshal(plain(f))
}

// Promotion is a net promoter score with its interval.
type Promotion struct {
	Figure
	Low  Tenths `json:"low"`
	High Tenths `json:"high"`
}

// MarshalJSON writes the interval beside the figure where it is shown.
func (p Promotion) MarshalJSON() ([]byte, error) {
	type plain Figure
	if !p.Shown() {
		return json.Marshal(p.Figure)
	}
	return json.Marshal(struct {
		plain
		Low  Tenths `json:"low"`
		High Tenths `json:"high"`
	}{plain(p.Figure), p.Low, p.High})
}

// Scores are the figures of a crowd.
type Scores struct {
	Needs     Figure    `json:"needs"`
	Ease      Figure    `json:"ease"`
	Enjoyment Figure    `json:"enjoyment"`
	CXi       Figure    `json:"cxi"`
	NPS       Promotion `json:"nps"`
}

// Visible says which questions may be shown, beyond their number of answers.
type Visible [len(Questions)]bool

// All shows every question that has enough answers.
var All = Visible{true, true, true, true}

// Scores returns what the policy shows of a tally.
func (p Policy) Scores(t Tally, v Visible) Scores {
	s := Scores{
		Needs:     p.index(t[Needs].balance(), t[Needs].N(), v[Needs]),
		Ease:      p.index(t[Ease].balance(), t[Ease].N(), v[Ease]),
		Enjoyment: p.index(t[Enjoyment].balance(), t[Enjoyment].N(), v[Enjoyment]),
		CXi: p.index(t.cxi(), min(t[Needs].N(), t[Ease].N(), t[Enjoyment].N()),
			v[Needs] && v[Ease] && v[Enjoyment]),
		NPS: Promotion{Figure: p.figure(t[Recommend].balance(), t[Recommend].N(), v[Recommend])},
	}
	if s.NPS.Shown() {
		s.NPS.Low, s.NPS.High = t[Recommend].Interval()
	}
	return s
}

// index is a figure with a band.
func (p Policy) index(exact *big.Rat, n int64, visible bool) Figure {
	f := p.figure(exact, n, visible)
	if f.Standing == Full {
		f.Band = p.band(f.Value)
	}
	return f
}

func (p Policy) figure(exact *big.Rat, n int64, visible bool) Figure {
	standing := p.standing(n)
	if !visible || standing == Hidden || exact == nil {
		return Figure{Standing: Hidden}
	}
	return Figure{Standing: standing, N: n, Value: round(exact)}
}

// MoreCXi reports whether the customer experience index of t is above that of
// o, exactly; a tally without one is below all others.
func (t Tally) MoreCXi(o Tally) bool {
	a, b := t.cxi(), o.cxi()
	if a == nil || b == nil {
		return a != nil && b == nil
	}
	return a.Cmp(b) > 0
}
