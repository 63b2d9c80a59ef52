package forecast_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// BenchmarkSum makes a year's forecast of a whole book out of its sums: six
// currencies in both modes, with renewals in four states.
func BenchmarkSum(b *testing.B) {
	policy := forecast.Policy()
	var lines []forecast.Line
	for _, currency := range []money.Currency{"AUD", "EUR", "GBP", "JPY", "USD", "ZAR"} {
		for _, mode := range []margin.Mode{margin.Agency, margin.Resale} {
			for month := forecast.Month(24_300); month < 24_312; month++ {
				line := forecast.Line{Currency: currency, Mode: mode, Month: month, Minor: 1_234_567_890}
				lines = append(lines, line)
				for _, state := range []renewal.State{renewal.Scheduled, renewal.Open, renewal.Quoted, renewal.Grace} {
					line.State, line.Ahead, line.Squares, line.By = state, 1, square(line.Minor), &policy
					lines = append(lines, line)
				}
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		forecast.Sum(lines)
	}
}

// BenchmarkParts makes the parts of a yearly contract: five renewals and more.
func BenchmarkParts(b *testing.B) {
	s, err := readContract("anchor 2025-04-01, term 2025-04-01 to 2026-04-01, 12 months, 200 seats at 120.00 GBP, uplift 500 bps, PREPAID")
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := readFacts(&s, "on 2026-03-02, locked 2000 bps"); err != nil {
		b.Fatal(err)
	}
	today := calendar.On(2026, 3, 2)
	b.ReportAllocs()
	for b.Loop() {
		s.Parts(today, forecast.Until(today))
	}
}
