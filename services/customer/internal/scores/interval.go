package scores

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Tenths is a number with one digit after the point: 235 is 23.5.
type Tenths int

// String writes the number, such as "-3.0".
func (t Tenths) String() string {
	sign, abs := "", int(t)
	if t < 0 {
		sign, abs = "-", -abs
	}
	return fmt.Sprintf("%s%d.%d", sign, abs/10, abs%10)
}

// MarshalJSON writes the number as String does.
func (t Tenths) MarshalJSON() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote. A number without a point is of a
// report that was frozen when tenths were written whole.
func (t *Tenths) UnmarshalJSON(text []byte) error {
	digits := strings.Replace(string(text), ".", "", 1)
	n, err := strconv.Atoi(digits)
	*t = Tenths(n)
	return err
}

const limit Tenths = 1000

// Interval is the 95 % interval of the net promoter score of s, of which both
// ends are clamped to ±100.
func (s Split) Interval() (low, high Tenths) {
	return max(-s.mirrored().upper(), -limit), min(s.upper(), limit)
}

// mirrored has as many detractors as s has promoters, so that its upper end is
// the lower one of s, with the other sign.
func (s Split) mirrored() Split { return Split{High: s.Low, Middle: s.Middle, Low: s.High} }

// upper is the upper end of the interval in tenths, rounded half away from
// zero. In quarters of an answer, with P = 4 promoters + 3, D = 4 detractors +
// 3 and N = 4 (n + 3), the end is
//
//	1000 (P−D)/N + 1000 · 1.96 · √(4 ((P+D) N − (P−D)²) / N³) = (1000 (P−D) N + 3920 √(((P+D) N − (P−D)²) N)) / N²
//
// whose numerator is an integer and a root. A floor of (integer + root) over an
// integer does not change when the root is cut to an integer before, so that
// the rounding is exact.
func (s Split) upper() Tenths {
	p, d, n := big.NewInt(4*s.High+3), big.NewInt(4*s.Low+3), big.NewInt(4*(s.N()+3))
	difference, sum := new(big.Int).Sub(p, d), new(big.Int).Add(p, d)
	square := new(big.Int).Mul(n, n)

	// Everything doubled, for the half.
	variance := new(big.Int).Mul(sum, n)
	variance.Sub(variance, new(big.Int).Mul(difference, difference))
	radicand := variance.Mul(variance, n)
	radicand.Mul(radicand, big.NewInt(2*3920*2*3920))
	root := new(big.Int).Sqrt(radicand)
	centre := new(big.Int).Mul(difference, n)
	centre.Mul(centre, big.NewInt(2*1000))

	if new(big.Int).Add(centre, root).Sign() >= 0 {
		return halves(centre.Add(centre, root), square)
	}
	// Below zero: away from zero is down, and so is a root cut up.
	if new(big.Int).Mul(root, root).Cmp(radicand) < 0 {
		root.Add(root, big.NewInt(1))
	}
	return -halves(centre.Neg(centre.Add(centre, root)), square)
}

// halves is doubled/2/by, rounded half up.
func halves(doubled, by *big.Int) Tenths {
	doubled.Add(doubled, by)
	return Tenths(doubled.Quo(doubled, new(big.Int).Lsh(by, 1)).Int64())
}
