package money_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func amounts() *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount{
			Minor:    rapid.Int64Range(-money.MaxMinor, money.MaxMinor).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]money.Currency{"GBP", "JPY", "KWD", "CLF", "USD"}).Draw(t, "currency"),
		}
	})
}

func rates() *rapid.Generator[money.Bps] {
	return rapid.Map(rapid.Int32Range(0, int32(money.Whole)), func(n int32) money.Bps { return money.Bps(n) })
}

func portion(t *rapid.T, a money.Amount, rate money.Bps) money.Amount {
	p, err := a.Portion(rate)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLaw_WhatIsPrintedIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "amount")
		if back, err := money.Parse(string(a.Currency), a.Decimal()); err != nil || back != a {
			t.Fatalf("%v printed %q read %v, %v", a, a.Decimal(), back, err)
		}
	})
}

func TestLaw_PortionRoundsTheExactValueHalfAwayFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, rate := amounts().Draw(t, "amount"), rates().Draw(t, "rate")
		want := roundHalfAway(a.Minor, int64(rate), int64(money.Whole))
		if got := portion(t, a, rate); got.Minor != want || got.Currency != a.Currency {
			t.Fatalf("%v at %d = %v, want %d", a, rate, got, want)
		}
	})
}

// roundHalfAway computes in big integers: sign × ⌊(2|a·n| + d) ÷ 2d⌋.
func roundHalfAway(a, n, d int64) int64 {
	product := new(big.Int).Mul(big.NewInt(a), big.NewInt(n))
	sign := int64(product.Sign())
	doubled := new(big.Int).Lsh(product.Abs(product), 1)
	doubled.Add(doubled, big.NewInt(d))
	return sign * doubled.Div(doubled, big.NewInt(2*d)).Int64()
}

func TestLaw_PortionIsSymmetricalForSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, rate := amounts().Draw(t, "amount"), rates().Draw(t, "rate")
		if got, want := portion(t, a.Neg(), rate), portion(t, a, rate).Neg(); got != want {
			t.Fatalf("portion of -(%v) is %v, want %v", a, got, want)
		}
	})
}

func TestLaw_PortionGrowsWithAmountAndRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, rate := amounts().Draw(t, "amount"), rates().Draw(t, "rate")
		more := money.Amount{Minor: rapid.Int64Range(a.Minor, money.MaxMinor).Draw(t, "more"), Currency: a.Currency}
		if portion(t, more, rate).Minor < portion(t, a, rate).Minor {
			t.Fatalf("%v earns less than %v at %d", more, a, rate)
		}
		higher := money.Bps(rapid.Int32Range(int32(rate), int32(money.Whole)).Draw(t, "higher"))
		if portion(t, a, higher).Minor*int64(a.Sign()) < portion(t, a, rate).Minor*int64(a.Sign()) {
			t.Fatalf("%v earns less at %d than at %d", a, higher, rate)
		}
	})
}

func TestLaw_MulDivRoundsTheExactValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "amount")
		num := rapid.Int64Range(-1<<20, 1<<20).Draw(t, "num")
		den := rapid.Int64Range(1, 1<<20).Draw(t, "den")
		got, err := a.MulDiv(num, den)
		exact := new(big.Int).Div(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(num)), big.NewInt(den))
		if exact.CmpAbs(big.NewInt(money.MaxMinor+1)) > 0 {
			if err == nil {
				t.Fatalf("%v × %d ÷ %d = %v beyond the range", a, num, den, got)
			}
			return
		}
		if want := roundHalfAway(a.Minor, num, den); err == nil && got.Minor != want {
			t.Fatalf("%v × %d ÷ %d = %v, want %d", a, num, den, got, want)
		}
	})
}

func weights() *rapid.Generator[[]int64] {
	return rapid.Map(rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 60), func(w []int64) []int64 {
		w[len(w)-1]++ // at least one is positive
		return w
	})
}

func TestLaw_PartsAddUpAndAreWithinAUnitOfTheirShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, w := amounts().Draw(t, "total"), weights().Draw(t, "weights")
		parts, err := money.Allocate(total, w)
		if err != nil {
			t.Fatal(err)
		}
		var sum, weight int64
		for i := range parts {
			sum, weight = sum+parts[i].Minor, weight+w[i]
		}
		if sum != total.Minor {
			t.Fatalf("parts of %v add up to %d", total, sum)
		}
		for i := range parts { // |part × Σw − total × w| < Σw
			left := new(big.Int).Mul(big.NewInt(parts[i].Minor), big.NewInt(weight))
			left.Sub(left, new(big.Int).Mul(big.NewInt(total.Minor), big.NewInt(w[i])))
			if left.CmpAbs(big.NewInt(weight)) >= 0 {
				t.Fatalf("part %d of %v by %v is %v: a unit or more from its share", i, total, w, parts[i])
			}
		}
	})
}

func TestLaw_EqualPartsDifferByOneUnitAndTheFirstAreLarger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := amounts().Filter(func(a money.Amount) bool { return a.Minor >= 0 }).Draw(t, "total")
		parts, err := money.Allocate(total, equal(rapid.IntRange(1, 60).Draw(t, "n")))
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(parts); i++ {
			if parts[i].Minor > parts[i-1].Minor {
				t.Fatalf("part %d of %v is larger than the one before it", i, total)
			}
		}
		if parts[0].Minor-parts[len(parts)-1].Minor > 1 {
			t.Fatalf("parts of %v differ by more than one unit: %v", total, parts)
		}
	})
}

func TestLaw_AllocateIsSymmetricalForSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, w := amounts().Draw(t, "total"), weights().Draw(t, "weights")
		positive, err := money.Allocate(total, w)
		if err != nil {
			t.Fatal(err)
		}
		negative, err := money.Allocate(total.Neg(), w)
		if err != nil {
			t.Fatal(err)
		}
		for i := range positive {
			if negative[i] != positive[i].Neg() {
				t.Fatalf("part %d: %v and %v", i, positive[i], negative[i])
			}
		}
	})
}
