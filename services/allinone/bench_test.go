package allinone_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/bench"
)

// BenchmarkSubmitRenewal submits open renewals of one partner, all different,
// to the commission service by gRPC, with everything that a deployed Holdfast
// does behind it, and has pgbench run the statements of the same submissions.
// The ratio is the share of pgbench's throughput: the median of rounds that
// alternate between the two.
func BenchmarkSubmitRenewal(b *testing.B) {
	loads := []struct{ clients, renewals int }{{1, 600}, {8, 1600}, {32, 3200}}
	const rounds, spare = 3, 200
	needed := spare
	for _, l := range loads {
		needed += rounds * l.renewals
	}
	stage := bench.Set(b, needed)
	for _, l := range loads {
		b.Run(fmt.Sprintf("clients=%d", l.clients), func(b *testing.B) {
			var services, limits, ratios []float64
			for b.Loop() {
				for range rounds {
					r := stage.Round(b, l.clients, l.renewals)
					services, limits, ratios = append(services, r.Services), append(limits, r.Limit), append(ratios, r.Services/r.Limit)
					b.Logf("%.0f submissions a second, pgbench %.0f", r.Services, r.Limit)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(services), "submissions/s")
			b.ReportMetric(median(limits), "pgbench/s")
			b.ReportMetric(median(ratios), "ratio")
		})
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
