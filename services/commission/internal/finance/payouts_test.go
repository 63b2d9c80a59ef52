package finance_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
)

func TestPayouts_AreProposedApprovedPostedAndPaid(t *testing.T) {
	w := newPayers(t, "cdw", "softcat")
	b := w.propose()
	if b.Count != 2 || b.Total.Decimal() != "300.00" || len(b.Omissions) != 0 || b.Payouts[0].Account.Masked != "****5432" {
		t.Errorf("proposed %+v", b)
	}
	w.approve(b)
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	posted := w.batch(b.ID)
	wantStates(t, posted, map[string]payout.State{"cdw": payout.Instructed, "softcat": payout.Instructed})
	if posted.State != payout.BatchInstructed || w.statementOf("softcat", "GBP") != (settled{"PAYING", 20_000, 20_000}) {
		t.Errorf("batch %s, statement %+v", posted.State, w.statementOf("softcat", "GBP"))
	}
	wantBalances(t, w, "softcat", map[ledger.Account]int64{ledger.Expense: -20_000, ledger.Payable: 0, ledger.InTransit: 20_000})
	for _, p := range posted.Payouts {
		paid, err := w.answer(p.ID, payout.Paid)
		must(t, err)
		if paid.Paid.Actor != "service:billing" {
			t.Errorf("answer %+v", paid.Paid)
		}
	}
	wantBalances(t, w, "softcat", map[ledger.Account]int64{ledger.Expense: -20_000, ledger.Payable: 0, ledger.InTransit: 0, ledger.Cash: 20_000})
	if got := w.batch(b.ID); got.State != payout.BatchCompleted || w.statementOf("cdw", "GBP") != (settled{"PAID", 10_000, 10_000}) {
		t.Errorf("batch %s, statement %+v", got.State, w.statementOf("cdw", "GBP"))
	}
}

