package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func (w *world) ledger(c auth.Caller) commissionv1.LedgerServiceClient {
	return commissionv1.NewLedgerServiceClient(w.As(c))
}

// agentSells makes a subscription of 24,000.00 pounds that an agent serves at
// 20 %, whose first and only instalment of the imported term is source:1.
func (w *world) agentSells(id string) (source string) {
	w.t.Helper()
	source = w.agentServes(id)
	w.lock(id, "agent", 2000)
	return source
}

// agentServes is agentSells before a margin is locked.
func (w *world) agentServes(id string) (source string) {
	sub := w.customer.subscribe(id, "agent")
	sub.CustomerId, sub.CustomerName, sub.ProductId, sub.AnchorDate = "cus_1", "Customer", "gateway", "2025-04-01"
	sub.Terms = []*customerv1.Term{{
		StartDate: "2025-04-01", EndDate: "2026-04-01", TermMonths: 12, Seats: 200, UnitPrice: gbp("120.00"), Billing: customerv1.Billing_BILLING_PREPAID,
	}}
	return id + ":2025-04-01"
}

func invoiceOf(id, source, amount string) *commissionv1.Invoice {
	return &commissionv1.Invoice{
		InvoiceId: id, IssueDate: "2026-01-10", DueDate: "2026-02-09",
		Lines: []*commissionv1.InvoiceLine{{SourceId: source, Instalment: 1, Amount: gbp(amount)}},
	}
}

func (w *world) invoice(i *commissionv1.Invoice) (*commissionv1.Invoice, error) {
	return w.ledger(billing).RecordInvoice(servertest.Context(w.t), &commissionv1.RecordInvoiceRequest{Invoice: i, RequestId: requestID()})
}

func (w *world) pay(p *commissionv1.Payment) (*commissionv1.Invoice, error) {
	return w.ledger(billing).RecordPayment(servertest.Context(w.t), &commissionv1.RecordPaymentRequest{Payment: p, RequestId: requestID()})
}

func (w *world) credit(c *commissionv1.CreditNote) (*commissionv1.Invoice, error) {
	return w.ledger(billing).RecordCreditNote(servertest.Context(w.t), &commissionv1.RecordCreditNoteRequest{CreditNote: c, RequestId: requestID()})
}

func (w *world) takeBack(r *commissionv1.PaymentReversal) (*commissionv1.Invoice, error) {
	return w.ledger(billing).RecordPaymentReversal(servertest.Context(w.t), &commissionv1.RecordPaymentReversalRequest{PaymentReversal: r, RequestId: requestID()})
}

func payment(id, invoice, amount string) *commissionv1.Payment {
	return &commissionv1.Payment{PaymentId: id, InvoiceId: invoice, Amount: gbp(amount), ValueDate: "2026-01-20"}
}

func creditNote(id, invoice, amount string) *commissionv1.CreditNote {
	return &commissionv1.CreditNote{
		CreditNoteId: id, InvoiceId: invoice, Amount: gbp(amount), IssueDate: "2026-02-01", Cause: commissionv1.CreditCause_CREDIT_CAUSE_CUSTOMER,
	}
}

