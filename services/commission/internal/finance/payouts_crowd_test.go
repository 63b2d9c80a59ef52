package finance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestPostPayouts_ByManyAtOncePaysOnce(t *testing.T) {
	w := newPayers(t, "a", "b", "c", "d", "e")
	b := w.propose()
	w.approve(b)
	errs := atOnce(8, func(int) error { return w.Finance.PostPayouts(context.Background(), b.ID) })
	must(t, errors.Join(errs...))
	w.wantAllInstructed(b)
}

// atOnce does the same n times at once.
func atOnce(n int, do func(int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func TestPayouts_TwoPayersAtOncePayOnce(t *testing.T) {
	w := newPayers(t, "a", "b", "c")
	// Several propose the same statements: one batch has them all.
	refused := 0
	var mu sync.Mutex
	var batches []payout.Batch
	for _, err := range atOnce(6, func(int) error {
		b, err := w.proposed(fiona, "GBP")
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			batches = append(batches, b)
		}
		return err
	}) {
		if err != nil {
			wantReason(t, err, "NOTHING_PAYABLE")
			refused++
		}
	}
	if len(batches) != 1 || refused != 5 {
		t.Fatalf("%d batches, %d refused; want 1 and 5", len(batches), refused)
	}
	// Several approve it, and somebody cancels it: one wins.
	b := batches[0]
	won := 0
	for _, err := range atOnce(6, func(i int) error {
		if i == 0 {
			_, err := w.Finance.CancelPayoutBatch(keyed(fiona, "cancel", b.ID), b.ID, "")
			return err
		}
		_, err := w.Finance.ApprovePayoutBatch(keyed(grace, fmt.Sprint("approve-", i), b.ID), b.ID, "")
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		wantReason(t, err, "STATE_INVALID")
	}
	if won != 1 {
		t.Errorf("%d decisions about one batch", won)
	}
	must(t, errors.Join(atOnce(4, func(int) error { return w.Finance.PostPayouts(context.Background(), b.ID) })...))
	if w.batch(b.ID).State == payout.BatchCancelled {
		b = w.instructed()
	}
	w.wantAllInstructed(b)
}

// TestPayouts_OfTwoBatchesOverTheSameStatementsPayOnce has two batches that were
// proposed before the database would have told them of each other.
func TestPayouts_OfTwoBatchesOverTheSameStatementsPayOnce(t *testing.T) {
	w := newPayers(t, "a", "b")
	first := w.propose()
	cancelled := w.cancelled(first)
	second := w.propose()
	w.approve(second)
	// The first comes back to life, as it would by a mistake in the program.
	_, err := w.DB.SystemPool().Exec(t.Context(), "UPDATE payouts SET state = 'PROPOSED' WHERE payout_batch_id = $1", cancelled.ID)
	if err == nil {
		t.Error("what is cancelled can be paid")
	}
	must(t, w.Finance.PostPayouts(t.Context(), second.ID))
	must(t, w.Finance.PostPayouts(t.Context(), first.ID))
	w.wantAllInstructed(second)
}

func (w *world) cancelled(b payout.Batch) payout.Batch {
	w.t.Helper()
	b, err := w.Finance.CancelPayoutBatch(keyed(fiona, fmt.Sprint("cancel-", keys.Add(1)), b.ID), b.ID, "")
	must(w.t, err)
	return b
}

func TestRecordPayoutResults_OfManyAtOnceCountOnce(t *testing.T) {
	w := newPayers(t, "a", "b", "c")
	b := w.instructed()
	errs := atOnce(9, func(i int) error {
		_, err := w.answer(b.Payouts[i%3].ID, payout.Paid, func(r *payout.Result) { r.Reference = fmt.Sprint("B-", i/3) })
		return err
	})
	decided := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(decided) != 6 {
		t.Errorf("%d of 9 answers are refused; want 6", len(decided))
	}
	for _, err := range decided {
		wantReason(t, err, "PAYOUT_ALREADY_DECIDED")
	}
	if got := w.batch(b.ID); got.State != payout.BatchCompleted {
		t.Errorf("batch is %s", got.State)
	}
	w.wantPaidOnce()
}

// Who disputes and who pays meet at the statement: a line is either paid, and
// then its dispute holds nothing, or held, and then the payout is skipped.
func TestPostPayouts_AgainstDisputesOfTheirLines(t *testing.T) {
	partners := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	w := newPayers(t, partners...)
	b := w.propose()
	w.approve(b)
	disputes := make([]statement.Dispute, len(partners))
	errs := atOnce(len(partners)+1, func(i int) (err error) {
		if i == len(partners) {
			return w.Finance.PostPayouts(context.Background(), b.ID)
		}
		line := w.lines[partners[i]][0]
		caller := servertest.Partner(partners[i], "statements:write")
		disputes[i], err = w.Finance.OpenDispute(keyed(caller, "dispute-"+line, line), finance.NewDispute{LineID: line, Reason: "It is wrong."})
		return err
	})
	must(t, errors.Join(errs...))
	for i, p := range w.batch(b.ID).Payouts {
		held, want := disputes[i].Held.Minor, map[payout.State]int64{payout.Instructed: 0, payout.Skipped: 1_000}
		if minor, decided := want[p.State]; !decided || held != minor || p.PartnerID != partners[i] {
			t.Errorf("the payout of %s is %s, its dispute holds %d", p.PartnerID, p.State, held)
		}
	}
	w.wantPaidOnce()
}
