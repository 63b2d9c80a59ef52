package finance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

var errKilled = errors.New("the process was killed")

// wantPaidOnce fails unless each statement is paid exactly what its one payout
// says, the ledger has as much, and all accounts add up to zero.
func (w *world) wantPaidOnce() {
	w.t.Helper()
	var strange []string
	rows, err := w.DB.SystemPool().Query(context.Background(), `
		SELECT s.partner_id || ': paid ' || s.paid_minor || ' by ' || coalesce(p.payouts, 0) || ' payouts of ' || coalesce(p.total, 0)
		FROM statements s
		LEFT JOIN (
			SELECT statement_id, count(*) AS payouts, sum(amount_minor) AS total
			FROM payouts
			WHERE state IN ('INSTRUCTED', 'PAID', 'RETURNED')
			GROUP BY statement_id) p USING (statement_id)
		WHERE s.paid_minor <> coalesce(p.total, 0) OR p.payouts > 1
		UNION ALL
		SELECT e.cause || ': ' || count(e.entry_id) || ' entries for ' || p.amount_minor
		FROM payouts p
		LEFT JOIN ledger_entries e ON e.cause = 'payout:' || p.payout_id AND e.kind = 'PAYOUT'
		LEFT JOIN ledger_postings l ON l.entry_id = e.entry_id AND l.account = 'PAYABLE'
		GROUP BY e.cause, p.payout_id
		HAVING count(e.entry_id) <> (p.state IN ('INSTRUCTED', 'PAID', 'RETURNED'))::int OR coalesce(sum(l.debit_minor), p.amount_minor) <> p.amount_minor
		UNION ALL
		SELECT partner_id || ' is off by ' || sum(debit_minor - credit_minor)
		FROM ledger_postings
		GROUP BY partner_id, currency
		HAVING sum(debit_minor - credit_minor) <> 0`)
	must(w.t, err)
	for rows.Next() {
		var what string
		must(w.t, rows.Scan(&what))
		strange = append(strange, what)
	}
	must(w.t, rows.Err())
	if len(strange) > 0 {
		w.t.Errorf("not paid once: %v", strange)
	}
}

// killAfter lets the process die when it reaches a step for the nth time.
func (w *world) killAfter(step string, n int) {
	w.Finance.FailAt(func(reached string) error {
		if reached == step {
			if n--; n == 0 {
				return errKilled
			}
		}
		return nil
	})
}

func TestPostPayouts_KilledAnywhereGoesOnAndPaysNothingTwice(t *testing.T) {
	partners := []string{"a", "b", "c", "d"}
	for _, step := range finance.PayoutSteps {
		for n := 1; n <= len(partners); n++ {
			if step == finance.PayoutSteps[2] && n > 1 {
				continue // it is reached once
			}
			t.Run(fmt.Sprint(step, " ", n), func(t *testing.T) {
				w := newPayers(t, partners...)
				b := w.propose()
				w.approve(b)
				w.killAfter(step, n)
				if err := w.Finance.PostPayouts(t.Context(), b.ID); !errors.Is(err, errKilled) {
					t.Fatalf("not killed: %v", err)
				}
				w.wantPaidOnce()
				if half := w.batch(b.ID); half.State != payout.BatchApproved {
					t.Errorf("half-way the batch is %s", half.State)
				}
				_, err := w.Finance.ExportPayoutBatch(as(fiona), b.ID)
				wantReason(t, err, "STATE_INVALID")
				w.Restart()
				must(t, w.Finance.PostPayouts(t.Context(), b.ID))
				w.wantAllInstructed(b)
				must(t, w.Finance.PostPayouts(t.Context(), b.ID)) // once more, as jobs may
				w.wantAllInstructed(b)
			})
		}
	}
}

func (w *world) wantAllInstructed(b payout.Batch) {
	w.t.Helper()
	posted := w.batch(b.ID)
	want := []payout.Sum{{State: payout.Instructed, Count: b.Count, Total: b.Total}}
	if diff := cmp.Diff(want, posted.Sums); diff != "" || posted.State != payout.BatchInstructed {
		w.t.Errorf("batch %s (-want +got):\n%s", posted.State, diff)
	}
	w.wantPaidOnce()
}

func TestQueue_PostsAnApprovedBatchAndTriesOn(t *testing.T) {
	w := newPayers(t, "a", "b")
	b := w.propose()
	done := make(chan struct{})
	failed := false
	w.Accounts.Before = func(r *partnerv1.FindPayoutDestinationRequest) error {
		if r.GetPartnerId() == "b" && !failed {
			failed = true
			return errors.New("the connection broke")
		}
		return nil
	}
	w.approve(b)
	w.Finance.FailAt(func(reached string) error {
		if reached == finance.PayoutSteps[2] {
			close(done)
		}
		return nil
	})
	w.RunUntil(done)
	w.wantAllInstructed(b)
}

func TestSweepPayouts_GivesAJobToABatchThatLostIts(t *testing.T) {
	w := newPayers(t, "a")
	b := w.propose()
	w.approve(b)
	w.At(monday.Add(2 * finance.SweepAge))
	if n, err := w.Finance.SweepPayouts(t.Context(), "post_payouts"); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want none: the job is waiting", n, err)
	}
	_, err := w.DB.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	must(t, err)
	for _, want := range []int{1, 0} {
		if n, err := w.Finance.SweepPayouts(t.Context(), "post_payouts"); n != want || err != nil {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
	}
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	w.wantAllInstructed(b)
	_, err = w.DB.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	must(t, err)
	if n, err := w.Finance.SweepPayouts(t.Context(), "post_payouts"); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want none: it is posted", n, err)
	}
}

// A call that is repeated is answered as it was, and does nothing more.
func TestPayouts_CallsAreAnsweredOnce(t *testing.T) {
	w := newPayers(t, "cdw")
	n := finance.NewBatch{Currency: "GBP", ExecuteOn: day(payday)}
	twice := func(do func(by func(auth.Caller) context.Context) (payout.Batch, error)) payout.Batch {
		key := fmt.Sprint("twice-", keys.Add(1))
		first, err := do(func(c auth.Caller) context.Context { return keyed(c, key, key) })
		must(t, err)
		again, err := do(func(c auth.Caller) context.Context { return keyed(c, key, key) })
		must(t, err)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		return first
	}
	gone := twice(func(by func(auth.Caller) context.Context) (payout.Batch, error) {
		return w.Finance.CreatePayoutBatch(by(fiona), n)
	})
	twice(func(by func(auth.Caller) context.Context) (payout.Batch, error) {
		return w.Finance.CancelPayoutBatch(by(fiona), gone.ID, "")
	})
	b := twice(func(by func(auth.Caller) context.Context) (payout.Batch, error) {
		return w.Finance.CreatePayoutBatch(by(fiona), n)
	})
	twice(func(by func(auth.Caller) context.Context) (payout.Batch, error) {
		return w.Finance.ApprovePayoutBatch(by(grace), b.ID, "1")
	})
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	w.wantAllInstructed(b)
}