func TestRecordInvoice_AnswersWhatItsInstalmentsEarn(t *testing.T) {
	w := newWorld(t)
	source := w.agentSells("sub_1")
	got, err := w.invoice(invoiceOf("I-1", source, "24000.00"))
	must(t, err)
	accrual := &commissionv1.Accrual{
		AccrualId: got.GetLines()[0].GetAccruals()[0].GetAccrualId(), Kind: commissionv1.AccrualKind_ACCRUAL_KIND_MARGIN, PartnerId: "agent",
		RelationshipId: got.GetLines()[0].GetAccruals()[0].GetRelationshipId(), SubscriptionId: "sub_1", SourceId: source, Instalment: 1,
		ServiceDate: "2025-04-01", InvoiceId: "I-1", CalculationId: got.GetLines()[0].GetAccruals()[0].GetCalculationId(), CustomerId: "cus_1", CustomerName: "Customer", ProductId: "gateway",
		SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY, Net: gbp("24000.00"), RateBps: 2000, Accrued: gbp("4800.00"), Payable: gbp("0.00"),
		Held: gbp("0.00"), NextDate: "2026-05-11", FxSetId: "fxs_1", CreateTime: timestamppb.New(monday),
	}
	want := invoiceOf("I-1", source, "24000.00")
	want.Lines[0].Accruals = []*commissionv1.Accrual{accrual}
	want.Amount, want.Paid, want.Credited, want.Outstanding = gbp("24000.00"), gbp("0.00"), gbp("0.00"), gbp("24000.00")
	want.RecordTime = timestamppb.New(monday)
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	got, err = w.pay(payment("P-1", "I-1", "24000.00"))
	must(t, err)
	accrual.Accrued, accrual.Payable, accrual.NextDate = gbp("0.00"), gbp("4800.00"), ""
	want.Paid, want.Outstanding = gbp("24000.00"), gbp("0.00")
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	explained, err := w.margins(anna).GetCalculation(servertest.Context(t), &commissionv1.GetCalculationRequest{CalculationId: accrual.GetCalculationId()})
	must(t, err)
	if explained.GetMargin().GetAmount() != "4800.00" || len(explained.GetSteps()) == 0 {
		t.Errorf("the accrual is explained by %v", explained)
	}
	read, err := w.ledger(billing).GetInvoice(servertest.Context(t), &commissionv1.GetInvoiceRequest{InvoiceId: "I-1"})
	must(t, err)
	if diff := cmp.Diff(want, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestRecordCreditNote_PartialCreditsAddUpExactly(t *testing.T) {
	w := newWorld(t)
	_, err := w.invoice(invoiceOf("I-1", w.agentSells("sub_1"), "24000.00"))
	must(t, err)
	for _, c := range []struct{ id, amount, left string }{{"C-1", "9863.01", "2827.40"}, {"C-2", "5000.00", "1827.40"}, {"C-3", "9136.99", "0.00"}} {
		got, err := w.credit(creditNote(c.id, "I-1", c.amount))
		must(t, err)
		if left := got.GetLines()[0].GetAccruals()[0].GetAccrued().GetAmount(); left != c.left {
			t.Errorf("%s leaves %s; want %s", c.id, left, c.left)
		}
	}
}

func TestRecord_NamesTheReasonAndTheField(t *testing.T) {
	w := newWorld(t)
	source := w.agentSells("sub_1")
	_, err := w.invoice(invoiceOf("I-1", source, "24000.00"))
	must(t, err)
	_, err = w.pay(payment("P-1", "I-1", "1000.00"))
	must(t, err)
	_, err = w.takeBack(&commissionv1.PaymentReversal{PaymentReversalId: "R-1", PaymentId: "P-1", ValueDate: "2026-02-01"})
	must(t, err)
	other, unlocked := w.agentSells("sub_2"), w.agentServes("sub_3")
	changed := func(change func(*commissionv1.Invoice)) error {
		i := invoiceOf("I-2", other, "24000.00")
		change(i)
		_, err := w.invoice(i)
		return err
	}
	paid := func(p *commissionv1.Payment) error { _, err := w.pay(p); return err }
	credited := func(c *commissionv1.CreditNote) error { _, err := w.credit(c); return err }
	takenBack := func(id, payment, on string) error {
		_, err := w.takeBack(&commissionv1.PaymentReversal{PaymentReversalId: id, PaymentId: payment, ValueDate: on})
		return err
	}
	dollars := payment("P-2", "I-1", "1.00")
	dollars.Amount = &typev1.Money{CurrencyCode: "USD", Amount: "1.00"}
	late := payment("P-2", "I-1", "1.00")
	late.ValueDate = "2026-03-03"
	for _, c := range []struct {
		reason fault.Reason
		field  string
		err    error
	}{
		{"INSTALMENT_UNKNOWN", "invoice.lines[0].source_id", changed(func(i *commissionv1.Invoice) { i.Lines[0].SourceId = "sub_9:2025-04-01" })},
		{"LOCK_MISSING", "invoice.lines[0].source_id", changed(func(i *commissionv1.Invoice) { i.Lines[0].SourceId = unlocked })},
		{"INSTALMENT_UNKNOWN", "invoice.lines[0].instalment", changed(func(i *commissionv1.Invoice) { i.Lines[0].Instalment = 2 })},
		{"INSTALMENT_ALREADY_INVOICED", "invoice.lines[0].instalment", changed(func(i *commissionv1.Invoice) { i.Lines[0].SourceId = source })},
		{"INSTALMENT_ALREADY_INVOICED", "invoice.lines[1].instalment", changed(func(i *commissionv1.Invoice) {
			i.Lines = append(i.Lines, proto.CloneOf(i.Lines[0]))
		})},
		{"INVOICE_AMOUNT_MISMATCH", "invoice.lines[0].amount", changed(func(i *commissionv1.Invoice) { i.Lines[0].Amount = gbp("23999.99") })},
		{"CURRENCY_MISMATCH", "invoice.lines[0].amount", changed(func(i *commissionv1.Invoice) { i.Lines[0].Amount.CurrencyCode = "USD" })},
		{"AMOUNT_NEGATIVE", "invoice.lines[0].amount", changed(func(i *commissionv1.Invoice) { i.Lines[0].Amount = gbp("-1.00") })},
		{"DATE_INVALID", "invoice.issue_date", changed(func(i *commissionv1.Invoice) { i.IssueDate = "2026-03-03"; i.DueDate = i.IssueDate })},
		{"DATE_INVALID", "invoice.due_date", changed(func(i *commissionv1.Invoice) { i.DueDate = "2026-01-09" })},
		{"DATE_INVALID", "invoice.issue_date", changed(func(i *commissionv1.Invoice) { i.IssueDate = "2026-02-30" })},
		{"FX_RATE_MISSING", "invoice.issue_date", changed(func(i *commissionv1.Invoice) { i.IssueDate = "2019-12-31" })},
		{"EXTERNAL_ID_REUSED", "invoice.invoice_id", changed(func(i *commissionv1.Invoice) { i.InvoiceId = "I-1" })},
		{"REQUEST_INVALID", "invoice.lines", changed(func(i *commissionv1.Invoice) { i.Lines = nil })},
		{"NOT_FOUND", "payment.invoice_id", paid(payment("P-2", "I-9", "1.00"))},
		{"PAYMENT_EXCEEDS_INVOICE", "payment.amount", paid(payment("P-2", "I-1", "24000.01"))},
		{"CURRENCY_MISMATCH", "payment.amount", paid(dollars)},
		{"DATE_INVALID", "payment.value_date", paid(late)},
		{"AMOUNT_INVALID", "payment.amount", paid(payment("P-2", "I-1", "0.00"))},
		{"EXTERNAL_ID_REUSED", "payment.payment_id", paid(payment("P-1", "I-1", "999.00"))},
		{"NOT_FOUND", "credit_note.invoice_id", credited(creditNote("C-1", "I-9", "1.00"))},
		{"CREDIT_EXCEEDS_INVOICE", "credit_note.amount", credited(creditNote("C-1", "I-1", "24000.01"))},
		{"NOT_FOUND", "payment_reversal.payment_id", takenBack("R-2", "P-9", "2026-02-01")},
		{"ALREADY_REVERSED", "payment_reversal.payment_id", takenBack("R-2", "P-1", "2026-02-01")},
		{"EXTERNAL_ID_REUSED", "payment_reversal.payment_reversal_id", takenBack("R-1", "P-1", "2026-02-02")},
	} {
		t.Run(string(c.reason)+" "+c.field, func(t *testing.T) { wantReason(t, c.err, c.reason, c.field) })
	}
}

func TestBatchRecordFacts_GivesEachFactItsResult(t *testing.T) {
	w := newWorld(t)
	source := w.agentSells("sub_1")
	answer, err := w.ledger(billing).BatchRecordFacts(servertest.Context(t), &commissionv1.BatchRecordFactsRequest{RequestId: requestID(), Facts: []*commissionv1.Fact{
		{Fact: &commissionv1.Fact_Invoice{Invoice: invoiceOf("I-1", source, "24000.00")}},
		{Fact: &commissionv1.Fact_Payment{Payment: payment("P-1", "I-1", "24000.01")}},
		{Fact: &commissionv1.Fact_Payment{Payment: payment("P-2", "I-1", "12000.00")}},
		{Fact: &commissionv1.Fact_CreditNote{CreditNote: creditNote("C-1", "I-1", "6000.00")}},
		{Fact: &commissionv1.Fact_PaymentReversal{PaymentReversal: &commissionv1.PaymentReversal{PaymentReversalId: "R-1", PaymentId: "P-2", ValueDate: "2026-02-10"}}},
		{},
	}})
	must(t, err)
	for i, reason := range []string{"", "PAYMENT_EXCEEDS_INVOICE", "", "", "", "REQUEST_INVALID"} {
		if got := answer.GetResults()[i].GetError().GetReason(); got != reason {
			t.Errorf("fact %d: reason %q; want %q", i, got, reason)
		}
	}
	if accrued := answer.GetResults()[0].GetInvoice().GetLines()[0].GetAccruals()[0].GetAccrued().GetAmount(); accrued != "3600.00" {
		t.Errorf("%s are accrued after the batch; want 3600.00", accrued)
	}
}

func TestListAccruals_ShowsAPartnerItsOwn(t *testing.T) {
	w := newWorld(t)
	_, err := w.invoice(invoiceOf("I-1", w.agentSells("sub_1"), "24000.00"))
	must(t, err)
	for caller, want := range map[*auth.Caller]int{new(servertest.Partner("agent", "statements:read")): 1, new(servertest.Partner("cdw", "statements:read")): 0} {
		answer, err := w.ledger(*caller).ListAccruals(servertest.Context(t), &commissionv1.ListAccrualsRequest{})
		must(t, err)
		if len(answer.GetAccruals()) != want {
			t.Errorf("%s sees %d accruals; want %d", caller, len(answer.GetAccruals()), want)
		}
	}
	_, err = w.ledger(servertest.Partner("cdw", "statements:read")).GetAccrual(servertest.Context(t), &commissionv1.GetAccrualRequest{AccrualId: "acr_none"})
	wantReason(t, err, "NOT_FOUND", "")
}
