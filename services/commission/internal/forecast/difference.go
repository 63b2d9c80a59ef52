package forecast

import (
	"math/big"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// difference is that of one subscription.
type difference struct {
	*Comparison
	of            map[part]*[len(causes)]big.Int
	subscription  string
	known, earned bool // it had entries before, and terms
	lived, lives  bool // it had, and has, a renewal ahead
}

// part is where something of the difference goes to.
type part struct {
	partner  string
	currency money.Currency
	mode     margin.Mode
	month    Month
}

// term compares what a term was with what it is now.
func (d *difference) term(were, are []side) {
	if len(are) == 0 {
		d.vanish(were)
		return
	}
	if !samePartners(were, are) {
		for _, was := range were {
			d.count(was, PartnerChanged, d.worth(was, &d.Before), -1)
		}
		for _, is := range are {
			d.count(is, PartnerChanged, d.clamped(is, were), 1)
		}
		return
	}
	for _, was := range were {
		if is, found := counterpart(was, are); found {
			d.compare(was, is)
		} else {
			d.count(was, Timing, d.worth(was, &d.Before), -1)
		}
	}
	for _, is := range are {
		if _, found := counterpart(is, were); !found {
			d.count(is, Timing, d.worth(is, &d.After), 1)
		}
	}
}

func samePartners(were, are []side) bool {
	within := func(a, b []side) bool {
		for _, one := range a {
			found := false
			for _, other := range b {
				found = found || one.entry.PartnerID == other.entry.PartnerID
			}
			if !found {
				return false
			}
		}
		return true
	}
	return within(were, are) && within(are, were)
}

func counterpart(of side, in []side) (side, bool) {
	for _, s := range in {
		if s.entry.PartnerID == of.entry.PartnerID && s.entry.Mode == of.entry.Mode && s.entry.Currency == of.entry.Currency {
			return s, true
		}
	}
	return side{}, false
}

// vanish takes away what is not there any more: it is lost with its subscription,
// or lies elsewhere since the terms are others.
func (d *difference) vanish(were []side) {
	cause := Timing
	if !d.lives {
		cause = Lost
	}
	for _, was := range were {
		d.count(was, cause, d.worth(was, &d.Before), -1)
	}
}

// appear adds what was not there.
func (d *difference) appear(are []side) {
	for _, is := range are {
		cause := Timing
		switch {
		case !d.known:
			cause = NewBusiness
		case !d.earned:
			cause = RateChanged
		case is.term.Added:
			cause = SeatsChanged
		case !d.lived && is.term.Ahead == 0:
			cause = Renewed
		case !d.lived:
			cause = StateChanged
		}
		d.count(is, cause, d.worth(is, &d.After), 1)
	}
}

// earned is what a term is expected to earn by month, in whole-ths.
type earned map[Month]*big.Int

// worth is what a term is expected to earn in the months that are compared.
func (d *difference) worth(s side, by *Probabilities) earned {
	worth := earned{}
	odds := d.chance(s, by)
	for _, e := range s.term.Earns {
		if e.Month >= d.First && e.Month < d.Until {
			worth[e.Month] = new(big.Int).Mul(big.NewInt(e.Minor), odds)
		}
	}
	return worth
}

// clamped is worth for a term that was ahead: what it is booked for before the
// first month counts in that.
func (d *difference) clamped(is side, were []side) earned {
	worth := d.worth(is, &d.After)
	if is.term.Ahead > 0 || were[0].term.Ahead == 0 {
		return worth
	}
	for _, e := range is.term.Earns {
		if e.Month < d.First {
			late := new(big.Int).Mul(big.NewInt(e.Minor), &d.odds.whole)
			if there := worth[d.First]; there != nil {
				late.Add(late, there)
			}
			worth[d.First] = late
		}
	}
	return worth
}

// chance is how likely a term comes, in whole-ths.
func (d *difference) chance(s side, by *Probabilities) *big.Int {
	if s.term.Ahead == 0 {
		return &d.odds.whole
	}
	return &d.odds.of(by, s.entry.State, s.term.Ahead).comes
}

// compare takes the difference apart that a partner's term has made: likelier or
// not, then seats, price and rate; what is left has moved in time, or was rounded.
func (d *difference) compare(was, is side) {
	value := d.worth(was, &d.Before)
	now := d.clamped(is, []side{was})
	last := Timing
	if was.term.Ahead != is.term.Ahead || was.entry.State != is.entry.State || d.Before != d.After {
		cause := StateChanged
		if was.term.Ahead > 0 && is.term.Ahead == 0 {
			cause = Renewed
		}
		value = d.step(was, cause, value, d.chance(is, &d.After), d.chance(was, &d.Before))
	}
	for _, factor := range [...]struct {
		cause   Cause
		was, is int64
	}{
		{SeatsChanged, was.term.Seats, is.term.Seats}, {PriceChanged, was.term.UnitPrice, is.term.UnitPrice}, {RateChanged, int64(was.term.Rate), int64(is.term.Rate)},
	} {
		if factor.was == factor.is {
			continue
		}
		last = factor.cause
		if factor.was > 0 {
			value = d.step(was, factor.cause, value, big.NewInt(factor.is), big.NewInt(factor.was))
		}
	}
	if !sameMonths(value, now) && last != RateChanged {
		last = Timing
	}
	if last == Timing && !d.lives && less(now, value) {
		last = Lost
	}
	d.count(was, last, value, -1)
	d.count(is, last, now, 1)
}

// step changes a value in proportion and counts by how much it changes. Fractions
// of whole-ths fall away; they are part of what is left.
func (d *difference) step(s side, cause Cause, value earned, num, den *big.Int) earned {
	next := earned{}
	if den.Sign() == 0 {
		return value
	}
	for month, v := range value {
		n := new(big.Int).Mul(v, num)
		next[month] = n.Div(n, den)
	}
	d.count(s, cause, value, -1)
	d.count(s, cause, next, 1)
	return next
}

func sameMonths(a, b earned) bool {
	if len(a) != len(b) {
		return false
	}
	for month := range a {
		if b[month] == nil {
			return false
		}
	}
	return true
}

func less(a, b earned) bool {
	var x, y big.Int
	for _, v := range a {
		x.Add(&x, v)
	}
	for _, v := range b {
		y.Add(&y, v)
	}
	return x.Cmp(&y) < 0
}

// count adds a value to what a cause has made, or takes it away.
func (d *difference) count(s side, cause Cause, value earned, sign int) {
	d.subscription = s.entry.SubscriptionID
	e := s.entry
	if d.PartnerID != "" && d.PartnerID != e.PartnerID || d.Currency != "" && d.Currency != e.Currency || d.Comparison.Mode != "" && d.Comparison.Mode != e.Mode {
		return
	}
	for month, v := range value {
		key := part{e.PartnerID, e.Currency, e.Mode, month}
		sums := d.of[key]
		if sums == nil {
			sums = new([len(causes)]big.Int)
			d.of[key] = sums
		}
		into := &sums[cause.index()]
		if sign < 0 {
			into.Sub(into, v)
		} else {
			into.Add(into, v)
		}
	}
}

func (c Cause) index() int {
	for i, known := range causes {
		if c == known {
			return i
		}
	}
	panic("no such cause: " + string(c))
}
