package forecast

import (
	"math/big"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// odds are exact products of probabilities, all counted in whole-ths: powers of
// a basis point, as many as the renewal that is furthest ahead needs.
type odds struct {
	whole big.Int
	most  int
	known map[chance]*odd
}

type chance struct {
	by    *Probabilities
	state renewal.State
	ahead int
}

// odd is how likely a renewal comes, in whole-ths, and p(1−p) in their squares.
type odd struct {
	comes, varies big.Int
}

// newOdds returns odds for renewals of which none is further ahead than most.
func newOdds(most int) *odds {
	o := &odds{most: most, known: map[chance]*odd{}}
	o.whole.Exp(big.NewInt(int64(money.Whole)), big.NewInt(int64(o.most)), nil)
	return o
}

// of returns the odds of the k-th renewal ahead where the next one is in a state:
// p × p(SCHEDULED)^(k−1).
func (o *odds) of(by *Probabilities, state renewal.State, k int) *odd {
	key := chance{by, state, k}
	if known := o.known[key]; known != nil {
		return known
	}
	var known odd
	p := &known.comes
	p.Exp(big.NewInt(int64(by.Scheduled)), big.NewInt(int64(k-1)), nil)
	p.Mul(p, big.NewInt(int64(by.Of(state))))
	var rest big.Int
	p.Mul(p, rest.Exp(big.NewInt(int64(money.Whole)), big.NewInt(int64(o.most-k)), nil))
	known.varies.Mul(p, rest.Sub(&o.whole, p))
	o.known[key] = &known
	return &known
}

// roundHalfUp returns round(n ÷ d) for n ≥ 0, half up.
func roundHalfUp(n, d *big.Int) int64 {
	var q, r big.Int
	q.QuoRem(n, d, &r)
	if r.Lsh(&r, 1).Cmp(d) >= 0 {
		q.Add(&q, one)
	}
	return q.Int64()
}

var one = big.NewInt(1)

// roundedRoot returns round(√v ÷ d), half up, for v ≥ 0.
func roundedRoot(v, d *big.Int) int64 {
	if v.Sign() == 0 {
		return 0
	}
	var root, twice, edge big.Int
	root.Sqrt(v).Quo(&root, d) // the root, rounded down
	// Half up: (2 × root + 1) × d ≤ 2√v.
	edge.Lsh(&root, 1).Add(&edge, one).Mul(&edge, d)
	if edge.Mul(&edge, &edge).Cmp(twice.Lsh(v, 2)) <= 0 {
		root.Add(&root, one)
	}
	return root.Int64()
}

// allocate divides total among exact parts, which are counted in d-ths and whose
// sum total is rounded from: each is rounded down, and the units that are left go
// one each to the largest remainders, ties to the first.
func allocate(total int64, exact []*big.Int, d *big.Int) []int64 {
	parts := make([]int64, len(exact))
	remainders := make([]big.Int, len(exact))
	order := make([]int, len(exact))
	var q big.Int
	for i, n := range exact {
		q.DivMod(n, d, &remainders[i])
		parts[i], order[i] = q.Int64(), i
		total -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainders[b].Cmp(&remainders[a]) })
	for _, i := range order[:min(int(total), len(order))] {
		parts[i]++
	}
	return parts
}
