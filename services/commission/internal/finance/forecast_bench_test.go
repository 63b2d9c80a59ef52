package finance_test

import (
	"testing"
	"time"
)

// BenchmarkRefreshForecast forecasts a book of 31,000 subscriptions from
// scratch, and again on the day that all of them fall into grace.
func BenchmarkRefreshForecast(b *testing.B) {
	var first, again time.Duration
	rounds := 0
	for b.Loop() {
		w := newWorld(b)
		w.Subscribe(subscription)
		w.Fill("x", 31_000)
		w.Project()
		first += took(w.refresh)
		w.On(due)
		again += took(w.refresh)
		rounds++
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(31_000*float64(rounds)/first.Seconds(), "first/s")
	b.ReportMetric(31_000*float64(rounds)/again.Seconds(), "again/s")
}

func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}
