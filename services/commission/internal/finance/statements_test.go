package finance_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var fiona = servertest.Person("fiona", auth.Finance)

// closeDue runs the job on the second of a month and wants so many closed.
func (w *world) closeDue(on string, want int) {
	w.t.Helper()
	w.On(on)
	closed, err := w.Finance.CloseDue(context.Background())
	must(w.t, err)
	if closed != want {
		w.t.Errorf("%d statements were closed on %s; want %d", closed, on, want)
	}
}

// told says the statements of a partner, oldest first.
func (w *world) told(partner string) (all []string) {
	w.t.Helper()
	list, err := w.Finance.ListStatements(as(fiona), finance.StatementFilter{PartnerID: partner}, "", 100)
	must(w.t, err)
	for i := len(list) - 1; i >= 0; i-- {
		s := list[i]
		all = append(all, fmt.Sprintf("%s: opening %s, lines %s, closing %s, %s", s.Month, s.Amount(s.OpeningMinor).Decimal(), s.Amount(s.LinesMinor).Decimal(),
			s.Amount(s.ClosingMinor).Decimal(), s.State))
	}
	return all
}

// owe writes an adjustment of softcat's in pounds, as of the clock's day.
func (w *world) owe(minor int64) ledger.Entry {
	w.t.Helper()
	now := *w.Now.Load()
	entry := ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: "softcat", Currency: "GBP", Effective: calendar.DateOf(now, time.UTC), Posted: now,
		Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "person:fiona", Postings: ledger.Transfer(ledger.Expense, ledger.Payable, minor),
	}
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }))
	return entry
}

// pay does what the approval of a payout does with the latest statement.
func (w *world) pay() (paid statement.Statement, err error) {
	err = w.System(func(ctx context.Context, tx *postgres.Store) error {
		latest, err := tx.LatestStatementForUpdate(ctx, "softcat", "GBP")
		if err != nil {
			return err
		}
		if paid, err = latest.Pay(latest.PayableMinor()); err != nil {
			return err
		}
		now := *w.Now.Load()
		return errors.Join(tx.SaveStatement(ctx, paid), tx.AddEntries(ctx, ledger.Entry{
			ID: ident.New("ent_"), Kind: ledger.Payout, PartnerID: "softcat", Currency: "GBP", Effective: calendar.DateOf(now, time.UTC), Posted: now, Cause: "payout:1", Note: "Paid.",
			Actor: "person:fiona", Postings: ledger.Transfer(ledger.Payable, ledger.InTransit, paid.PaidMinor),
		}))
	})
	return paid, err
}

// What billing tells becomes lines; what it tells late is a line of the open
// month; and what a closed statement has stated is taken back by the next one.
func TestCloseDue_TellsPartnersMonthByMonthWhatBillingHasTold(t *testing.T) {
	w := newWorld(t)
	source := w.agency() // its margin is 5,040.00
	for _, f := range []finance.Fact{w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", today, 2_520_000)} {
		_, err := w.tell(f)
		must(t, err)
	}
	w.On("2026-04-01")
	_, err := w.Finance.SettleDue(context.Background())
	must(t, err)
	w.closeDue("2026-05-01", 0) // the last day may not be in the ledger yet
	w.closeDue("2026-05-02", 1)
	w.closeDue("2026-05-03", 0)
	w.On("2026-05-20")
	_, err = w.tell(w.about(billing.CreditNote, "C-1", "I-1", "2026-04-20", 630_000)) // a quarter, of a month that is closed
	must(t, err)
	w.closeDue("2026-06-02", 1)
	want := []string{
		"2026-04: opening 0.00, lines 5040.00, closing 5040.00, CARRIED",
		"2026-05: opening 5040.00, lines -1260.00, closing 3780.00, CLOSED",
	}
	if diff := cmp.Diff(want, w.told("softcat")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	balances := w.balances("softcat")
	if balances[ledger.Payable] != 378_000 || balances[ledger.Receivable] != 0 {
		t.Errorf("what is owed either way was not set off: %v", balances)
	}
	_, lines, err := w.Finance.ListLines(as(softcat), finance.LineQuery{StatementID: w.latest().ID, Section: statement.PriorPeriods}, finance.LineKey{}, 10)
	must(t, err)
	if len(lines) != 1 || lines[0].Kind != ledger.Clawback || lines[0].Effective != day("2026-04-20") || lines[0].InvoiceID != "I-1" ||
		lines[0].CustomerName != "Harbour Legal" || lines[0].Rate != 2000 || lines[0].SourceID != source {
		t.Errorf("the late line is %+v", lines)
	}
}

func (w *world) latest() (s statement.Statement) {
	w.t.Helper()
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) (err error) {
		s, err = tx.LatestStatement(ctx, "softcat", "GBP")
		return err
	}))
	return s
}

