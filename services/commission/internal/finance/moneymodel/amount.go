package moneymodel

import "math/big"

// fraction is an exact number.
func fraction(over, under int64) *big.Rat { return big.NewRat(over, under) }

// product multiplies exactly.
func product(factors ...*big.Rat) *big.Rat {
	p := fraction(1, 1)
	for _, f := range factors {
		p.Mul(p, f)
	}
	return p
}

// rounded is the whole number next to an exact one, the farther from zero if both
// are as near.
func rounded(exact *big.Rat) int64 {
	if exact.Sign() < 0 {
		return -rounded(new(big.Rat).Neg(exact))
	}
	up := new(big.Rat).Add(exact, fraction(1, 2))
	return new(big.Int).Quo(up.Num(), up.Denom()).Int64()
}

// bps is a portion of an amount, rounded.
func bps(amount, rate int64) int64 {
	return rounded(product(fraction(amount, 1), fraction(rate, 10_000)))
}

// divided divides an amount in proportion to weights: whole units first, and then
// one more to whom rounding down has cost most, until nothing is left.
func divided(amount int64, weights []int64) []int64 {
	if amount < 0 {
		parts := divided(-amount, weights)
		for i := range parts {
			parts[i] = -parts[i]
		}
		return parts
	}
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	parts := make([]int64, len(weights))
	lost := make([]*big.Rat, len(weights))
	left := amount
	for i, w := range weights {
		exact := product(fraction(amount, 1), fraction(w, sum))
		parts[i] = new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
		lost[i] = new(big.Rat).Sub(exact, fraction(parts[i], 1))
		left -= parts[i]
	}
	for ; left > 0; left-- {
		most := 0
		for i := range lost {
			if lost[i].Cmp(lost[most]) > 0 {
				most = i
			}
		}
		parts[most]++
		lost[most] = fraction(-1, 1)
	}
	return parts
}
