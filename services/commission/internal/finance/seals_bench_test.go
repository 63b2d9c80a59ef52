package finance_test

import (
	"context"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// BenchmarkVerifyLedger seals 200,000 entries of an accrual, half of which are on
// a statement, and verifies them.
func BenchmarkVerifyLedger(b *testing.B) {
	const pairs, batch = 100_000, 1_000
	w := newWorld(b)
	recorded, err := w.tell(w.invoice("I-1", w.agency(), 1, today, 2_520_000))
	must(b, err)
	like := ledger.Entry{
		PartnerID: "softcat", Currency: "GBP", Effective: day(today), Posted: monday, AccrualID: recorded.Accruals[0].ID, Cause: "payment:P-1",
		Note: "What is settled of the instalment is due, after payment P-1 and its hold.", Actor: "service:billing",
	}
	for range pairs / batch {
		entries := make([]ledger.Entry, 0, 2*batch)
		for range batch {
			earned, due := like, like
			earned.ID, earned.Kind, earned.Postings = ident.New("ent_"), ledger.Accrual, ledger.Transfer(ledger.Expense, ledger.Accrued, 1)
			due.ID, due.Kind, due.Postings = ident.New("ent_"), ledger.Maturity, ledger.Transfer(ledger.Accrued, ledger.Payable, 1)
			entries = append(entries, earned, due)
		}
		must(b, w.System(func(ctx context.Context, tx *postgres.Store) error {
			if _, err := tx.Tx().Exec(ctx, "UPDATE accruals SET payable_minor = payable_minor + $1", batch); err != nil {
				return err
			}
			return tx.AddEntriesLast(ctx, entries...)
		}))
	}
	began := time.Now()
	sealed, err := w.Finance.SealLedger(context.Background())
	must(b, err)
	sealing := time.Since(began)
	_, err = w.Finance.SnapshotBalances(context.Background())
	must(b, err)
	_, err = w.DB.SystemPool().Exec(b.Context(), "ANALYZE")
	must(b, err)
	var took time.Duration
	var entries int64
	for b.Loop() {
		began := time.Now()
		v, err := w.Finance.VerifyLedger(as(fay), finance.KeptSeal{}, func(f seal.Finding) { b.Errorf("found %+v", f) })
		must(b, err)
		took, entries = took+time.Since(began), entries+v.Entries
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(entries)/took.Seconds(), "entries/s")
	b.ReportMetric(float64(sealed)/sealing.Seconds(), "sealed-entries/s")
}
