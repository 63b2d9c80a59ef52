package margin_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// orders draws whole terms and stubs that may be rewarded.
func orders() *rapid.Generator[margin.Sale] {
	return rapid.Custom(func(t *rapid.T) margin.Sale {
		s := rapid.OneOf(sales(), stubs()).Draw(t, "order")
		s.OldSeats = 0
		if rapid.Bool().Draw(t, "rewarded") {
			s.Reward = &margin.Reward{Rate: bps().Draw(t, "reward"), RegistrationID: "reg_1", CodeVersionID: "cod_1"}
		}
		if rapid.Bool().Draw(t, "refused") {
			s.NoReward = rapid.SampledFrom([]margin.NoReward{margin.NotNewBusiness, margin.NoRegistration, margin.Poached}).Draw(t, "why")
		}
		return s
	})
}

func TestLaw_ARewardIsAPortionOfTheFirstYearAndDividedWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := orders().Draw(t, "order")
		c := calculate(t, s)
		var divided, late int64
		year := s.Start.AddMonths(12)
		for _, part := range c.Instalments {
			divided += part.Reward.Minor
			if !part.Start.Before(year) {
				late += part.Reward.Minor
			}
		}
		switch {
		case s.Reward == nil || s.NoReward != "" || c.Cap != nil:
			if c.Reward != nil || divided != 0 {
				t.Fatalf("rewarded with %+v, %d divided", c.Reward, divided)
			}
		default:
			want, err := c.Reward.Base.Portion(s.Reward.Rate)
			if err != nil || c.Reward.Amount != want || divided != want.Minor || late != 0 || c.Reward.Base.Minor > c.Net.Minor {
				t.Fatalf("rewarded with %+v, want %v; %d divided, %d late", c.Reward, want, divided, late)
			}
		}
	})
}

func TestLaw_ARewardChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := orders().Draw(t, "order")
		plain := s
		plain.Reward = nil
		with, without := calculate(t, s), calculate(t, plain)
		if with.Net != without.Net || with.Margin != without.Margin || with.BuyPrice != without.BuyPrice {
			t.Fatalf("margin %v with a reward, %v without", with.Margin, without.Margin)
		}
		if same := with.Fingerprint == without.Fingerprint; same != (with.Reward == nil) {
			t.Fatalf("same fingerprint: %v; reward %+v", same, with.Reward)
		}
	})
}

func TestLaw_TheFirstYearOfALongerTermIsRewardedAsAYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		long := sales().Draw(t, "sale")
		long.Rate.Cap, long.Reward = nil, &margin.Reward{Rate: bps().Draw(t, "reward")}
		long.Anchor, long.Months = long.Start, rapid.SampledFrom([]int{24, 36}).Draw(t, "months")
		year, stub := long, long
		year.Months = 12
		stub.Months, stub.End = 0, long.Start.AddMonths(long.Months-1)
		want := calculate(t, year).Reward
		for _, s := range []margin.Sale{long, stub} {
			if diff := cmp.Diff(want, calculate(t, s).Reward); diff != "" {
				t.Fatalf("%d months (-year +longer):\n%s", long.Months, diff)
			}
		}
	})
}

func TestReward_OfAGivenNetIsThatOfItsFirstYear(t *testing.T) {
	three := margin.Sale{
		Net: pounds(72_000_00), Start: begun, Months: 36, Billing: margin.Annual, Mode: margin.Agency, Rate: margin.Rate{Locked: 2000},
		Reward: &margin.Reward{Rate: 1000},
	}
	stub := three
	stub.Months, stub.End = 0, begun.AddMonths(36)
	for base, s := range map[int64]margin.Sale{24_000_00: three, 23_978_10: stub} { // a third, and 365 of 1096 days
		c, err := margin.Calculate(s)
		if err != nil || c.Reward.Base != pounds(base) || c.Instalments[0].Reward != c.Reward.Amount || c.Margin != pounds(14_400_00) {
			t.Errorf("Calculate = %v and %+v, %v", c.Margin, c.Reward, err)
		}
	}
}

func TestReward_IsStoredWithItsCalculation(t *testing.T) {
	s := renewedSale()
	s.Reward = &margin.Reward{Rate: 1000, RegistrationID: "reg_1", CodeVersionID: "cod_1"}
	c, err := margin.Calculate(s)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var stored margin.Calculation
	if err := json.Unmarshal(body, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, stored); diff != "" {
		t.Errorf("(-calculated +stored):\n%s", diff)
	}
}

func TestReward_RefusesWhatIsNoRateAndNoReason(t *testing.T) {
	wild, odd := renewedSale(), renewedSale()
	wild.Reward, odd.NoReward = &margin.Reward{Rate: 10_001}, "WEATHER"
	for field, s := range map[string]margin.Sale{"reward_bps": wild, "no_reward": odd} {
		_, err := margin.Calculate(s)
		if refusal, ok := fault.Of(err); !ok || refusal.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := margin.Calculate(wild); !errors.Is(err, money.ErrBpsOutOfRange) {
		t.Errorf("a reward of 10001 = %v", err)
	}
}
