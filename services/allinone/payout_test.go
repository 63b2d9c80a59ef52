package allinone_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"google.golang.org/protobuf/proto"
)

// The money of one instalment, all the way by REST: invoiced and paid by the
// customer, stated, proposed by one person and approved by another, instructed
// by the service itself, exported for the bank, paid, and come back.
func TestPayouts_TravelFromTheInvoiceToTheBankAndBack(t *testing.T) {
	const agent = "harbour-street-agents"
	clock := e2e.NewClock(time.Date(2031, time.March, 20, 9, 0, 0, 0, time.UTC))
	s := e2e.Alone(t, clock)
	billing, one, two := s.Service("billing"), s.Person("finance-one"), s.Person("finance-two")
	today := clock.Today()
	post := func(as e2e.Caller, path, body string, into proto.Message) {
		t.Helper()
		s.Do(t, as, e2e.Request{Verb: http.MethodPost, Path: path, Body: body, Key: e2e.NewKey()}).Into(t, into)
	}
	sold := s.Sign(t, e2e.Contract{Partner: agent, DueIn: 280, LockedBps: 2000})
	net := `{"currencyCode": "GBP", "amount": "24000.00"}`
	var invoice commissionv1.Invoice
	post(billing, "/v1/billing/invoices", fmt.Sprintf(
		`{"invoice": {"invoiceId": "I-1", "issueDate": %q, "dueDate": %q, "lines": [{"sourceId": "%s:%s", "instalment": 1, "amount": %s}]}}`,
		today.AddDays(-75), today.AddDays(-45), sold.SubscriptionID, sold.Due.AddMonths(-12), net), &invoice)
	post(billing, "/v1/billing/payments", fmt.Sprintf(
		`{"payment": {"paymentId": "P-1", "invoiceId": "I-1", "valueDate": %q, "amount": %s}}`, today.AddDays(-70), net), &invoice)
	var closed commissionv1.CloseStatementsResponse
	post(one, "/v1/statements:close", fmt.Sprintf(`{"month": "2031-02", "partnerId": %q, "currencyCode": "GBP"}`, agent), &closed)
	statement := closed.Statements[0]
	if statement.Payable.GetAmount() != "4800.00" || !statement.SelfBilled {
		t.Fatalf("closed %v", statement)
	}

	var account partnerv1.PayoutAccount
	post(one, "/v1/payoutAccounts", fmt.Sprintf(`{"partnerId": %q, "currencyCode": "GBP", "holderName": "Harbour Street Agents Ltd", "iban": "GB82 WEST 1234 5698 7654 32"}`, agent), &account)
	post(two, "/v1/payoutAccounts/"+account.PayoutAccountId+":approve", `{}`, &account)
	propose := fmt.Sprintf(`{"currencyCode": "GBP", "partnerId": %q, "executionDate": %q}`, agent, today.AddDays(8))
	var batch commissionv1.PayoutBatch
	post(one, "/v1/payoutBatches", propose, &batch)
	path := "/v1/payoutBatches/" + batch.PayoutBatchId
	s.Do(t, one, e2e.Request{Verb: http.MethodPost, Path: path + ":approve", Body: `{}`, Key: e2e.NewKey()}).Refused(t, http.StatusForbidden, "SAME_DECIDER")
	post(two, path+":approve", `{}`, &batch)
	for late := time.After(30 * time.Second); batch.State != commissionv1.PayoutBatchState_PAYOUT_BATCH_STATE_INSTRUCTED; s.Get(t, one, path, &batch) {
		select {
		case <-late:
			t.Fatalf("the batch is not instructed: %v", &batch)
		case <-time.After(20 * time.Millisecond):
		}
	}
	payout := batch.Payouts[0]
	if payout.State != commissionv1.PayoutState_PAYOUT_STATE_INSTRUCTED || payout.Amount.GetAmount() != "4800.00" || payout.PayoutAccountId != account.PayoutAccountId {
		t.Errorf("payout %v", payout)
	}

	file := exported(t, s, one, path, payout.PayoutId)
	if again := exported(t, s, two, path, payout.PayoutId); !bytes.Equal(file, again) {
		t.Errorf("exported again, the file is another:\n%s\n%s", file, again)
	}
	s.Do(t, s.Partner(agent), e2e.Request{Verb: http.MethodGet, Path: path + ":export?format=PAYOUT_FORMAT_CSV"}).Refused(t, http.StatusForbidden, "PERMISSION_DENIED")
	clock.Advance(8)
	for _, outcome := range []string{"PAID", "RETURNED"} {
		var recorded commissionv1.RecordPayoutResultsResponse
		post(billing, "/v1/payouts:recordResults", fmt.Sprintf(
			`{"results": [{"payoutId": %q, "outcome": "PAYOUT_OUTCOME_%s", "bankReference": "FT-1", "valueDate": %q, "reasonText": "AC04"}]}`, payout.PayoutId, outcome, clock.Today()), &recorded)
		var own commissionv1.Payout
		s.Get(t, s.Partner(agent), "/v1/payouts/"+payout.PayoutId, &own)
		if recorded.Results[0].GetError() != nil || own.State.String() != "PAYOUT_STATE_"+outcome {
			t.Errorf("%s: %v; the partner sees %s", outcome, recorded.Results[0], own.State)
		}
	}
	var open commissionv1.Statement
	s.Get(t, s.Partner(agent), "/v1/openStatements/"+agent+"/GBP", &open)
	s.Get(t, s.Partner(agent), "/v1/statements/"+statement.StatementId, statement)
	if open.Opening.GetAmount() != "0.00" || open.Current.GetAmount() != "4800.00" || statement.State != commissionv1.StatementState_STATEMENT_STATE_CARRIED {
		t.Errorf("open %v after %v", &open, statement)
	}
}

// exported is the batch's file for the bank, with one transfer.
func exported(t *testing.T, s *e2e.System, as e2e.Caller, path, payoutID string) []byte {
	t.Helper()
	answer := s.Do(t, as, e2e.Request{Verb: http.MethodGet, Path: path + ":export?format=PAYOUT_FORMAT_PAIN_001"})
	var read struct {
		XMLName xml.Name
		Debtor  string   `xml:"CstmrCdtTrfInitn>PmtInf>DbtrAcct>Id>IBAN"`
		IDs     []string `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf>PmtId>EndToEndId"`
		IBANs   []string `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf>CdtrAcct>Id>IBAN"`
	}
	if err := xml.Unmarshal(answer.Body, &read); err != nil {
		t.Fatalf("status %d, %v in %s", answer.Status, err, answer.Body)
	}
	if !strings.HasSuffix(read.XMLName.Space, "pain.001.001.09") || fmt.Sprint(read.IDs, read.IBANs) != fmt.Sprintf("[%s] [GB82WEST12345698765432]", payoutID) || read.Debtor == "" {
		t.Errorf("file\n%s", answer.Body)
	}
	if got := answer.Header.Get("Content-Type"); got != "application/xml" || !strings.Contains(answer.Header.Get("Content-Disposition"), ".xml") {
		t.Errorf("%s, %s", got, answer.Header.Get("Content-Disposition"))
	}
	return answer.Body
}
