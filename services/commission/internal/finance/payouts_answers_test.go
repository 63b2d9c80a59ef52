package finance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
)

func TestPayouts_ThatAreReturnedAreDueAgain(t *testing.T) {
	w := newPayers(t, "atonce", "later")
	posted := w.instructed()
	_, err := w.answer(posted.Payouts[1].ID, payout.Paid)
	must(t, err)
	for _, p := range posted.Payouts {
		_, err := w.answer(p.ID, payout.Returned)
		must(t, err)
	}
	for partner, minor := range map[string]int64{"atonce": 10_000, "later": 20_000} {
		if got := w.statementOf(partner, "GBP"); got != (settled{"CARRIED", minor, minor}) {
			t.Errorf("statement of %s: %+v", partner, got)
		}
		got := w.balances(partner)
		if got[ledger.Payable] != minor || got[ledger.InTransit] != 0 || got[ledger.Cash] != 0 || got[ledger.Expense] != -minor {
			t.Errorf("balances of %s: %v", partner, got)
		}
	}
	if b := w.batch(posted.ID); b.State != payout.BatchCompleted {
		t.Errorf("batch is %s", b.State)
	}
	_, err = w.proposed(fiona, "GBP")
	wantReason(t, err, "NOTHING_PAYABLE") // what came back waits on the open statement
	w.On("2026-04-01")
	w.closeMonth("atonce", "GBP", "2026-03")
	if next := w.instructed(); next.Total.Decimal() != "100.00" || next.Count != 1 {
		t.Errorf("paid again: %+v", next)
	}
	w.wantPaidOnce()
}

func TestRecordPayoutResults_TheSameAgainChangesNothing(t *testing.T) {
	w := newPayers(t, "cdw")
	id := w.instructed().Payouts[0].ID
	paid, err := w.answer(id, payout.Paid)
	must(t, err)
	again, err := w.answer(id, payout.Paid)
	must(t, err)
	if diff := cmp.Diff(paid, again); diff != "" {
		t.Errorf("the same again (-first +second):\n%s", diff)
	}
	_, err = w.answer(id, payout.Paid, func(r *payout.Result) { r.Reference = "B-2" })
	wantReason(t, err, "PAYOUT_ALREADY_DECIDED")
	_, err = w.answer(id, payout.Returned)
	must(t, err)
	for _, outcome := range []payout.State{payout.Paid, payout.Returned} {
		if got, err := w.answer(id, outcome); err != nil || got.State != payout.Returned || got.Revision != paid.Revision+1 {
			t.Errorf("%s again: %+v, %v", outcome, got, err)
		}
	}
	_, err = w.answer(id, payout.Returned, func(r *payout.Result) { r.Text = "Another reason." })
	wantReason(t, err, "PAYOUT_ALREADY_DECIDED")
	wantBalances(t, w, "cdw", map[ledger.Account]int64{ledger.Expense: -10_000, ledger.Payable: 10_000, ledger.InTransit: 0, ledger.Cash: 0})
}

func TestRecordPayoutResults_OfFinanceAPersonOnly(t *testing.T) {
	w := newPayers(t)
	program := fiona
	program.Human = false
	_, err := w.Finance.RecordPayoutResults(as(program), nil)
	wantReason(t, err, "HUMAN_REQUIRED")
	_, err = w.Finance.RecordPayoutResults(as(fiona), nil)
	must(t, err)
}
