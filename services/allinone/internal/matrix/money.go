package matrix

import (
	"fmt"
	"strings"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// earn makes a partner win new business under a registration and billing invoice
// it, so that the partner is owed a reward.
func earn(t testing.TB, s *e2e.System, partner string) *commissionv1.Invoice {
	t.Helper()
	return earnOn(t, s, partner, 1)
}

// earnOn is earn with an invoice that was issued some days ago.
func earnOn(t testing.TB, s *e2e.System, partner string, ago int) *commissionv1.Invoice {
	t.Helper()
	portal, domain := s.Partner(partner), fresh()
	var deal partnerv1.DealRegistration
	post(t, s, portal, "/v1/dealRegistrations", fmt.Sprintf(
		`{"customerName": "X", "domain": %q, "countryCode": "GB", "familyId": "email-security", "seats": "500"}`, domain), &deal)
	post(t, s, portal, "/v1/dealRegistrations/"+deal.DealRegistrationId+":submit", `{}`, &deal)
	post(t, s, s.Person("channel-one"), "/v1/dealRegistrations/"+deal.DealRegistrationId+":approve", `{}`, &deal)
	order := strings.ReplaceAll(ordered(domain), "{=partner}", partner)
	order = strings.ReplaceAll(order, `"seats": "10"`, `"seats": "500"`) // of ten nobody is paid out
	order = strings.TrimSuffix(order, "}") + fmt.Sprintf(`, "dealRegistrationId": %q}`, deal.DealRegistrationId)
	var booked commissionv1.Submission
	post(t, s, portal, "/v1/orders:submit", fmt.Sprintf(`{"order": %s}`, order), &booked)
	var invoice commissionv1.Invoice
	net, today := booked.Calculation.Net, e2e.Today(t)
	post(t, s, s.Service("billing"), "/v1/billing/invoices", fmt.Sprintf(
		`{"invoice": {"invoiceId": "I-%s", "issueDate": %q, "dueDate": %q, "lines": [{"sourceId": %q, "instalment": 1, "amount": {"currencyCode": %q, "amount": %q}}]}}`,
		booked.SubmissionId, today.AddDays(-ago), today, booked.SubmissionId, net.CurrencyCode, net.Amount), &invoice)
	return &invoice
}