// A service that was down for months closes them all, in their order.
func TestCloseDue_CatchesUpInOrder(t *testing.T) {
	w := newWorld(t)
	w.owe(4_000)
	w.On("2026-05-15")
	w.owe(3_000)
	w.closeDue("2026-08-02", 5)
	want := []string{
		"2026-03: opening 0.00, lines 40.00, closing 40.00, CARRIED", "2026-04: opening 40.00, lines 0.00, closing 40.00, CARRIED",
		"2026-05: opening 40.00, lines 30.00, closing 70.00, CARRIED", "2026-06: opening 70.00, lines 0.00, closing 70.00, CARRIED",
		"2026-07: opening 70.00, lines 0.00, closing 70.00, CLOSED",
	}
	if diff := cmp.Diff(want, w.told("softcat")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A line that comes late for a month which had nothing to close waits for the
// month in which it came.
func TestCloseDue_OpensNoMonthThatHasPassed(t *testing.T) {
	w := newWorld(t)
	w.On("2026-06-20")
	late := w.owe(9_000)
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		late.ID, late.Effective = ident.New("ent_"), day("2026-03-31")
		return tx.AddEntries(ctx, late)
	}))
	w.closeDue("2026-06-21", 0)
	w.closeDue("2026-07-02", 1)
	if diff := cmp.Diff([]string{"2026-06: opening 0.00, lines 180.00, closing 180.00, CLOSED"}, w.told("softcat")); diff != "" {
		t.Error(diff)
	}
}

