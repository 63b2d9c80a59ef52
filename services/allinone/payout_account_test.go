package allinone_test

import (
	"net/http"
	"strings"
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// An agent of the book sees where it is paid out to, of which no caller but the
// service that pays out learns more than the end; and that not before it has
// cooled off.
func TestPayoutAccounts_OfTheBookAreMaskedAndCoolOff(t *testing.T) {
	const agent = "harbour-street-agents"
	s := shared.System(t)
	var terms partnerv1.SellingTerms
	s.Get(t, s.Partner(agent), "/v1/partners/"+agent+"/sellingTerms", &terms)
	if a := terms.Agreement; !a.SelfBilling || a.TaxId == "" || a.SettlementMode != partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY {
		t.Errorf("the agreement is %v", a)
	}
	var list partnerv1.ListPayoutAccountsResponse
	answer := s.Do(t, s.Partner(agent), e2e.Request{Verb: http.MethodGet, Path: "/v1/payoutAccounts"})
	answer.Into(t, &list)
	if len(list.PayoutAccounts) != 1 || list.PayoutAccounts[0].State != partnerv1.PayoutAccountState_PAYOUT_ACCOUNT_STATE_APPROVED {
		t.Fatalf("the agent sees %v", list.PayoutAccounts)
	}
	account := list.PayoutAccounts[0]
	find := func(on string) (*partnerv1.PayoutDestination, error) {
		return partnerv1.NewPayoutAccountServiceClient(s.Conn("partner")).FindPayoutDestination(s.As(t, s.Service("commission")),
			&partnerv1.FindPayoutDestinationRequest{PartnerId: agent, CurrencyCode: "GBP", OnDate: on})
	}
	if _, err := find(account.ApproveDate); err == nil || !strings.Contains(err.Error(), account.UsableFromDate) {
		t.Errorf("on the day of its approval: %v", err)
	}
	found, err := find(account.UsableFromDate)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(account.MaskedIban, found.Iban[len(found.Iban)-4:]) || strings.Contains(string(answer.Body), found.Iban[4:14]) {
		t.Errorf("%s of %s is shown in %s", account.MaskedIban, found.Iban, answer.Body)
	}
}
