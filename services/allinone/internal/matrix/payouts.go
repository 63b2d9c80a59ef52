package matrix

import (
	"fmt"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// pay has what is not disputed of a partner's statement paid out, as far as to
// the bank. A statement is paid once, so another world of the same partner finds
// the payout of the first.
func pay(t testing.TB, s *e2e.System, partner, statement string) (payout, batch string) {
	t.Helper()
	one, two := s.Person("finance-one"), s.Person("finance-two")
	var known commissionv1.ListPayoutsResponse
	s.Get(t, one, "/v1/payouts?statementId="+statement, &known)
	if len(known.Payouts) > 0 {
		return known.Payouts[0].PayoutId, known.Payouts[0].PayoutBatchId
	}
	var account partnerv1.PayoutAccount
	post(t, s, one, "/v1/payoutAccounts", fmt.Sprintf(
		`{"partnerId": %q, "currencyCode": "GBP", "holderName": "X", "iban": "GB82 WEST 1234 5698 7654 32"}`, partner), &account)
	post(t, s, two, "/v1/payoutAccounts/"+account.PayoutAccountId+":approve", `{}`, &account)
	var proposed commissionv1.PayoutBatch
	post(t, s, one, "/v1/payoutBatches", fmt.Sprintf(`{"currencyCode": "GBP", "partnerId": %q, "executionDate": %q}`, partner, account.UsableFromDate), &proposed)
	path := "/v1/payoutBatches/" + proposed.PayoutBatchId
	post(t, s, two, path+":approve", `{}`, &commissionv1.PayoutBatch{})
	late, again := time.After(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		var posted commissionv1.PayoutBatch
		s.Get(t, one, path, &posted)
		if posted.InstructTime != nil {
			return posted.Payouts[0].PayoutId, posted.PayoutBatchId
		}
		select {
		case <-late:
			t.Fatalf("the batch is not instructed: %v", &posted)
		case <-again.C:
		}
	}
}
