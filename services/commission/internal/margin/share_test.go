package margin_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// booked draws terms, stubs and rests of terms as they were booked.
func booked() *rapid.Generator[margin.Share] {
	return rapid.Custom(func(t *rapid.T) margin.Share {
		if rapid.Bool().Draw(t, "seats added") {
			return calculateChange(t, changes().Draw(t, "change")).Share()
		}
		return calculate(t, orders().Draw(t, "order")).Share()
	})
}

func rates() *rapid.Generator[margin.Rate] {
	return rapid.Custom(func(t *rapid.T) margin.Rate {
		r := margin.Rate{Locked: bps().Draw(t, "locked")}
		if rapid.Bool().Draw(t, "capped") {
			r.Cap = &margin.Cap{Rate: bps().Draw(t, "cap")}
		}
		return r
	})
}

func split(t *rapid.T, s margin.Share, at calendar.Date, rate margin.Rate) (old, new margin.Share) {
	old, new, err := s.Split(at, rate, margin.Agency)
	if err != nil {
		t.Fatalf("Split(%s) of %+v: %v", at, s, err)
	}
	return old, new
}

// dayWithin draws a day of the share, or one just outside it.
func dayWithin(t *rapid.T, s margin.Share, name string) calendar.Date {
	return s.Span.Start.AddDays(rapid.IntRange(-2, s.Span.Days()+2).Draw(t, name))
}

func checkShare(t *rapid.T, s margin.Share) {
	var net, earned int64
	for i, part := range s.Instalments {
		if part.Net.Minor < 0 || part.Margin.Minor < 0 || part.Margin.Minor > part.Net.Minor+1 || !s.Span.Contains(part.Start) {
			t.Fatalf("instalment %+v of %s", part, s.Span)
		}
		if i == 0 && part.Start != s.Span.Start {
			t.Fatalf("%s begins with an instalment from %s", s.Span, part.Start)
		}
		net, earned = net+part.Net.Minor, earned+part.Margin.Minor
	}
	if net != s.Net.Minor || earned != s.Margin.Minor || s.Margin.Minor > s.Net.Minor || (len(s.Instalments) == 0) != s.Span.Empty() {
		t.Fatalf("net %v is %d, margin %v is %d in %d instalments of %s", s.Net, net, s.Margin, earned, len(s.Instalments), s.Span)
	}
}

func TestLaw_BothSharesMakeUpTheTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := booked().Draw(t, "term")
		rate := rates().Draw(t, "rate")
		old, new := split(t, whole, dayWithin(t, whole, "at"), rate)
		checkShare(t, old)
		checkShare(t, new)
		if old.Net.Minor+new.Net.Minor != whole.Net.Minor || old.Span.Days()+new.Span.Days() != whole.Span.Days() || old.Span.End != new.Span.Start {
			t.Fatalf("%s of %v and %s of %v are not %s of %v", old.Span, old.Net, new.Span, new.Net, whole.Span, whole.Net)
		}
		if want, _ := new.Net.Portion(rate.Effective(new.Span.Start)); new.Margin != want || old.Margin.Minor > whole.Margin.Minor {
			t.Fatalf("the new part of %v earns %v, want %v; the old one %v of %v", new.Net, new.Margin, want, old.Margin, whole.Margin)
		}
	})
}

func TestLaw_TheOldShareDoesNotDependOnWhoIsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := booked().Draw(t, "term")
		at := dayWithin(t, whole, "at")
		one, _ := split(t, whole, at, rates().Draw(t, "rate"))
		other, _ := split(t, whole, at, rates().Draw(t, "another rate"))
		if diff := cmp.Diff(one, other); diff != "" {
			t.Fatalf("old shares differ:\n%s", diff)
		}
	})
}

func TestLaw_DividingTwiceIsDividingAmongThree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := booked().Draw(t, "term")
		first, second := dayWithin(t, whole, "first"), dayWithin(t, whole, "second")
		if second.Before(first) {
			first, second = second, first
		}
		a, rest := split(t, whole, first, rates().Draw(t, "rate of b"))
		if rest.Span.Empty() {
			return
		}
		b, c := split(t, rest, second, rates().Draw(t, "rate of c"))
		for _, s := range []margin.Share{a, b, c} {
			checkShare(t, s)
		}
		if a.Net.Minor+b.Net.Minor+c.Net.Minor != whole.Net.Minor || a.Span.Days()+b.Span.Days()+c.Span.Days() != whole.Span.Days() {
			t.Fatalf("%v, %v and %v are not %v", a.Net, b.Net, c.Net, whole.Net)
		}
		// Whoever has the last part, at once or after another, has the same days
		// and, but for a unit of rounding in the instalment divided twice, the
		// same net.
		_, direct := split(t, whole, second, rates().Draw(t, "rate"))
		if gap := direct.Net.Minor - c.Net.Minor; direct.Span != c.Span || gap < -1 || gap > 1 {
			t.Fatalf("from %s %v after another partner, %v at once", second, c.Net, direct.Net)
		}
	})
}

