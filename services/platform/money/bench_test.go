package money_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestHotPaths_StayOffTheHeap(t *testing.T) {
	net := gbp(t, "24000.00")
	twelve := equal(12)
	for _, c := range []struct {
		name   string
		allocs float64
		deed   func()
	}{
		{"Portion", 0, func() { _, _ = net.Portion(2000) }},
		{"Parse", 0, func() { _, _ = money.Parse("GBP", "24000.00") }},
		{"Decimal", 1, func() { _ = net.Decimal() }},
		{"Allocate", 1, func() { _, _ = money.Allocate(net, twelve) }},
	} {
		if got := testing.AllocsPerRun(100, c.deed); got > c.allocs {
			t.Errorf("%s allocates %v times, at most %v are allowed", c.name, got, c.allocs)
		}
	}
}

func BenchmarkPortion(b *testing.B) {
	net := gbp(b, "24000.00")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = net.Portion(2000)
	}
}

func BenchmarkDecimal(b *testing.B) {
	net := gbp(b, "24000.00")
	b.ReportAllocs()
	for b.Loop() {
		_ = net.Decimal()
	}
}

func BenchmarkAllocate(b *testing.B) {
	net, twelve := gbp(b, "1000.00"), equal(12)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = money.Allocate(net, twelve)
	}
}
