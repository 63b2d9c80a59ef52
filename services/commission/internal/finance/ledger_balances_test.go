package finance_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
)

func TestGetBalance_IsByDayAndByWhatWasKnown(t *testing.T) {
	w := newWorld(t)
	w.adjust(100) // for 2026-03-02
	w.On("2026-03-05")
	late := byService("softcat", 40, monday.AddDate(0, 0, 3)) // for 2026-03-02, too
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, late) }))
	w.adjust(7)
	for _, c := range []struct {
		effective string
		known     time.Time
		want      int64
	}{
		{"", time.Time{}, 147},
		{"2026-03-04", time.Time{}, 140},
		{"2026-03-04", monday.AddDate(0, 0, 1), 100},
		{"2026-03-01", time.Time{}, 0},
		{"2026-03-05", monday.Add(-time.Second), 0},
	} {
		q := finance.BalanceQuery{PartnerID: "softcat", Currency: "GBP", Known: c.known}
		if c.effective != "" {
			q.Effective = day(c.effective)
		}
		for _, caller := range []string{"finance", "partner"} {
			ctx := as(fay)
			if caller == "partner" {
				ctx = as(softcat)
			}
			got, err := w.Finance.GetBalance(ctx, q)
			must(t, err)
			if got.Accounts[ledger.Payable] != c.want || got.Accounts[ledger.Expense] != -c.want {
				t.Errorf("%s asks for %s as known at %s: %v, want %d", caller, c.effective, c.known, got.Accounts, c.want)
			}
		}
	}
}

func TestGetBalance_IsTheCallersAlone(t *testing.T) {
	w := newWorld(t)
	w.adjust(100)
	_, err := w.Finance.GetBalance(as(cdw), finance.BalanceQuery{PartnerID: "softcat", Currency: "GBP"})
	wantReason(t, err, "NOT_FOUND")
	_, err = w.Finance.GetBalance(as(fay), finance.BalanceQuery{PartnerID: "nobody", Currency: "GBP"})
	wantReason(t, err, "NOT_FOUND")
	for name, ctx := range map[string]context.Context{"cdw": as(cdw), "fay": as(fay)} {
		nothing, err := w.Finance.GetBalance(ctx, finance.BalanceQuery{PartnerID: "cdw", Currency: "GBP"})
		if err != nil || len(nothing.Accounts) != len(ledger.Accounts()) {
			t.Errorf("%s asks for a partner without entries: %v, %v", name, nothing, err)
		}
	}
}

// TestGetBalance_IsThePlainSumHoweverItWasKept plays entries of two partners that
// commit late and out of order, among seals and snapshots, and asks for any day
// as known at any time.
func TestGetBalance_IsThePlainSumHoweverItWasKept(t *testing.T) {
	w := newWorld(t)
	var all []ledger.Entry
	clock := monday
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "seconds")) * time.Second)
			w.At(clock)
			switch rapid.SampledFrom([]string{"post", "post", "post", "seal", "snapshot"}).Draw(rt, "step") {
			case "post":
				posted := clock.Add(-time.Duration(rapid.IntRange(0, int(seal.Patience/time.Second)-1).Draw(rt, "late")) * time.Second)
				e := byService(drawPartner(rt), 0, posted)
				e.Effective = day(today).AddDays(rapid.IntRange(-70, 5).Draw(rt, "effective"))
				e.Postings = ledger.Transfer(drawAccount(rt), drawAccount(rt), rapid.Int64Range(1, 500).Draw(rt, "minor"))
				all = append(all, e)
				must(t, w.System(func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, e) }))
			case "seal":
				_, err := w.Finance.SealLedger(context.Background())
				must(t, err)
			case "snapshot":
				_, err := w.Finance.SnapshotAll(context.Background())
				must(t, err)
			}
		}
		for range 4 {
			q := finance.BalanceQuery{
				PartnerID: drawPartner(rt), Currency: "GBP",
				Effective: day(today).AddDays(rapid.IntRange(-80, 10).Draw(rt, "by")),
				Known:     monday.Add(time.Duration(rapid.Int64Range(-1000, int64(clock.Sub(monday)/time.Second)+1000).Draw(rt, "known")) * time.Second),
			}
			got, err := w.Finance.GetBalance(as(fay), q)
			must(t, err)
			if diff := cmp.Diff(plainSum(all, q), got.Accounts); diff != "" {
				rt.Fatalf("%s by %s as known at %s (-sum +got):\n%s", q.PartnerID, q.Effective, q.Known, diff)
			}
		}
	})
	v, err := w.Finance.VerifyLedger(context.Background(), finance.KeptSeal{}, func(f seal.Finding) {
		if f.Fault != seal.EntryAdded { // nobody told the feed of these entries
			t.Errorf("found %+v", f)
		}
	})
	must(t, err)
	t.Logf("%d entries, %d seals, %d snapshots", v.Entries, v.Seals, w.count("balance_snapshots"))
}

func drawPartner(t *rapid.T) string {
	return rapid.SampledFrom([]string{"softcat", "cdw"}).Draw(t, "partner")
}

func drawAccount(t *rapid.T) ledger.Account {
	return rapid.SampledFrom(ledger.Accounts()).Draw(t, "account")
}

// plainSum adds up what was posted.
func plainSum(all []ledger.Entry, q finance.BalanceQuery) map[ledger.Account]int64 {
	sums := map[ledger.Account]int64{}
	for _, account := range ledger.Accounts() {
		sums[account] = 0
	}
	for _, e := range all {
		if e.PartnerID != q.PartnerID || e.Effective.After(q.Effective) || e.Posted.After(q.Known) {
			continue
		}
		for _, p := range e.Postings {
			sums[p.Account] += p.Credit - p.Debit
		}
	}
	return sums
}

func (w *world) count(table string) (n int) {
	w.t.Helper()
	must(w.t, w.DB.SystemPool().QueryRow(context.Background(), fmt.Sprintf("SELECT count(*) FROM %s", table)).Scan(&n))
	return n
}
