package money

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrBpsOutOfRange is returned for a rate below 0 or above 10,000 basis points.
var ErrBpsOutOfRange = fault.New("MARGIN_BPS_OUT_OF_RANGE", "the rate is outside 0 to 10000 basis points")

// Bps is a rate in basis points: 2000 is 20 %.
type Bps int32

// Whole is the rate of the whole amount.
const Whole Bps = 10_000

// CheckBps returns ErrBpsOutOfRange unless 0 ≤ b ≤ 10000.
func CheckBps(b Bps) error {
	if b >= 0 && b <= Whole {
		return nil
	}
	return ErrBpsOutOfRange.Because(
		fmt.Sprintf("the rate is %d basis points; it must lie between 0 and 10000 (2000 is 20 %%)", b), "bps", strconv.Itoa(int(b)))
}

// Percent gives the rate as people write it: "20", "17.5", "0.05".
func (b Bps) Percent() string {
	var buf [16]byte
	return string(b.AppendPercent(buf[:0]))
}

// AppendPercent appends what Percent gives to text.
func (b Bps) AppendPercent(text []byte) []byte {
	n := int64(b)
	if n < 0 {
		text, n = append(text, '-'), -n
	}
	text = strconv.AppendInt(text, n/100, 10)
	if part := n % 100; part != 0 {
		text = append(text, '.', byte('0'+part/10))
		if part%10 != 0 {
			text = append(text, byte('0'+part%10))
		}
	}
	return text
}

// Portion returns round(a × rate ÷ 10000), half away from zero, or
// ErrBpsOutOfRange. It is the margin of a net amount.
func (a Amount) Portion(rate Bps) (Amount, error) {
	if err := CheckBps(rate); err != nil {
		return Amount{}, err
	}
	return a.MulDiv(int64(rate), int64(Whole))
}

// Uplifted returns a plus its portion at rate, rounded once: what a price is
// after a yearly uplift. Errors are those of Portion.
func (a Amount) Uplifted(rate Bps) (Amount, error) {
	if err := CheckBps(rate); err != nil {
		return Amount{}, err
	}
	return a.MulDiv(int64(Whole)+int64(rate), int64(Whole))
}

// MulDiv returns round(a × num ÷ den), half away from zero, with a 128-bit
// product. It returns ErrOutOfRange if the result is, and panics if den is 0.
func (a Amount) MulDiv(num, den int64) (Amount, error) {
	negative := (a.Minor < 0) != (num < 0) != (den < 0)
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(num))
	divisor := magnitude(den)
	if hi >= divisor && divisor != 0 {
		return Amount{}, outOfRange(a.Currency)
	}
	quotient, remainder := bits.Div64(hi, lo, divisor)
	if quotient > MaxMinor {
		return Amount{}, outOfRange(a.Currency)
	}
	if remainder >= divisor-remainder {
		quotient++
	}
	minor := int64(quotient)
	if negative {
		minor = -minor
	}
	return inRange(minor, a.Currency)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
