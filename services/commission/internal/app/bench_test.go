package app_test

import (
	"fmt"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// BenchmarkPullBook projects a book of 31,000 subscriptions from scratch.
func BenchmarkPullBook(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.Subscribe(subscription)
		w.Fill("x", 31_000)
		b.StartTimer()
		w.Project()
	}
}

// BenchmarkSummarizeRenewals adds up a book of 31,000 renewals, and lists the
// first page and one far behind.
func BenchmarkSummarizeRenewals(b *testing.B) {
	w := newWorld(b)
	w.Subscribe(subscription)
	w.Fill("x", 31_000)
	w.Project()
	_, err := w.DB.SystemPool().Exec(b.Context(), "ANALYZE renewals")
	must(b, err)
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			sums, err := w.App.SummarizeRenewals(as(anna), app.RenewalFilter{})
			if err != nil || len(sums) != 1 || sums[0].Count != 31_001 {
				b.Fatalf("%+v, %v", sums, err)
			}
		}
	})
	for name, after := range map[string]*app.RenewalKey{"first page": nil, "later page": {Due: w.Renewals(app.RenewalFilter{})[0].Due, ID: "rnw_x29"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				list, err := w.App.ListRenewals(as(softcat), app.RenewalFilter{States: []string{"OPEN"}}, app.ByDueDate, after, 51)
				if err != nil || len(list) != 51 {
					b.Fatalf("%d, %v", len(list), err)
				}
			}
		})
	}
}

// BenchmarkSubmitRenewal submits one renewal after the other.
func BenchmarkSubmitRenewal(b *testing.B) {
	w := newWorld(b)
	w.Subscribe(subscription)
	submitted, filled := 0, 0
	for b.Loop() {
		if submitted == filled*1000 {
			b.StopTimer()
			w.Fill(fmt.Sprintf("s%d-", filled), 1000)
			w.Project()
			filled++
			b.StartTimer()
		}
		s, err := w.Submit(order(fmt.Sprintf("rnw_s%d-%d_20260401", filled-1, submitted%1000)))
		if err != nil || s.State != records.Booked {
			b.Fatalf("%s, %v", s.State, err)
		}
		submitted++
	}
}