func TestCreatePayoutBatch_ListsWhatItLeavesOut(t *testing.T) {
	w := newPayers(t, "cdw", "small", "nowhere", "disputed", "unreadable", "carried")
	w.Accounts.Close("nowhere", "GBP")
	w.Accounts.Known[[2]string{"unreadable", "GBP"}].PayoutAccount.HolderName = "日本"
	w.dispute("disputed", w.lines["disputed"]...)
	w.oweTo("tiny", "GBP", 4_999)
	w.closeFebruary("tiny", "GBP")
	w.oweTo("owing", "GBP", -4_999)
	w.closeFebruary("owing", "GBP")
	b := w.propose()
	again, err := w.preview()
	must(t, err)
	got := map[string]payout.Obstacle{}
	for _, o := range b.Omissions {
		got[o.PartnerID] = o.Obstacle
	}
	want := map[string]payout.Obstacle{
		"nowhere": payout.AccountMissing, "unreadable": payout.AccountUnusable, "disputed": payout.Disputed, "tiny": payout.BelowMinimum,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	wantStates(t, b, map[string]payout.State{"cdw": payout.Proposed, "small": payout.Proposed, "carried": payout.Proposed})
	if again.Count != 0 || len(again.Omissions) != 7 || again.Omissions[0].Obstacle != payout.InAnotherBatch {
		t.Errorf("what is proposed is proposed again: %+v", again)
	}
	_, err = w.proposed(fiona, "GBP")
	wantReason(t, err, "NOTHING_PAYABLE")
}

// preview asks for a batch in sterling and stores nothing.
func (w *world) preview() (payout.Batch, error) {
	n := finance.NewBatch{Currency: "GBP", ExecuteOn: day(payday), Only: true}
	return w.Finance.CreatePayoutBatch(keyed(fiona, fmt.Sprint("batch-", keys.Add(1)), n), n)
}

func TestCreatePayoutBatch_OnlyToSeeStoresNothing(t *testing.T) {
	w := newPayers(t, "cdw")
	preview, err := w.preview()
	must(t, err)
	if preview.ID != "" || preview.Payouts[0].ID != "" || preview.Count != 1 {
		t.Errorf("preview %+v", preview)
	}
	if list, err := w.Finance.ListPayoutBatches(as(fiona), finance.BatchFilter{}, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d batches, %v", len(list), err)
	}
}

func TestPostPayouts_SkipsWhatIsNotAsItWasApproved(t *testing.T) {
	w := newPayers(t, "fine", "disputed", "released", "superseded", "moved", "closed")
	released := w.dispute("released", w.lines["released"][0])
	b := w.propose()
	w.approve(b)
	w.dispute("disputed", w.lines["disputed"][0])
	w.withdraw(released[0])
	w.On("2026-04-01")
	w.oweTo("superseded", "GBP", 100)
	w.closeMonth("superseded", "GBP", "2026-03")
	w.Accounts.Open("moved", "GBP", "pac_other", iban)
	w.Accounts.Close("closed", "GBP")
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	posted := w.batch(b.ID)
	got := map[string]payout.Obstacle{}
	for _, p := range posted.Payouts {
		got[p.PartnerID] = p.Obstacle
	}
	want := map[string]payout.Obstacle{
		"fine": "", "disputed": payout.AmountChanged, "released": payout.AmountChanged, "superseded": payout.Superseded,
		"moved": payout.AccountChanged, "closed": payout.AccountMissing,
	}
	if diff := cmp.Diff(want, got); diff != "" || posted.State != payout.BatchInstructed {
		t.Errorf("batch %s (-want +got):\n%s", posted.State, diff)
	}
	if diff := cmp.Diff([]string{"10000 INSTRUCTED", "199000 SKIPPED"}, sums(posted)); diff != "" {
		t.Error(diff)
	}
	// Another batch pays what is payable by now, and nothing twice.
	w.Accounts.Open("closed", "GBP", "pac_new", iban)
	next := w.instructed()
	wantStates(t, next, map[string]payout.State{
		"disputed": payout.Instructed, "released": payout.Instructed, "superseded": payout.Instructed, "moved": payout.Instructed, "closed": payout.Instructed,
	})
	if next.Total.Decimal() != "1991.00" { // 200 - 10, 300, 400 + 1, 500, 600
		t.Errorf("total %s", next.Total)
	}
	w.wantPaidOnce()
}

func sums(b payout.Batch) (list []string) {
	for _, s := range b.Sums {
		list = append(list, fmt.Sprint(s.Total.Minor, " ", s.State))
	}
	return list
}

func TestApprovePayoutBatch_NeedsAnotherPersonInTime(t *testing.T) {
	w := newPayers(t, "cdw")
	b := w.propose()
	approve := func() error {
		_, err := w.Finance.ApprovePayoutBatch(keyed(grace, fmt.Sprint("approve-", keys.Add(1)), b.ID), b.ID, "")
		return err
	}
	_, err := w.Finance.ApprovePayoutBatch(keyed(fiona, "own", b.ID), b.ID, "")
	wantReason(t, err, "SAME_DECIDER")
	w.On("2026-03-10")
	wantReason(t, approve(), "STATE_INVALID")
	w.On(payday)
	must(t, approve())
	wantReason(t, approve(), "STATE_INVALID")
	_, err = w.Finance.CancelPayoutBatch(keyed(fiona, "cancel", b.ID), b.ID, "")
	wantReason(t, err, "STATE_INVALID")
}

func TestCancelPayoutBatch_LeavesItsStatementsToOthers(t *testing.T) {
	w := newPayers(t, "cdw")
	b := w.propose()
	cancelled, err := w.Finance.CancelPayoutBatch(keyed(fiona, "cancel", b.ID), b.ID, "1")
	must(t, err)
	wantStates(t, w.batch(b.ID), map[string]payout.State{"cdw": payout.Cancelled})
	if cancelled.State != payout.BatchCancelled || cancelled.Canceller != "staff:fiona" {
		t.Errorf("cancelled %+v", cancelled)
	}
	must(t, w.Finance.PostPayouts(t.Context(), b.ID)) // posts nothing
	if next := w.instructed(); next.Count != 1 {
		t.Errorf("next %+v", next)
	}
	w.wantPaidOnce()
}

// Partners see what was decided about them, and nothing of others.
func TestPayouts_AreShownToTheirPartnersOnceApproved(t *testing.T) {
	w := newPayers(t, "cdw", "softcat")
	b := w.propose()
	own, other := b.Payouts[1].ID, b.Payouts[0].ID
	_, err := w.Finance.GetPayout(as(softcat), own)
	wantReason(t, err, "NOT_FOUND")
	w.approve(b)
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	seen, err := w.Finance.GetPayout(as(softcat), own)
	must(t, err)
	if seen.State != payout.Instructed {
		t.Errorf("seen %+v", seen)
	}
	_, err = w.Finance.GetPayout(as(softcat), other)
	wantReason(t, err, "NOT_FOUND")
	list, err := w.Finance.ListPayouts(as(softcat), finance.PayoutFilter{}, "", 10)
	if err != nil || len(list) != 1 || list[0].ID != own {
		t.Errorf("listed %+v, %v", list, err)
	}
}
