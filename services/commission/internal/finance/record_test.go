package finance_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var biller = servertest.Service("billing")

// tell records a fact as billing does, with a key of its own.
func (w *world) tell(f finance.Fact) (finance.Recorded, error) {
	return w.Finance.RecordFact(keyed(biller, fmt.Sprint("fact-", keys.Add(1)), f), f)
}

func (w *world) invoice(id, source string, instalment int, issued string, minor int64) finance.Fact {
	w.t.Helper()
	return finance.Fact{Invoice: &billing.Invoice{
		ID: id, Currency: "GBP", Issued: day(issued), Due: day(issued).AddDays(30), Fingerprint: fmt.Append(nil, source, instalment, issued, minor),
		Lines: []billing.Line{{SourceID: source, Instalment: instalment, Amount: minor}},
	}}
}

func (w *world) about(kind billing.Kind, id, invoice, on string, minor int64, how ...func(*billing.Fact)) finance.Fact {
	w.t.Helper()
	f := billing.Fact{
		Kind: kind, ID: id, InvoiceID: invoice, On: day(on), Amount: minor, Currency: "GBP", Fingerprint: fmt.Append(nil, kind, id, invoice, on, minor),
	}
	if kind == billing.CreditNote {
		f.Cause = billing.Customer
	}
	for _, change := range how {
		change(&f)
	}
	return finance.Fact{About: &f}
}

// standing returns where the accruals of an invoice stand, by kind.
func (w *world) standing(invoice string) map[earnings.Kind]ledger.Standing {
	w.t.Helper()
	recorded, err := w.Finance.GetInvoice(as(anna), invoice)
	must(w.t, err)
	standing := map[earnings.Kind]ledger.Standing{}
	for _, a := range recorded.Accruals {
		standing[a.Kind] = standing[a.Kind].Plus(a.Standing)
	}
	return standing
}

// balances adds up a partner's postings by account.
func (w *world) balances(partner string) map[ledger.Account]int64 {
	w.t.Helper()
	sums := map[ledger.Account]int64{}
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		entries, err := tx.Entries(ctx, postgres.EntryFilter{PartnerID: partner}, "", 1_000)
		for _, e := range entries {
			for _, p := range e.Postings {
				sums[p.Account] += p.Credit - p.Debit
			}
		}
		return err
	}))
	return sums
}

func wantStanding(t *testing.T, w *world, invoice string, kind earnings.Kind, want ledger.Standing) {
	t.Helper()
	if diff := cmp.Diff(want, w.standing(invoice)[kind]); diff != "" {
		t.Errorf("%s of %s (-want +got):\n%s", kind, invoice, diff)
	}
}

// agency makes a subscription whose partner is owed the margin, with its
// renewal booked.
func (w *world) agency() string {
	w.t.Helper()
	w.Partner.Agency.Store(true)
	w.Subscribe(subscription)
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE relationships SET settlement_mode = 'AGENCY'")
		return err
	}))
	s, err := w.Submit(order(renewalID))
	must(w.t, err)
	return s.ID
}

func TestRecord_AnInvoiceAccruesAndAPaymentMatures(t *testing.T) {
	w := newWorld(t)
	source := w.agency()
	_, err := w.tell(w.invoice("I-1", source, 1, today, 2_520_000))
	must(t, err)
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{Accrued: 504_000})
	_, err = w.tell(w.about(billing.Payment, "P-1", "I-1", today, 2_520_000))
	must(t, err)
	w.On("2026-03-31")
	settled, err := w.Finance.SettleDue(context.Background())
	must(t, err)
	if settled != 0 {
		t.Errorf("%d invoices settled on day 29", settled)
	}
	w.On("2026-04-01")
	settled, err = w.Finance.SettleDue(context.Background())
	must(t, err)
	if settled != 1 {
		t.Errorf("%d invoices settled on day 30; want 1", settled)
	}
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{Payable: 504_000})
	want := map[ledger.Account]int64{ledger.Expense: -504_000, ledger.Payable: 504_000, ledger.Accrued: 0}
	if diff := cmp.Diff(want, w.balances("softcat")); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
}

func TestRecord_TheSameFactAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	source := w.agency()
	facts := []finance.Fact{
		w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", today, 2_520_000),
		w.about(billing.CreditNote, "C-1", "I-1", today, 1_000_000),
	}
	for _, f := range append(facts, facts...) {
		_, err := w.tell(f)
		must(t, err)
	}
	recorded, err := w.Finance.GetInvoice(as(anna), "I-1")
	must(t, err)
	if len(recorded.Invoice.Facts) != 2 || len(recorded.Accruals) != 1 {
		t.Errorf("%d facts and %d accruals; want 2 and 1", len(recorded.Invoice.Facts), len(recorded.Accruals))
	}
	_, err = w.tell(w.about(billing.Payment, "P-1", "I-1", today, 2_000_000))
	wantReason(t, err, "EXTERNAL_ID_REUSED")
	_, err = w.tell(w.invoice("I-1", source, 1, today, 2_000_000))
	wantReason(t, err, "EXTERNAL_ID_REUSED")
}

