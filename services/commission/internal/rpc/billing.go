package rpc

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/digest"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *ledgerService) RecordInvoice(ctx context.Context, r *commissionv1.RecordInvoiceRequest) (*commissionv1.Invoice, error) {
	return s.record(ctx, invoiceFact(r.GetInvoice()))
}

func (s *ledgerService) RecordPayment(ctx context.Context, r *commissionv1.RecordPaymentRequest) (*commissionv1.Invoice, error) {
	return s.record(ctx, paymentFact(r.GetPayment()))
}

func (s *ledgerService) RecordPaymentReversal(ctx context.Context, r *commissionv1.RecordPaymentReversalRequest) (*commissionv1.Invoice, error) {
	return s.record(ctx, reversalFact(r.GetPaymentReversal()))
}

func (s *ledgerService) RecordCreditNote(ctx context.Context, r *commissionv1.RecordCreditNoteRequest) (*commissionv1.Invoice, error) {
	return s.record(ctx, creditFact(r.GetCreditNote()))
}

func (s *ledgerService) record(ctx context.Context, f finance.Fact) (*commissionv1.Invoice, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	recorded, err := s.finance.RecordFact(ctx, f)
	return answer(invoiceProto, recorded, err)
}

func (s *ledgerService) BatchRecordFacts(ctx context.Context, r *commissionv1.BatchRecordFactsRequest) (*commissionv1.BatchRecordFactsResponse, error) {
	facts := make([]finance.Fact, len(r.GetFacts()))
	for i, f := range r.GetFacts() {
		facts[i] = batchFact(f)
	}
	results, err := s.finance.RecordFacts(ctx, facts)
	if err != nil {
		return nil, err
	}
	return &commissionv1.BatchRecordFactsResponse{Results: each(results, factResult)}, nil
}

func (s *ledgerService) GetInvoice(ctx context.Context, r *commissionv1.GetInvoiceRequest) (*commissionv1.Invoice, error) {
	recorded, err := s.finance.GetInvoice(ctx, r.GetInvoiceId())
	return answer(invoiceProto, recorded, err)
}

func (s *ledgerService) GetAccrual(ctx context.Context, r *commissionv1.GetAccrualRequest) (*commissionv1.Accrual, error) {
	accrual, err := s.finance.GetAccrual(ctx, r.GetAccrualId())
	return answer(accrualProto, accrual, err)
}

func (s *ledgerService) ListAccruals(ctx context.Context, r *commissionv1.ListAccrualsRequest) (*commissionv1.ListAccrualsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListAccruals(ctx, finance.AccrualFilter{
		PartnerID: r.GetPartnerId(), SubscriptionID: r.GetSubscriptionId(), SourceID: r.GetSourceId(), InvoiceID: r.GetInvoiceId(),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(a earnings.Accrual) any { return a.ID })
	return &commissionv1.ListAccrualsResponse{Accruals: each(found, accrualProto), NextPageToken: next}, nil
}

// batchFact reads one fact of a batch, or why it can't be read.
func batchFact(f *commissionv1.Fact) finance.Fact {
	if err := checkItem(f); err != nil {
		return finance.Fact{Err: refusalOf(err)}
	}
	switch fact := f.GetFact().(type) {
	case *commissionv1.Fact_Invoice:
		return invoiceFact(fact.Invoice)
	case *commissionv1.Fact_Payment:
		return paymentFact(fact.Payment)
	case *commissionv1.Fact_PaymentReversal:
		return reversalFact(fact.PaymentReversal)
	}
	return creditFact(f.GetCreditNote())
}

func factResult(r finance.FactResult) *commissionv1.FactResult {
	if r.Refusal != nil {
		return &commissionv1.FactResult{Result: &commissionv1.FactResult_Error{Error: itemError(r.Refusal)}}
	}
	return &commissionv1.FactResult{Result: &commissionv1.FactResult_Invoice{Invoice: invoiceProto(r.Recorded)}}
}

func invoiceFact(i *commissionv1.Invoice) finance.Fact {
	var r factReader
	read := &billing.Invoice{
		ID: i.GetInvoiceId(), Issued: r.date("invoice.issue_date", i.GetIssueDate()), Due: r.date("invoice.due_date", i.GetDueDate()),
	}
	for n, l := range i.GetLines() {
		field := fmt.Sprintf("invoice.lines[%d].amount", n)
		amount := r.amount(field, l.GetAmount())
		switch {
		case n > 0 && amount.Currency != read.Currency:
			r.keep(money.ErrMismatch.Because("all lines of an invoice are in one currency").On(field))
		case amount.Minor < 0:
			r.keep(money.ErrNegative.Because("a line is zero or more; what is taken back is a credit note").On(field))
		}
		read.Currency = amount.Currency
		read.Lines = append(read.Lines, billing.Line{SourceID: l.GetSourceId(), Instalment: int(l.GetInstalment()), Amount: amount.Minor})
	}
	told := proto.CloneOf(i)
	told.Amount, told.Paid, told.Credited, told.Outstanding, told.RecordTime = nil, nil, nil, nil, nil
	for _, l := range told.GetLines() {
		l.Accruals = nil
	}
	read.Fingerprint = r.print(told)
	return finance.Fact{Invoice: read, Err: r.err}
}

func paymentFact(p *commissionv1.Payment) finance.Fact {
	var r factReader
	amount := r.amount("payment.amount", p.GetAmount())
	return r.fact(p, billing.Fact{
		Kind: billing.Payment, ID: p.GetPaymentId(), InvoiceID: p.GetInvoiceId(), Amount: amount.Minor, Currency: amount.Currency,
		On: r.date("payment.value_date", p.GetValueDate()),
	})
}

func reversalFact(p *commissionv1.PaymentReversal) finance.Fact {
	var r factReader
	return r.fact(p, billing.Fact{
		Kind: billing.PaymentReversal, ID: p.GetPaymentReversalId(), Reverses: p.GetPaymentId(),
		On: r.date("payment_reversal.value_date", p.GetValueDate()),
	})
}

func creditFact(c *commissionv1.CreditNote) finance.Fact {
	var r factReader
	amount := r.amount("credit_note.amount", c.GetAmount())
	return r.fact(c, billing.Fact{
		Kind: billing.CreditNote, ID: c.GetCreditNoteId(), InvoiceID: c.GetInvoiceId(), Amount: amount.Minor, Currency: amount.Currency,
		On: r.date("credit_note.issue_date", c.GetIssueDate()), LineNumber: int(c.GetLine()),
		Cause: billing.Cause(strings.TrimPrefix(c.GetCause().String(), "CREDIT_CAUSE_")),
	})
}

// factReader reads the parts of a fact, and keeps the first that can't be read.
type factReader struct{ err error }

func (r *factReader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *factReader) date(field, text string) calendar.Date {
	d, err := requiredDate(field, text)
	r.keep(err)
	return d
}

func (r *factReader) amount(field string, m *typev1.Money) money.Amount {
	a, err := amountOf(field, m)
	r.keep(err)
	return a
}

// print is what tells the same fact from another one under its id.
func (r *factReader) print(m proto.Message) []byte {
	sum, err := digest.Of(m)
	r.keep(err)
	return sum
}

func (r *factReader) fact(m proto.Message, f billing.Fact) finance.Fact {
	f.Fingerprint = r.print(m)
	return finance.Fact{About: &f, Err: r.err}
}
