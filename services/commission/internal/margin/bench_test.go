package margin_test

import (
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var benchmarked = map[string]func(*margin.Sale){
	"yearly prepaid":            func(*margin.Sale) {},
	"capped, seats added":       func(s *margin.Sale) { s.Seats = 225; s.Rate.Cap = &margin.Cap{Rate: 500} },
	"three years billed yearly": func(s *margin.Sale) { s.Months, s.Billing = 36, margin.Annual },
	"billed monthly":            func(s *margin.Sale) { s.Billing = margin.Monthly },
	"rewarded order": func(s *margin.Sale) {
		s.OldSeats, s.OldUnitPrice, s.Rate.LockedOn, s.Rate.OfferedOn = 0, money.Amount{}, calendar.Date{}, s.Start
		s.Reward = &margin.Reward{Rate: 1000, RegistrationID: "reg_1", CodeVersionID: "cod_1"}
	},
	"under appeal": func(s *margin.Sale) {
		s.Rate.Cap = &margin.Cap{Rate: 500, Until: s.Start.AddMonths(12), CodeVersionID: "cod_1", Because: &margin.Because{
			Ground: "INSIDE_WINDOW", Clause: margin.EthicalEcosystem, State: margin.Appealed,
			Sentence: "The customer moved inside its protected window, which runs until 2026-06-30, and no exemption holds.",
			Facts:    []margin.Input{{Name: "term_end_date", Value: "2026-04-01"}, {Name: "window_end_date", Value: "2026-06-30"}},
		}}
	},
	"stub billed monthly": func(s *margin.Sale) {
		s.Months, s.End, s.Billing = 0, s.Start.AddMonths(31).AddDays(10), margin.Monthly
	},
}

// renewedSale is the second year of the worked example of R2.
func renewedSale() margin.Sale {
	start := calendar.On(2026, time.April, 1)
	return margin.Sale{
		OldSeats: 200, Seats: 200, OldUnitPrice: pounds(12000), UnitPrice: pounds(12600), Uplift: 500,
		Anchor: start.AddMonths(-12), Start: start, Months: 12, Billing: margin.Prepaid, Mode: margin.Resale,
		Rate: margin.Rate{Locked: 2000, LockedOn: start.AddMonths(-12), RateCardID: "rat_1"},
	}
}

func pounds(pence int64) money.Amount { return money.Amount{Minor: pence, Currency: "GBP"} }

func TestCalculate_AllocatesAtMostFiveTimes(t *testing.T) {
	for name, change := range benchmarked {
		sale := renewedSale()
		change(&sale)
		if got := testing.AllocsPerRun(100, func() { _, _ = margin.Calculate(sale) }); got > 5 {
			t.Errorf("%s: %v allocations, at most 5 are allowed", name, got)
		}
	}
}

func BenchmarkCalculate(b *testing.B) {
	for name, change := range benchmarked {
		b.Run(name, func(b *testing.B) {
			sale := renewedSale()
			change(&sale)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := margin.Calculate(sale); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