func TestSplit_OfNothingIsRefused(t *testing.T) {
	if _, _, err := (margin.Share{}).Split(begun, margin.Rate{}, margin.Resale); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("Split = %v", err)
	}
	whole, err := margin.Calculate(renewedSale())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := whole.Share().Split(begun, margin.Rate{Locked: -1}, margin.Resale); !errors.Is(err, money.ErrBpsOutOfRange) {
		t.Errorf("Split at -1 = %v", err)
	}
}

func TestSplit_LeavesTheRewardWithWhoBroughtTheBusiness(t *testing.T) {
	s := renewedSale()
	s.Reward = &margin.Reward{Rate: 1000}
	whole, err := margin.Calculate(s)
	if err != nil {
		t.Fatal(err)
	}
	old, new, err := whole.Share().Split(s.Start.AddDays(100), margin.Rate{Locked: 1500}, margin.Agency)
	if err != nil || old.Instalments[0].Reward.Currency != "" || new.Instalments[0].Reward.Currency != "" || whole.Instalments[0].Reward != whole.Reward.Amount {
		t.Errorf("shares %+v and %+v, %v", old, new, err)
	}
}

func TestLaw_WithheldIsTheDifferenceHoweverItWasBooked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capped := sales().Draw(t, "sale")
		capped.Rate.Cap = &margin.Cap{Rate: bps().Draw(t, "limit")}
		free := capped
		free.Rate.Cap = nil
		low, high := calculate(t, capped), calculate(t, free)
		for name, c := range map[string]margin.Calculation{"capped": low, "in full": high} {
			w, err := c.Withheld(capped.Rate.Cap.Rate)
			if err != nil || w.Agreed != high.Margin || w.Capped != low.Margin || w.Amount.Minor != high.Margin.Minor-low.Margin.Minor {
				t.Fatalf("booked %s: withheld %+v, %v; want %v less %v", name, w, err, high.Margin, low.Margin)
			}
		}
	})
}

func TestLaw_WithheldOfAShareIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := booked().Draw(t, "term")
		old, new := split(t, whole, dayWithin(t, whole, "at"), rates().Draw(t, "rate"))
		limit := bps().Draw(t, "limit")
		for _, s := range []margin.Share{old, new} {
			w, err := s.Withheld(limit)
			if err != nil || w.Amount.Minor < 0 || w.Capped.Minor < 0 || w.Agreed.Minor-w.Capped.Minor != w.Amount.Minor {
				t.Fatalf("withheld %+v, %v", w, err)
			}
			if s.Effective == s.Agreed && w.Agreed != s.Margin {
				t.Fatalf("booked %v in full, and %v at the agreed rate", s.Margin, w.Agreed)
			}
			if s.Effective < s.Agreed && s.Effective == limit && w.Capped != s.Margin {
				t.Fatalf("booked %v capped, and %v at the cap", s.Margin, w.Capped)
			}
		}
	})
}

func TestWithheld_RefusesACapThatIsNone(t *testing.T) {
	if _, err := (margin.Share{}).Withheld(10_001); !errors.Is(err, money.ErrBpsOutOfRange) {
		t.Errorf("Withheld = %v", err)
	}
}

func TestCap_IsTheSameForTheSameReasons(t *testing.T) {
	verdict := func() *margin.Cap {
		return &margin.Cap{Rate: 500, Until: begun, Because: &margin.Because{Ground: "INSIDE_WINDOW", Facts: []margin.Input{{Name: "term_end_date", Value: "2026-04-01"}}}}
	}
	appealed, silent, other := verdict(), verdict(), verdict()
	appealed.Because.State, silent.Because, other.Because.Facts[0].Value = margin.Appealed, nil, "2026-04-02"
	if !verdict().Same(verdict()) || !(*margin.Cap)(nil).Same(nil) {
		t.Error("equal caps are not the same")
	}
	for name, c := range map[string]*margin.Cap{"appealed": appealed, "without a verdict": silent, "other facts": other, "none": nil} {
		if verdict().Same(c) || c.Same(verdict()) {
			t.Errorf("%s is the same", name)
		}
	}
	if !appealed.Held() || verdict().Held() || (*margin.Cap)(nil).Held() {
		t.Error("only what is appealed or under review is held")
	}
}
