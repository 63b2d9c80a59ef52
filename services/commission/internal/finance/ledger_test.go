package finance_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var fay = servertest.Person("fay", auth.Finance)

// adjust posts an adjustment of softcat's with a key of its own.
func (w *world) adjust(minor int64) earnings.Explained {
	w.t.Helper()
	posted, err := w.Finance.PostAdjustment(keyed(fay, fmt.Sprint("adjust-", keys.Add(1)), minor), adjustment(minor))
	must(w.t, err)
	return posted
}

func adjustment(minor int64) finance.NewAdjustment {
	return finance.NewAdjustment{PartnerID: "softcat", Amount: money.Amount{Minor: minor, Currency: "GBP"}, Reason: "Goodwill."}
}

func TestPostAdjustment_IsOwedOrTakenBack(t *testing.T) {
	w := newWorld(t)
	credit, debit := w.adjust(5_000), w.adjust(-1_200)
	want := ledger.Entry{
		ID: credit.ID, Kind: ledger.Adjustment, PartnerID: "softcat", Currency: "GBP", Effective: day(today), Posted: monday, Cause: "adjustment:by-hand",
		Note: "Goodwill.", Actor: fay.String(),
		Postings: []ledger.Posting{{Account: ledger.Expense, Debit: 5_000}, {Account: ledger.Payable, Credit: 5_000}},
	}
	if diff := cmp.Diff(want, credit.Entry); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ledger.Posting{{Account: ledger.Payable, Debit: 1_200}, {Account: ledger.Expense, Credit: 1_200}}, debit.Postings); diff != "" {
		t.Errorf("postings of a deduction (-want +got):\n%s", diff)
	}
	found, err := w.Finance.GetEntry(as(softcat), credit.ID)
	must(t, err)
	if diff := cmp.Diff(credit, found); diff != "" {
		t.Errorf("as the partner reads it (-posted +found):\n%s", diff)
	}
	if _, err := w.Finance.GetEntry(as(cdw), credit.ID); !errors.Is(err, ledger.ErrNoEntry) {
		t.Errorf("another partner: %v, want ErrNoEntry", err)
	}
	if balances := w.balances("softcat"); balances[ledger.Payable] != 3_800 || balances[ledger.Expense] != -3_800 {
		t.Errorf("balances %v", balances)
	}
}

func TestPostAdjustment_RefusesWhatNobodyCouldMean(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		change func(*finance.NewAdjustment)
		reason fault.Reason
		field  string
	}{
		{func(n *finance.NewAdjustment) { n.PartnerID = "nobody" }, "NOT_FOUND", "partner_id"},
		{func(n *finance.NewAdjustment) { n.Reason = " " }, "REASON_TEXT_REQUIRED", "reason_text"},
		{func(n *finance.NewAdjustment) { n.Amount.Minor = 0 }, "AMOUNT_INVALID", "amount"},
	} {
		n := adjustment(100)
		c.change(&n)
		_, err := w.Finance.PostAdjustment(as(fay), n)
		if refusal, ok := fault.Of(err); !ok || refusal.Reason != c.reason || refusal.Field != c.field {
			t.Errorf("%+v: %v; want %s on %s", n, err, c.reason, c.field)
		}
	}
	if entries := w.entries(); len(entries) != 0 {
		t.Errorf("%d entries", len(entries))
	}
}

func TestPostAdjustment_WithTheSameKeyPostsOnce(t *testing.T) {
	w := newWorld(t)
	n := adjustment(700)
	first, err := w.Finance.PostAdjustment(keyed(fay, "once", n), n)
	must(t, err)
	again, err := w.Finance.PostAdjustment(keyed(fay, "once", n), n)
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("again (-first +again):\n%s", diff)
	}
	if entries := w.entries(); len(entries) != 1 {
		t.Errorf("%d entries, want 1", len(entries))
	}
}

func TestReverseEntry_UndoesAnAdjustmentOnce(t *testing.T) {
	w := newWorld(t)
	wrong := w.adjust(5_000)
	w.On("2026-03-09")
	reversed, err := w.Finance.ReverseEntry(as(fay), wrong.ID, "The wrong partner.")
	must(t, err)
	want := []ledger.Posting{{Account: ledger.Expense, Credit: 5_000}, {Account: ledger.Payable, Debit: 5_000}}
	if diff := cmp.Diff(want, reversed.Postings); diff != "" || reversed.Reverses != wrong.ID || reversed.Effective != day("2026-03-09") {
		t.Errorf("%+v: postings (-want +got):\n%s", reversed.Entry, diff)
	}
	if balances := w.balances("softcat"); balances[ledger.Payable] != 0 || balances[ledger.Expense] != 0 {
		t.Errorf("balances %v, want none", balances)
	}
	_, err = w.Finance.ReverseEntry(as(fay), wrong.ID, "Once more.")
	wantReason(t, err, "ALREADY_REVERSED")
	_, err = w.Finance.ReverseEntry(as(fay), reversed.ID, "A reversal of a reversal.")
	wantReason(t, err, "STATE_INVALID")
	_, err = w.Finance.ReverseEntry(as(fay), "ent_none", "What is not there.")
	wantReason(t, err, "NOT_FOUND")
	_, err = w.Finance.ReverseEntry(as(fay), wrong.ID, "")
	wantReason(t, err, "REASON_TEXT_REQUIRED")
}

func TestReverseEntry_LeavesToBillingWhatFollowsFromBilling(t *testing.T) {
	w := newWorld(t)
	_, err := w.tell(w.invoice("I-1", w.agency(), 1, today, 2_520_000))
	must(t, err)
	_, err = w.Finance.ReverseEntry(as(fay), w.entries()[0].ID, "Take it back.")
	wantReason(t, err, "STATE_INVALID")
}

func TestListEntries_ExplainsWhatAnInstalmentEarns(t *testing.T) {
	w := newWorld(t)
	recorded, err := w.tell(w.invoice("I-1", w.agency(), 1, today, 2_520_000))
	must(t, err)
	w.adjust(100)
	list, err := w.Finance.ListEntries(as(softcat), finance.EntryFilter{AccrualID: recorded.Accruals[0].ID}, "", 10)
	must(t, err)
	if len(list) != 1 || list[0].Clause() != "predictable-revenue" || list[0].CalculationID == "" || list[0].CalculationID != recorded.Accruals[0].CalculationID {
		t.Errorf("entries of the accrual: %+v", list)
	}
	all := w.entries()
	if len(all) != 2 || all[0].Kind != ledger.Adjustment || all[1].Kind != ledger.Accrual {
		t.Errorf("entries, newest first: %+v", all)
	}
	if others, err := w.Finance.ListEntries(as(cdw), finance.EntryFilter{}, "", 10); err != nil || len(others) != 0 {
		t.Errorf("another partner lists %d, %v", len(others), err)
	}
}

// entries returns all entries, newest first.
func (w *world) entries() []earnings.Explained {
	w.t.Helper()
	list, err := w.Finance.ListEntries(as(fay), finance.EntryFilter{}, "", 1_000)
	must(w.t, err)
	return list
}
