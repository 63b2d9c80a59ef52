package money

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Allocate divides total in proportion to weights, by largest remainder: every
// part is rounded towards zero, and the units lost thereby go one each to the
// parts that lost most, ties to the first. So the parts always add up to
// total, and each is less than one unit from its exact share. A negative total
// gives the negated parts of the positive one.
//
// It returns ErrInvalid without a positive weight or with a negative one, and
// ErrOutOfRange if the weights add up beyond 63 bits.
func Allocate(total Amount, weights []int64) ([]Amount, error) {
	return AppendAllocated(make([]Amount, 0, len(weights)), total, weights)
}

// AppendAllocated appends what Allocate returns to dst.
func AppendAllocated(dst []Amount, total Amount, weights []int64) ([]Amount, error) {
	sum, err := addUp(weights)
	if err != nil {
		return nil, err
	}
	first := len(dst)
	var few [36]loss // a term has no more instalments, so this stays off the heap
	losses := few[:0]
	left := magnitude(total.Minor)
	for i, weight := range weights {
		hi, lo := bits.Mul64(magnitude(total.Minor), uint64(weight))
		whole, lost := bits.Div64(hi, lo, sum)
		dst = append(dst, Amount{Minor: int64(whole), Currency: total.Currency})
		left -= whole
		losses = append(losses, loss{lost, i})
	}
	parts := dst[first:]
	if left > 0 {
		slices.SortStableFunc(losses, func(a, b loss) int { return cmp.Compare(b.lost, a.lost) })
		for _, l := range losses[:left] {
			parts[l.index].Minor++
		}
	}
	if total.Minor < 0 {
		for i := range parts {
			parts[i].Minor = -parts[i].Minor
		}
	}
	return dst, nil
}

// loss is what the part at index lost to rounding, in sum-ths of a unit.
type loss struct {
	lost  uint64
	index int
}

func addUp(weights []int64) (uint64, error) {
	sum := uint64(0)
	for _, weight := range weights {
		if weight < 0 {
			return 0, ErrInvalid.Because("a weight is negative; an amount is divided by weights of 0 or more")
		}
		if sum += uint64(weight); sum > math.MaxInt64 {
			return 0, ErrOutOfRange.Because("the weights add up beyond 63 bits")
		}
	}
	if sum == 0 {
		return 0, ErrInvalid.Because("no weight is positive; an amount can't be divided among nothing")
	}
	return sum, nil
}
