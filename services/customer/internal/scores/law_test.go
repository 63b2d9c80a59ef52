package scores_test

import (
	"math/big"
	"math/rand"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

var answers = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scores.Answer {
	return scores.Answer{
		Needs: rapid.IntRange(0, 5).Draw(t, "needs"), Ease: rapid.IntRange(0, 5).Draw(t, "ease"),
		Enjoyment: rapid.IntRange(0, 5).Draw(t, "enjoyment"), Recommend: rapid.IntRange(-1, 10).Draw(t, "recommend"),
	}
}), 0, 200)

func tallyOf(list []scores.Answer) (t scores.Tally) {
	for _, a := range list {
		t = t.Add(a)
	}
	return t
}

// split draws a crowd of at least so many.
func split(t *rapid.T, least int64) scores.Split {
	s := scores.Split{
		High: rapid.Int64Range(0, 3000).Draw(t, "high"), Middle: rapid.Int64Range(0, 3000).Draw(t, "middle"), Low: rapid.Int64Range(0, 3000).Draw(t, "low"),
	}
	if s.N() < least {
		s.Middle += least
	}
	return s
}

func TestLaw_OrderOfAnswersDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := answers.Draw(t, "answers")
		want := tallyOf(list)
		rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if got := tallyOf(list); got != want || policy.Scores(got, scores.All) != policy.Scores(want, scores.All) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestLaw_SlicesRecombineByTheirOwnNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := answers.Draw(t, "answers")
		slices := make([]scores.Tally, 4)
		for _, a := range list {
			at := rapid.IntRange(0, len(slices)-1).Draw(t, "slice")
			slices[at] = slices[at].Add(a)
		}
		var sum scores.Tally
		for _, s := range slices {
			sum = sum.Plus(s)
		}
		if whole := tallyOf(list); sum != whole {
			t.Fatalf("the slices are %v together, the whole is %v", sum, whole)
		}
		if back := sum.Minus(slices[0]).Plus(slices[0]); back != sum {
			t.Fatalf("taking a slice out and in gives %v, want %v", back, sum)
		}
		// Σ n·index of the slices is n·index of the whole, for each question.
		for _, q := range scores.Questions {
			var weighted int64
			for _, s := range slices {
				weighted += s[q].High - s[q].Low
			}
			if weighted != sum[q].High-sum[q].Low {
				t.Fatalf("question %d: %d, want %d", q, weighted, sum[q].High-sum[q].Low)
			}
		}
	})
}

func TestLaw_APassiveNeverMovesNPSAwayFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := split(t, 5)
		before := policy.Scores(scores.Tally{scores.Recommend: s}, scores.All).NPS.Value
		s.Middle++
		after := policy.Scores(scores.Tally{scores.Recommend: s}, scores.All).NPS.Value
		if before >= 0 && (after < 0 || after > before) || before <= 0 && (after > 0 || after < before) {
			t.Fatalf("%d became %d", before, after)
		}
	})
}

func TestLaw_TheIntervalContainsThePointEstimate(t *testing.T) {
	contains := func(t interface{ Fatalf(string, ...any) }, s scores.Split) {
		low, high := s.Interval()
		point := big.NewRat(1000*(s.High-s.Low), s.N())
		// The ends are rounded, so the estimate is held against them with half a
		// tenth to spare.
		half := big.NewRat(1, 2)
		if new(big.Rat).Sub(big.NewRat(int64(low), 1), half).Cmp(point) > 0 || new(big.Rat).Add(big.NewRat(int64(high), 1), half).Cmp(point) < 0 {
			t.Fatalf("%+v: [%s, %s] is without %s", s, low, high, point.FloatString(3))
		}
	}
	for n := policy.Minimum; n <= 40; n++ {
		for high := int64(0); high <= n; high++ {
			for low := int64(0); high+low <= n; low++ {
				contains(t, scores.Split{High: high, Middle: n - high - low, Low: low})
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) { contains(t, split(t, 5)) })
}

func TestLaw_TheIntervalNarrowsWithTheNumberOfAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, k := split(t, 5), rapid.Int64Range(2, 50).Draw(t, "times")
		low, high := s.Interval()
		lowK, highK := scores.Split{High: k * s.High, Middle: k * s.Middle, Low: k * s.Low}.Interval()
		// Each end is rounded by at most half a tenth.
		if highK-lowK > high-low+1 {
			t.Fatalf("%+v: [%s, %s], %d times as many [%s, %s]", s, low, high, k, lowK, highK)
		}
	})
}

func TestLaw_TheIntervalIsRoundedFromItsTrueValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := split(t, 5)
		low, high := s.Interval()
		wantLow, wantHigh := floating(s)
		for _, end := range []struct {
			got  scores.Tenths
			want *big.Float
		}{{low, wantLow}, {high, wantHigh}} {
			off := new(big.Float).Sub(end.want, big.NewFloat(float64(end.got)))
			inside := end.want.Cmp(big.NewFloat(-1000)) > 0 && end.want.Cmp(big.NewFloat(1000)) < 0
			if inside && off.Abs(off).Cmp(big.NewFloat(0.5)) > 0 {
				t.Fatalf("%+v: got %s, want %s tenths", s, end.got, end.want.Text('f', 6))
			}
		}
	})
}

// floating is the interval in tenths by the textbook, with 300 bits.
func floating(s scores.Split) (low, high *big.Float) {
	f := func(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }
	n := f(float64(s.N() + 3))
	p := f(0).Quo(f(float64(s.High)+0.75), n)
	d := f(0).Quo(f(float64(s.Low)+0.75), n)
	centre := f(0).Sub(p, d)
	variance := f(0).Add(p, d)
	variance.Sub(variance, f(0).Mul(centre, centre))
	reach := f(0).Sqrt(variance.Quo(variance, n))
	z, _ := f(0).SetString("1.96")
	reach.Mul(reach, z)
	thousand := f(1000)
	return f(0).Mul(thousand, f(0).Sub(centre, reach)), f(0).Mul(thousand, f(0).Add(centre, reach))
}
