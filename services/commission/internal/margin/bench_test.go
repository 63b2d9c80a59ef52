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

func TestCalculate_AllocatesAtMostTenTimes(t *testing.T) {
	for name, change := range benchmarked {
		sale := renewedSale()
		change(&sale)
		if got := testing.AllocsPerRun(100, func() { _, _ = margin.Calculate(sale) }); got > 10 {
			t.Errorf("%s: %v allocations, at most 10 are allowed", name, got)
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
