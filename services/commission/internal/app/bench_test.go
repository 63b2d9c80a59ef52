package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// fill adds n subscriptions like the first one, locked, to the feed.
func (w *world) fill(prefix string, n int) {
	w.t.Helper()
	first := w.customer.get(subscription)
	for i := range n {
		sub := proto.CloneOf(first)
		sub.SubscriptionId = fmt.Sprintf("sub_%s%d", prefix, i)
		w.customer.add(sub)
	}
	must(w.t, w.system(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, `
			INSERT INTO relationships (relationship_id, subscription_id, partner_id, from_date, settlement_mode, locked_bps, lock_date, rate_card_id,
				revision, create_time)
			SELECT 'rel_' || $1 || i, 'sub_' || $1 || i, partner_id, from_date, settlement_mode, locked_bps, lock_date, rate_card_id, revision, create_time
			FROM relationships, generate_series(0, $2 - 1) i
			WHERE subscription_id = $3`, prefix, n, subscription)
		return err
	}))
}

// BenchmarkPullBook projects a book of 31,000 subscriptions from scratch.
func BenchmarkPullBook(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.subscribe(subscription)
		w.fill("x", 31_000)
		b.StartTimer()
		w.project()
	}
}

// BenchmarkSummarizeRenewals adds up a book of 31,000 renewals, and lists the
// first page and one far behind.
func BenchmarkSummarizeRenewals(b *testing.B) {
	w := newWorld(b)
	w.subscribe(subscription)
	w.fill("x", 31_000)
	w.project()
	_, err := w.db.SystemPool().Exec(b.Context(), "ANALYZE renewals")
	must(b, err)
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			sums, err := w.app.SummarizeRenewals(as(anna), app.RenewalFilter{})
			if err != nil || len(sums) != 1 || sums[0].Count != 31_001 {
				b.Fatalf("%+v, %v", sums, err)
			}
		}
	})
	for name, after := range map[string]*app.RenewalKey{"first page": nil, "later page": {Due: w.renewals(app.RenewalFilter{})[0].Due, ID: "rnw_x29"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				list, err := w.app.ListRenewals(as(softcat), app.RenewalFilter{States: []string{"OPEN"}}, app.ByDueDate, after, 51)
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
	w.subscribe(subscription)
	submitted, filled := 0, 0
	for b.Loop() {
		if submitted == filled*1000 {
			b.StopTimer()
			w.fill(fmt.Sprintf("s%d-", filled), 1000)
			w.project()
			filled++
			b.StartTimer()
		}
		s, err := w.submit(order(fmt.Sprintf("rnw_s%d-%d_20260401", filled-1, submitted%1000)))
		if err != nil || s.State != records.Booked {
			b.Fatalf("%s, %v", s.State, err)
		}
		submitted++
	}
}

// BenchmarkRefreshForecast forecasts a book of 31,000 subscriptions from
// scratch, and again on the day that all of them fall into grace.
func BenchmarkRefreshForecast(b *testing.B) {
	var first, again time.Duration
	rounds := 0
	for b.Loop() {
		w := newWorld(b)
		w.subscribe(subscription)
		w.fill("x", 31_000)
		w.project()
		first += took(w.refresh)
		w.on(due)
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
