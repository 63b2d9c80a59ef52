package finance_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
)

func TestExportPayoutBatch_IsTheSameToTheByte(t *testing.T) {
	w := newPayers(t, "cdw", "softcat", "returned", "byhand")
	posted := w.instructed()
	before := map[string]payout.State{"returned": payout.Returned, "byhand": payout.Paid}
	for _, p := range posted.Payouts {
		if outcome := before[p.PartnerID]; outcome != "" {
			_, err := w.answer(p.ID, outcome)
			must(t, err)
		}
	}
	first := w.exported(posted.ID)
	_, err := w.answer(posted.Payouts[1].ID, payout.Paid)
	must(t, err)
	_, err = w.answer(posted.Payouts[3].ID, payout.Returned)
	must(t, err)
	w.Debtor.Holder = "Another Ltd"
	w.Restart()
	if diff := cmp.Diff(first, w.exported(posted.ID)); diff != "" {
		t.Errorf("exported again (-first +second):\n%s", diff)
	}
	if b := w.batch(posted.ID); b.ExportTime.IsZero() || b.State != payout.BatchCompleted {
		t.Errorf("batch %+v", b)
	}
	order, err := w.Finance.ExportPayoutBatch(as(fiona), posted.ID)
	must(t, err)
	if len(order.Transfers) != 2 || order.Transfers[0].To.IBAN != iban || order.Transfers[0].ID != posted.Payouts[1].ID || order.ID != posted.ID {
		t.Errorf("order %+v", order)
	}
	w.wantNoNumbers()
}

func (w *world) exported(id string) string {
	w.t.Helper()
	order, err := w.Finance.ExportPayoutBatch(as(fiona), id)
	must(w.t, err)
	text, err := order.PAIN001()
	must(w.t, err)
	return string(text)
}

// wantNoNumbers looks for the account's number in all that is kept of payouts.
func (w *world) wantNoNumbers() {
	w.t.Helper()
	var found int
	must(w.t, w.DB.SystemPool().QueryRow(context.Background(), `
		SELECT count(*)
		FROM (SELECT payouts::text FROM payouts UNION ALL SELECT payout_batches::text FROM payout_batches UNION ALL SELECT events::text FROM events
			UNION ALL SELECT idempotency_keys::text FROM idempotency_keys UNION ALL SELECT ledger_entries::text FROM ledger_entries) AS kept (row)
		WHERE row LIKE '%98765432%'`).Scan(&found))
	if found > 0 {
		w.t.Errorf("%d rows keep the account's number", found)
	}
}

func TestExportPayoutBatch_RefusesWhatCouldGoWrong(t *testing.T) {
	w := newPayers(t, "cdw", "softcat")
	b := w.propose()
	export := func() error {
		_, err := w.Finance.ExportPayoutBatch(as(fiona), b.ID)
		return err
	}
	wantReason(t, export(), "STATE_INVALID")
	w.approve(b)
	wantReason(t, export(), "STATE_INVALID")
	must(t, w.Finance.PostPayouts(t.Context(), b.ID))
	debtor := w.Debtor
	w.Debtor.Holder = ""
	w.Restart()
	wantReason(t, export(), "PAYOUT_DEBTOR_MISSING")
	w.Debtor = debtor
	w.Restart()
	w.Accounts.Close("cdw", "GBP")
	wantReason(t, export(), "PAYOUT_ACCOUNT_CHANGED")
	w.Accounts.Open("cdw", "GBP", "pac_other", iban)
	wantReason(t, export(), "PAYOUT_ACCOUNT_CHANGED")
	// Nothing was fixed yet, so the one that can't be paid is left out.
	_, err := w.answer(b.Payouts[0].ID, payout.Returned)
	must(t, err)
	must(t, export())
	w.Accounts.Close("softcat", "GBP")
	wantReason(t, export(), "PAYOUT_ACCOUNT_CHANGED")
	_, err = w.answer(b.Payouts[1].ID, payout.Paid)
	must(t, err)
	wantReason(t, export(), "PAYOUT_ACCOUNT_CHANGED") // rather refused than another file
}

func TestExportPayoutBatch_WithNothingLeftIsRefused(t *testing.T) {
	w := newPayers(t, "cdw")
	b := w.instructed()
	_, err := w.answer(b.Payouts[0].ID, payout.Returned)
	must(t, err)
	_, err = w.Finance.ExportPayoutBatch(as(fiona), b.ID)
	wantReason(t, err, "STATE_INVALID")
	if again := w.batch(b.ID); !again.ExportTime.IsZero() {
		t.Error("a file of nothing is fixed")
	}
}
