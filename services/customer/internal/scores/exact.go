package scores

import "math/big"

// balance is the share of high minus the share of low, in percent, exactly. It
// is nil where nobody answered.
func (s Split) balance() *big.Rat {
	if s.N() == 0 {
		return nil
	}
	return big.NewRat(100*(s.High-s.Low), s.N())
}

// cxi is the mean of the three indices, exactly, or nil where one is missing.
func (t Tally) cxi() *big.Rat {
	sum := new(big.Rat)
	for _, q := range []Question{Needs, Ease, Enjoyment} {
		index := t[q].balance()
		if index == nil {
			return nil
		}
		sum.Add(sum, index)
	}
	return sum.Quo(sum, big.NewRat(3, 1))
}

// round is r as an integer, half away from zero.
func round(r *big.Rat) int {
	doubled := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	doubled.Add(doubled, r.Denom())
	whole := int(doubled.Quo(doubled, new(big.Int).Lsh(r.Denom(), 1)).Int64())
	if r.Sign() < 0 {
		return -whole
	}
	return whole
}
