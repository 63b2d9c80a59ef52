package earnings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func gbp(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "GBP"} }

// booked is 200 seats at 120.00 pounds a year, at 20 %.
func booked(t testing.TB, months int, how margin.Billing, mode margin.Mode, change ...func(*margin.Sale)) *earnings.Source {
	t.Helper()
	start := calendar.On(2026, 1, 1)
	sale := margin.Sale{
		Seats: 200, UnitPrice: gbp(12_000), Anchor: start, Start: start, Months: months, Billing: how, Mode: mode,
		Rate: margin.Rate{Locked: 2000, LockedOn: start},
	}
	for _, c := range change {
		c(&sale)
	}
	c, err := margin.Calculate(sale)
	if err != nil {
		t.Fatal(err)
	}
	return &earnings.Source{ID: "sbm_1", SubscriptionID: "sub_1", PartnerID: "softcat", RelationshipID: "rel_1", Calculation: c}
}

func withheld(source string, agreed, capped int64, state records.WithholdingState) records.Withholding {
	return records.Withholding{ID: "wth_1", SourceID: source, Agreed: gbp(agreed), Capped: gbp(capped), State: state}
}

func claims(t testing.TB, s *earnings.Source, number int, amount int64) map[earnings.Kind]ledger.Claim {
	t.Helper()
	earned, err := s.Earns(number, amount)
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[earnings.Kind]ledger.Claim{}
	for _, e := range earned {
		byKind[e.Kind] = e.Claim
	}
	return byKind
}

func TestEarns_WhatAVerdictLeaves(t *testing.T) {
	const net = 2_400_000
	for _, c := range []struct {
		name   string
		mode   margin.Mode
		capped bool // already when it was booked
		state  records.WithholdingState
		want   map[earnings.Kind]ledger.Claim
	}{
		{"nothing withheld", margin.Agency, false, "", map[earnings.Kind]ledger.Claim{earnings.Margin: {Earned: 480_000, Span: net}}},
		{"capped afterwards, kept", margin.Agency, false, records.Kept, map[earnings.Kind]ledger.Claim{earnings.Margin: {Earned: 120_000, Span: net}}},
		{"capped afterwards, held", margin.Agency, false, records.Held, map[earnings.Kind]ledger.Claim{earnings.Margin: {Earned: 120_000, Held: 360_000, Span: net}}},
		{"booked capped, held", margin.Agency, true, records.Held, map[earnings.Kind]ledger.Claim{earnings.Margin: {Earned: 120_000, Held: 360_000, Span: net}}},
		{"booked capped, released", margin.Agency, true, records.Released, map[earnings.Kind]ledger.Claim{earnings.Margin: {Earned: 480_000, Span: net}}},
		{"in the price, booked capped, held: a memo", margin.Resale, true, records.Held, map[earnings.Kind]ledger.Claim{earnings.Adjustment: {Span: net}}},
		{"in the price, booked capped, released", margin.Resale, true, records.Released, map[earnings.Kind]ledger.Claim{earnings.Adjustment: {Earned: 360_000, Span: net}}},
		{"in the price, capped afterwards, held: a memo", margin.Resale, false, records.Held, map[earnings.Kind]ledger.Claim{earnings.Adjustment: {Span: net}}},
		{"in the price, capped afterwards, kept", margin.Resale, false, records.Kept, map[earnings.Kind]ledger.Claim{earnings.Adjustment: {Earned: -360_000, Span: net}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := booked(t, 12, margin.Prepaid, c.mode, func(s *margin.Sale) {
				if c.capped {
					s.Rate.Cap = &margin.Cap{Rate: 500, Until: calendar.On(2027, 1, 1)}
				}
			})
			if c.state != "" {
				s.Withholdings = []records.Withholding{withheld("sbm_1", 480_000, 120_000, c.state)}
			}
			if diff := cmp.Diff(c.want, claims(t, s, 1, net)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEarns_ARewardRestsOnTheFirstTwelveMonths(t *testing.T) {
	s := booked(t, 36, margin.Prepaid, margin.Resale, func(s *margin.Sale) { s.Reward = &margin.Reward{Rate: 1000} })
	reward := claims(t, s, 1, 7_200_000)[earnings.Reward]
	if diff := cmp.Diff(ledger.Claim{Earned: 240_000, Span: 2_400_000}, reward); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	line := ledger.Line{Invoice: "I", Amount: 7_200_000, Issued: calendar.On(2026, 1, 1), Due: calendar.On(2026, 2, 1), HoldDays: 30, OverdueDays: 90}
	for _, c := range []struct{ credited, left int64 }{
		{3_600_000, 240_000}, // half of the three years: the first is served
		{6_000_000, 120_000}, // after six months
		{7_200_000, 0},
	} {
		line.Facts = []ledger.Fact{{Kind: ledger.Credit, On: calendar.On(2026, 1, 15), Amount: c.credited}}
		if got := line.At(reward, calendar.On(2026, 1, 20)); got.Accrued != c.left {
			t.Errorf("a credit of %d leaves %d of the reward; want %d", c.credited, got.Accrued, c.left)
		}
	}
}

// TestLaw_InstalmentsEarnTheTermsMargin adds up what the instalments of a term
// earn and hold, whatever is withheld.
func TestLaw_InstalmentsEarnTheTermsMargin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seats := rapid.Int64Range(1, 5_000).Draw(r, "seats")
		price := rapid.Int64Range(1, 99_999).Draw(r, "price")
		s := booked(t, rapid.SampledFrom([]int{12, 24, 36}).Draw(r, "months"), rapid.SampledFrom([]margin.Billing{margin.Monthly, margin.Annual, margin.Prepaid}).Draw(r, "billing"),
			margin.Agency, func(s *margin.Sale) { s.Seats, s.UnitPrice = seats, gbp(price) })
		limit, err := s.Calculation.Net.Portion(500)
		if err != nil {
			r.Fatal(err)
		}
		agreed := s.Calculation.Margin.Minor
		state := rapid.SampledFrom([]records.WithholdingState{records.Kept, records.Held, records.Released}).Draw(r, "state")
		s.Withholdings = []records.Withholding{withheld("sbm_1", agreed, min(limit.Minor, agreed), state)}
		var earned, held int64
		for _, i := range s.Calculation.Instalments {
			c := claims(t, s, i.Number, i.Net.Minor)[earnings.Margin]
			if c.Earned < 0 || c.Held < 0 {
				r.Fatalf("instalment %d earns %d and holds %d", i.Number, c.Earned, c.Held)
			}
			earned, held = earned+c.Earned, held+c.Held
		}
		want := map[records.WithholdingState][2]int64{
			records.Kept: {min(limit.Minor, agreed), 0}, records.Held: {min(limit.Minor, agreed), agreed - min(limit.Minor, agreed)}, records.Released: {agreed, 0},
		}[state]
		if earned != want[0] || held != want[1] {
			r.Fatalf("%d earned and %d held; want %d", earned, held, want)
		}
	})
}