func TestCloseStatements_OfSeveralCallersOneCloses(t *testing.T) {
	w := newWorld(t)
	w.owe(18_000)
	w.On("2026-04-02")
	march, err := statement.ParseMonth("2026-03")
	must(t, err)
	var won, late atomic.Int64
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			c := finance.CloseMonth{Month: march, PartnerID: "softcat", Currency: "GBP"}
			closed, err := w.Finance.CloseStatements(keyed(fiona, fmt.Sprint("close-", n), c), c)
			switch {
			case err == nil && closed.Count == 1:
				won.Add(1)
			case errors.Is(err, statement.ErrClosed):
				late.Add(1)
			default:
				t.Errorf("%+v, %v", closed, err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || late.Load() != 5 {
		t.Errorf("%d closed it and %d found it closed", won.Load(), late.Load())
	}
}

func TestCloseStatements_WaitForACodeOfPractice(t *testing.T) {
	w := newWorld(t)
	w.owe(18_000)
	w.On("2026-04-02")
	w.Partner.NoCode.Store(true)
	march, err := statement.ParseMonth("2026-03")
	must(t, err)
	_, err = w.Finance.CloseStatements(as(fiona), finance.CloseMonth{Month: march, PartnerID: "softcat", Currency: "GBP"})
	wantReason(t, err, "POLICY_MISSING")
	closed, err := w.Finance.CloseStatements(as(fiona), finance.CloseMonth{Month: march})
	must(t, err)
	if len(closed.Refusals) != 1 || closed.Refusals[0].Refusal.Reason != "POLICY_MISSING" {
		t.Errorf("%+v", closed)
	}
}

// A dispute after the payment holds nothing, and may still end in an adjustment.
func TestDispute_AfterThePayoutHoldsNothing(t *testing.T) {
	w := newWorld(t)
	line := w.owe(18_000)
	w.closeDue("2026-04-02", 1)
	_, err := w.pay()
	must(t, err)
	d, err := w.Finance.OpenDispute(keyed(softcat, "dispute", "1"), finance.NewDispute{LineID: line.ID, Reason: "More."})
	must(t, err)
	if !d.Held.IsZero() || d.HoldEntryID != "" || w.balances("softcat")[ledger.Disputed] != 0 {
		t.Errorf("held: %+v", d)
	}
	d, err = w.Finance.ResolveDispute(as(fiona), finance.DisputeDecision{
		DisputeID: d.ID, Outcome: statement.Upheld, Adjustment: w.latest().Amount(2_000), Text: "You are right.",
	})
	must(t, err)
	w.closeDue("2026-05-02", 1)
	want := []string{
		"2026-03: opening 0.00, lines 180.00, closing 180.00, PAYING", "2026-04: opening 0.00, lines 20.00, closing 20.00, CARRIED",
	}
	if diff := cmp.Diff(want, w.told("softcat")); diff != "" || d.ReleaseEntryID != "" || d.AdjustmentEntryID == "" {
		t.Errorf("%+v (-want +got):\n%s", d, diff)
	}
}

// Who disputes and who pays meet at the statement: either the line is held and
// not paid, or paid and not held.
func TestDispute_AgainstAPayout(t *testing.T) {
	w := newWorld(t)
	first, second := w.owe(18_000), w.owe(7_000)
	w.closeDue("2026-04-02", 1)
	var both sync.WaitGroup
	var d statement.Dispute
	var paid statement.Statement
	both.Go(func() {
		var err error
		if d, err = w.Finance.OpenDispute(keyed(softcat, "dispute", "1"), finance.NewDispute{LineID: first.ID, Reason: "More."}); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		var err error
		if paid, err = w.pay(); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	if d.Held.Minor+paid.PaidMinor != 25_000 {
		t.Errorf("held %s and paid %d of 25000, with %s beside", d.Held, paid.PaidMinor, second.ID)
	}
	w.On("2026-05-02")
	_, err := w.Finance.CloseDue(context.Background()) // nothing, if all was paid
	must(t, err)
	if balances := w.balances("softcat"); balances[ledger.Payable] != 0 || balances[ledger.Disputed] != d.Held.Minor {
		t.Errorf("%v", balances)
	}
}

// A line that is disputed by two at once has one dispute and one hold.
func TestOpenDispute_ByTwoAtOnceHappensOnce(t *testing.T) {
	w := newWorld(t)
	line := w.owe(18_000)
	w.closeDue("2026-04-02", 1)
	var opened, late atomic.Int64
	var both sync.WaitGroup
	for n := range 2 {
		both.Go(func() {
			_, err := w.Finance.OpenDispute(keyed(softcat, fmt.Sprint("dispute-", n), n), finance.NewDispute{LineID: line.ID, Reason: "More."})
			switch {
			case err == nil:
				opened.Add(1)
			case errors.Is(err, statement.ErrAlreadyDisputed):
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	both.Wait()
	if opened.Load() != 1 || late.Load() != 1 || w.balances("softcat")[ledger.Disputed] != 18_000 {
		t.Errorf("%d were opened, %d found it, %v", opened.Load(), late.Load(), w.balances("softcat"))
	}
}

func TestExportStatement_IsItsPartnersToRead(t *testing.T) {
	w := newWorld(t)
	w.owe(18_000)
	w.closeDue("2026-04-02", 1)
	file, err := w.Finance.ExportStatement(as(softcat), finance.Export{StatementID: w.latest().ID, Format: finance.HTML})
	must(t, err)
	if file.Name != "statement-softcat-GBP-2026-03.html" {
		t.Error(file.Name)
	}
	other := auth.With(pg.WithScope(context.Background(), pg.Partner("cdw")), cdw)
	_, err = w.Finance.ExportStatement(other, finance.Export{StatementID: w.latest().ID, Format: finance.CSV})
	wantReason(t, err, "NOT_FOUND")
}
