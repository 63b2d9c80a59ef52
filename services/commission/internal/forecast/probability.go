package forecast

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrProbability is returned for a probability that is none.
var ErrProbability = fault.New("PROBABILITY_OUT_OF_RANGE", "the probability is outside 0 to 10000 basis points")

// Probabilities are how likely renewals come, in basis points, by the state that
// the next one is in.
type Probabilities struct {
	Scheduled money.Bps `json:"scheduled"`
	Open      money.Bps `json:"open"`
	Quoted    money.Bps `json:"quoted"`
	Submitted money.Bps `json:"submitted"`
	Grace     money.Bps `json:"grace"`
	Lapsed    money.Bps `json:"lapsed"`
}

// Policy are the probabilities that hold where nothing else is asked for.
func Policy() Probabilities {
	return Probabilities{Scheduled: 9000, Open: 9000, Quoted: 9300, Submitted: 9800, Grace: 4000, Lapsed: 1000}
}

// Of returns the probability of a renewal in this state: 0 if it can't come any
// more, or has come.
func (p Probabilities) Of(s renewal.State) money.Bps {
	switch s {
	case renewal.Scheduled:
		return p.Scheduled
	case renewal.Open:
		return p.Open
	case renewal.Quoted:
		return p.Quoted
	case renewal.Submitted:
		return p.Submitted
	case renewal.Grace:
		return p.Grace
	case renewal.Lapsed:
		return p.Lapsed
	}
	return 0
}

// Ahead reports whether a renewal in this state may still come.
func Ahead(s renewal.State) bool {
	switch s {
	case renewal.Scheduled, renewal.Open, renewal.Quoted, renewal.Submitted, renewal.Grace, renewal.Lapsed:
		return true
	}
	return false
}

// History is what became of a partner's renewals that were decided: Renewed of
// the Due ones.
type History struct {
	Due, Renewed int64
}

// Probability is (renewed + 9) ÷ (due + 10): as likely as the policy says while
// there is no history, and the more the partner's own the more there is of it.
func (h History) Probability() money.Bps {
	num, den := (h.Renewed+9)*int64(money.Whole), h.Due+10
	return money.Bps((2*num + den) / (2 * den))
}

// By returns the probabilities with those of scheduled and open renewals taken
// from a partner's history.
func (p Probabilities) By(h History) Probabilities {
	p.Scheduled, p.Open = h.Probability(), h.Probability()
	return p
}

// Given is what a question says about probabilities; nil leaves one as it is.
type Given struct {
	Scheduled, Open, Quoted, Submitted, Grace, Lapsed *money.Bps
}

// Check returns ErrProbability unless all that is given are probabilities.
func (g Given) Check() error {
	for _, one := range [...]struct {
		field string
		given *money.Bps
	}{
		{"scheduled_bps", g.Scheduled}, {"open_bps", g.Open}, {"quoted_bps", g.Quoted},
		{"submitted_bps", g.Submitted}, {"grace_bps", g.Grace}, {"lapsed_bps", g.Lapsed},
	} {
		if one.given != nil && (*one.given < 0 || *one.given > money.Whole) {
			return ErrProbability.Because(
				fmt.Sprintf("%d basis points are no probability; give 0 to 10000 (9000 is 90 %%)", *one.given), "bps", strconv.Itoa(int(*one.given))).On("probabilities." + one.field)
		}
	}
	return nil
}

// With returns the probabilities with those that are given.
func (p Probabilities) With(g Given) Probabilities {
	for _, one := range [...]struct {
		into  *money.Bps
		given *money.Bps
	}{
		{&p.Scheduled, g.Scheduled}, {&p.Open, g.Open}, {&p.Quoted, g.Quoted},
		{&p.Submitted, g.Submitted}, {&p.Grace, g.Grace}, {&p.Lapsed, g.Lapsed},
	} {
		if one.given != nil {
			*one.into = *one.given
		}
	}
	return p
}
