package matrix

import (
	"fmt"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// longAgo is so many days ago that what was paid then was due last month, or
// before.
const longAgo = 75

// state has a partner told of last month: its statement, a line of it, and the
// dispute about that. Months are closed once, so another world of the same
// partner finds those of the first.
func state(t testing.TB, s *e2e.System, partner string) (statement, line, dispute string) {
	t.Helper()
	finance, portal := s.Person("finance-one"), s.Partner(partner)
	earnLongAgo(t, s, partner)
	earnLongAgo(t, s, partner) // a line that is not disputed, to be paid
	_, _, day := e2e.Today(t).Civil()
	lastMonth := e2e.Today(t).AddDays(-day).String()[:len("2026-03")]
	post(t, s, finance, "/v1/statements:close", fmt.Sprintf(`{"month": %q}`, lastMonth), &commissionv1.CloseStatementsResponse{})
	var closed commissionv1.ListStatementsResponse
	s.Get(t, finance, "/v1/statements?partnerId="+partner+"&currencyCode=GBP", &closed)
	if len(closed.Statements) == 0 {
		t.Fatalf("%s has no statement of %s", partner, lastMonth)
	}
	statement = closed.Statements[0].StatementId
	var lines commissionv1.ListStatementLinesResponse
	s.Get(t, finance, "/v1/statements/"+statement+"/lines", &lines)
	line = lines.Lines[0].LineId
	var known commissionv1.ListDisputesResponse
	s.Get(t, finance, "/v1/disputes?lineId="+line, &known)
	if len(known.Disputes) > 0 {
		return statement, line, known.Disputes[0].DisputeId
	}
	var opened commissionv1.Dispute
	post(t, s, portal, "/v1/disputes", fmt.Sprintf(`{"lineId": %q, "reasonText": "X"}`, line), &opened)
	return statement, line, opened.DisputeId
}

// earnLongAgo is earn with an invoice that was issued and paid long ago.
func earnLongAgo(t testing.TB, s *e2e.System, partner string) {
	t.Helper()
	invoice := earnOn(t, s, partner, longAgo)
	post(t, s, s.Service("billing"), "/v1/billing/payments", fmt.Sprintf(
		`{"payment": {"paymentId": "P-%s", "invoiceId": %q, "amount": {"currencyCode": %q, "amount": %q}, "valueDate": %q}}`,
		invoice.InvoiceId, invoice.InvoiceId, invoice.Amount.CurrencyCode, invoice.Amount.Amount, e2e.Today(t).AddDays(-longAgo)), &commissionv1.Invoice{})
}