// Billing may tell an invoice twice at once, under two keys: all are answered alike.
func TestRecord_AnInvoiceByManyAtOnceIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.Partner.Agency.Store(true)
	w.Subscribe(subscription, func(s *customerv1.Subscription) {
		s.Billing = customerv1.Billing_BILLING_MONTHLY
		s.Terms[0].Billing = s.Billing
	})
	for n := range 12 {
		fact := w.invoice(fmt.Sprint("I-", n), subscription+":2025-04-01", n+1, today, 200_000)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if _, err := w.tell(fact); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				batch := []finance.Fact{fact}
				results, err := w.Finance.RecordFacts(keyed(biller, fmt.Sprint("batch-", keys.Add(1)), batch), batch)
				if err != nil || results[0].Refusal != nil {
					t.Errorf("in a batch: %+v, %v", results, err)
				}
			})
		}
		all.Wait()
	}
	if n := w.count("invoices"); n != 12 {
		t.Errorf("%d invoices; want 12", n)
	}
}

func TestRecord_RefusesWhatDoesNotFit(t *testing.T) {
	w := newWorld(t)
	source := w.agency()
	_, err := w.tell(w.invoice("I-1", source, 1, today, 2_520_000))
	must(t, err)
	dollars := func(f *billing.Fact) { f.Currency = "USD" }
	for reason, f := range map[string]finance.Fact{
		"INSTALMENT_UNKNOWN":          w.invoice("I-2", "sbm_none", 1, today, 1),
		"INSTALMENT_ALREADY_INVOICED": w.invoice("I-2", source, 1, today, 2_520_000),
		"INVOICE_AMOUNT_MISMATCH":     w.invoice("I-2", source, 1, today, 2_519_999),
		"NOT_FOUND":                   w.about(billing.Payment, "P-1", "I-9", today, 1),
		"PAYMENT_EXCEEDS_INVOICE":     w.about(billing.Payment, "P-1", "I-1", today, 2_520_001),
		"CREDIT_EXCEEDS_INVOICE":      w.about(billing.CreditNote, "C-1", "I-1", today, 2_520_001),
		"CURRENCY_MISMATCH":           w.about(billing.Payment, "P-1", "I-1", today, 1, dollars),
		"DATE_INVALID":                w.about(billing.Payment, "P-1", "I-1", "2026-03-03", 1),
		"AMOUNT_INVALID":              w.about(billing.Payment, "P-1", "I-1", today, 0),
	} {
		_, err := w.tell(f)
		t.Run(reason, func(t *testing.T) { wantReason(t, err, fault.Reason(reason)) })
	}
	if len(w.balances("softcat")) != 2 {
		t.Errorf("refusals have posted: %v", w.balances("softcat"))
	}
}

func TestRecord_ABatchKeepsTheGoodAndNamesTheBad(t *testing.T) {
	w := newWorld(t)
	source := w.agency()
	facts := []finance.Fact{
		w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", today, 2_520_001),
		w.about(billing.Payment, "P-2", "I-1", today, 1_260_000), w.about(billing.CreditNote, "C-1", "I-1", today, 2_520_000),
	}
	ctx := keyed(biller, "batch", "batch")
	for range 2 { // the second is a replay
		results, err := w.Finance.RecordFacts(ctx, facts)
		must(t, err)
		for i, refused := range []bool{false, true, false, false} {
			if (results[i].Refusal != nil) != refused {
				t.Errorf("fact %d: %v", i, results[i].Refusal)
			}
		}
	}
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{})
}

func TestRecord_AMistakeMayBeInvoicedAgain(t *testing.T) {
	w := newWorld(t)
	source := w.agency()
	correction := func(f *billing.Fact) { f.Cause = billing.Correction }
	for _, f := range []finance.Fact{
		w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.CreditNote, "C-1", "I-1", today, 2_520_000, correction),
		w.invoice("I-2", source, 1, today, 2_520_000),
	} {
		_, err := w.tell(f)
		must(t, err)
	}
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{})
	wantStanding(t, w, "I-2", earnings.Margin, ledger.Standing{Accrued: 504_000})
}

func TestRecord_AResaleMarginNeverReachesTheLedger(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	s, err := w.Submit(order(renewalID))
	must(t, err)
	recorded, err := w.tell(w.invoice("I-1", s.ID, 1, today, 2_520_000-504_000)) // at the buy price
	must(t, err)
	if len(recorded.Accruals) != 0 || len(w.balances("softcat")) != 0 {
		t.Errorf("accruals %v, balances %v; want none", recorded.Accruals, w.balances("softcat"))
	}
}

func TestRecord_AnImportedTermEarnsToo(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE relationships SET settlement_mode = 'AGENCY'")
		return err
	}))
	_, err := w.tell(w.invoice("I-1", subscription+":2025-04-01", 1, today, 2_400_000))
	must(t, err)
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{Accrued: 480_000})
}
