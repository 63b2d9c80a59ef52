package finance_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Another person of finance.
var grace = servertest.Person("grace", auth.Finance)

// payday is the day of execution: a week after the tests begin.
const payday = "2026-03-09"

const iban = "GB82WEST12345698765432"

// newPayers is a world in which payouts are paid from an account, and these
// partners have an account and a statement of February each: of 100.00 for the
// first, 200.00 for the second and so on, the first 10.00 in a line of their own.
func newPayers(t testing.TB, partners ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.Debtor = bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819", BIC: "NWBKGB2L"}
	w.Restart()
	for i, partner := range partners {
		w.lines[partner] = []string{w.oweTo(partner, "GBP", 1_000), w.oweTo(partner, "GBP", 10_000*int64(i+1)-1_000)}
		w.closeFebruary(partner, "GBP")
		w.Accounts.Open(partner, "GBP", "pac_"+partner, iban)
	}
	return w
}

// oweTo makes an amount due to a partner for a day in February.
func (w *world) oweTo(partner string, c money.Currency, minor int64) string {
	w.t.Helper()
	entry := ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: partner, Currency: c, Effective: day("2026-02-10"), Posted: *w.Now.Load(),
		Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "anna", Postings: ledger.Transfer(ledger.Expense, ledger.Payable, minor),
	}
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }))
	return entry.ID
}

// day is today.
func (w *world) day() calendar.Date { return calendar.DateOf(*w.Now.Load(), time.UTC) }

// propose proposes a batch in sterling as fiona.
func (w *world) propose() payout.Batch {
	w.t.Helper()
	b, err := w.proposed(fiona, "GBP")
	must(w.t, err)
	return b
}

func (w *world) proposed(by auth.Caller, currency string) (payout.Batch, error) {
	n := finance.NewBatch{Currency: currency, ExecuteOn: calendar.Max(day(payday), w.day())}
	return w.Finance.CreatePayoutBatch(keyed(by, fmt.Sprint("batch-", keys.Add(1)), n), n)
}

// approve approves a batch as grace, without its job.
func (w *world) approve(b payout.Batch) {
	w.t.Helper()
	_, err := w.Finance.ApprovePayoutBatch(keyed(grace, fmt.Sprint("approve-", keys.Add(1)), b.ID), b.ID, "")
	must(w.t, err)
}

// instructed is a batch of all that is due, approved and posted.
func (w *world) instructed() payout.Batch {
	w.t.Helper()
	b := w.propose()
	w.approve(b)
	must(w.t, w.Finance.PostPayouts(context.Background(), b.ID))
	return w.batch(b.ID)
}

func (w *world) batch(id string) payout.Batch {
	w.t.Helper()
	b, err := w.Finance.GetPayoutBatch(as(fiona), id)
	must(w.t, err)
	return b
}

// answer records the bank's answer to a payout as billing does.
func (w *world) answer(id string, outcome payout.State, how ...func(*payout.Result)) (payout.Payout, error) {
	w.t.Helper()
	r := payout.Result{PayoutID: id, Outcome: outcome, Answer: payout.Answer{Reference: "B-1", ValueOn: w.day()}}
	if outcome == payout.Returned {
		r.Text = "Account closed."
	}
	for _, change := range how {
		change(&r)
	}
	list := []finance.BankAnswer{{Result: r}}
	recorded, err := w.Finance.RecordPayoutResults(keyed(biller, fmt.Sprint("answer-", keys.Add(1)), list), list)
	must(w.t, err)
	if recorded[0].Refusal != nil {
		return payout.Payout{}, recorded[0].Refusal
	}
	return recorded[0].Payout, nil
}

// settled is how a statement stands.
type settled struct {
	State   string
	Paid    int64
	Closing int64
}

// statementOf is how a partner's statement of February stands.
func (w *world) statementOf(partner string, c money.Currency) (s settled) {
	w.t.Helper()
	must(w.t, w.DB.SystemPool().QueryRow(context.Background(), `
		SELECT state, paid_minor, closing_minor
		FROM statements
		WHERE partner_id = $1 AND currency = $2
		ORDER BY month
		LIMIT 1`, partner, string(c)).Scan(&s.State, &s.Paid, &s.Closing))
	return s
}

func wantBalances(t *testing.T, w *world, partner string, want map[ledger.Account]int64) {
	t.Helper()
	if diff := cmp.Diff(want, w.balances(partner)); diff != "" {
		t.Errorf("balances of %s (-want +got):\n%s", partner, diff)
	}
}

// wantStates compares the states of a batch's payouts, by partner.
func wantStates(t *testing.T, b payout.Batch, want map[string]payout.State) {
	t.Helper()
	got := map[string]payout.State{}
	for _, p := range b.Payouts {
		got[p.PartnerID] = p.State
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("payouts of a batch %s (-want +got):\n%s", b.State, diff)
	}
}

// closeFebruary closes a partner's statement.
func (w *world) closeFebruary(partner string, c money.Currency) { w.closeMonth(partner, c, "2026-02") }

func (w *world) closeMonth(partner string, c money.Currency, month string) {
	w.t.Helper()
	m, err := statement.ParseMonth(month)
	must(w.t, err)
	request := finance.CloseMonth{Month: m, PartnerID: partner, Currency: string(c)}
	closed, err := w.Finance.CloseStatements(keyed(fiona, fmt.Sprint("close-", keys.Add(1)), request), request)
	must(w.t, err)
	if closed.Count != 1 {
		w.t.Fatalf("closed %+v", closed)
	}
}

// dispute disputes lines of a partner.
func (w *world) dispute(partner string, lines ...string) (list []statement.Dispute) {
	w.t.Helper()
	caller := servertest.Partner(partner, "statements:write")
	for _, line := range lines {
		opened, err := w.Finance.OpenDispute(keyed(caller, fmt.Sprint("dispute-", keys.Add(1)), line), finance.NewDispute{LineID: line, Reason: "It is wrong."})
		must(w.t, err)
		list = append(list, opened)
	}
	return list
}

// withdraw takes a dispute back.
func (w *world) withdraw(d statement.Dispute) {
	w.t.Helper()
	_, err := w.Finance.WithdrawDispute(keyed(servertest.Partner(d.PartnerID, "statements:write"), fmt.Sprint("withdraw-", keys.Add(1)), d.ID), d.ID, "")
	must(w.t, err)
}
