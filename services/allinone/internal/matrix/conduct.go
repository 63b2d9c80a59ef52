package matrix

import (
	"fmt"
	"strings"
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

const (
	// stranger is a partner that nobody asks for.
	stranger = "cdw"
	// direct is the vendor's own field sales.
	direct = "direct"
)

// fresh is a domain that nobody has.
func fresh() string { return strings.TrimPrefix(ident.New("dom_"), "dom_") + ".example" }

// move is the transfer of a customer in the midst of its term, as the vendor
// sees it when the customer has consented, and the token of the consent.
func move(t testing.TB, s *e2e.System, from, to, reason string) (*partnerv1.Transfer, string) {
	t.Helper()
	admin := s.Person("admin-one")
	contract := s.Sign(t, e2e.Contract{Partner: from, DueIn: 40, LockedBps: 2000})
	domain, address := s.Signatory(t, contract)
	var transfer partnerv1.Transfer
	post(t, s, admin, "/v1/transfers", fmt.Sprintf(`{"partnerId": %q, "domain": %q, "familyId": "email-security", "effectiveDate": %q}`,
		to, domain, e2e.Today(t)), &transfer)
	token := s.ConsentToken(t, address, transfer.TransferId)
	post(t, s, e2e.Caller{Name: "the customer"}, "/v1/consents/"+token, fmt.Sprintf(`{"reason": "CONSENT_REASON_%s"}`, reason), &partnerv1.Consent{})
	s.Get(t, admin, "/v1/transfers/"+transfer.TransferId, &transfer)
	return &transfer, token
}

// merge is the merger of two partners that have nothing.
func merge(t testing.TB, s *e2e.System) string {
	t.Helper()
	admin := s.Person("admin-one")
	var pair [2]partnerv1.Partner
	for i := range pair {
		post(t, s, admin, "/v1/partners", fmt.Sprintf(`{"partnerId": %q, "displayName": "X", "type": "PARTNER_TYPE_RESELLER", "countryCode": "GB"}`,
			"p-"+strings.TrimSuffix(fresh(), ".example")), &pair[i])
	}
	var merged partnerv1.MergePartnersResponse
	post(t, s, admin, "/v1/partners/"+pair[0].PartnerId+":merge", fmt.Sprintf(`{"absorbedPartnerId": %q}`, pair[1].PartnerId), &merged)
	return merged.Merger.MergerId
}
