package stories

import (
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// kinds are the partners' types by role: the card gives resellers 15 % and
// providers of managed services 20 %. Any other role is a reseller.
var kinds = map[string]partnerv1.PartnerType{
	"incumbent":  partnerv1.PartnerType_PARTNER_TYPE_RESELLER,
	"challenger": partnerv1.PartnerType_PARTNER_TYPE_MANAGED_SERVICE_PROVIDER,
	"rival":      partnerv1.PartnerType_PARTNER_TYPE_MANAGED_SERVICE_PROVIDER,
	"agent":      partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT,
}

// partner is who plays a role; it is enrolled when it first appears. "direct"
// is the vendor's own field sales, for which its people act.
func (s *Story) partner(role string) partner {
	s.t.Helper()
	if p, ok := s.partners[role]; ok {
		return p
	}
	if role == "direct" {
		s.partners[role] = partner{id: "direct", caller: s.person("channel-one")}
		return s.partners[role]
	}
	id := fmt.Sprintf("%.6s-%s", role, s.name)
	channel := s.system.As(s.t, s.person("channel-one"))
	service := partnerv1.NewPartnerServiceClient(s.conn("partner"))
	kind, settlement := kinds[role], partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE
	if kind == partnerv1.PartnerType_PARTNER_TYPE_UNSPECIFIED {
		kind = partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	}
	if kind == partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT {
		settlement = partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	}
	if _, err := service.CreatePartner(channel, &partnerv1.CreatePartnerRequest{
		Partner: &partnerv1.Partner{PartnerId: id, DisplayName: role, Type: kind, CountryCode: "GB"}, RequestId: key(),
	}); err != nil {
		s.t.Fatalf("enrol %s: %v", role, err)
	}
	if _, err := service.CreateAgreement(channel, &partnerv1.CreateAgreementRequest{
		PartnerId: id, Agreement: &partnerv1.Agreement{SettlementMode: settlement, FromDate: "2010-01-01"}, RequestId: key(),
	}); err != nil {
		s.t.Fatalf("agree with %s: %v", role, err)
	}
	client, err := partnerv1.NewApiClientServiceClient(s.conn("partner")).CreateApiClient(channel, &partnerv1.CreateApiClientRequest{
		PartnerId: id, DisplayName: "portal", RequestId: key(),
	})
	if err != nil {
		s.t.Fatalf("client of %s: %v", role, err)
	}
	s.partners[role] = partner{id: id, caller: s.system.Client(id, client.ApiClient.ClientId, client.ClientSecret)}
	return s.partners[role]
}

// customer is the customer in a role, with one contact who may sign.
func (s *Story) customer(role string) *customerv1.Customer {
	s.t.Helper()
	if c, ok := s.customers[role]; ok {
		return c
	}
	channel := s.system.As(s.t, s.person("channel-one"))
	service := customerv1.NewCustomerServiceClient(s.conn("customer"))
	c, err := service.CreateCustomer(channel, &customerv1.CreateCustomerRequest{
		Customer: &customerv1.Customer{
			DisplayName: strings.ToUpper(role[:1]) + role[1:] + " " + s.name, PrimaryDomain: s.domain(role), GroupId: s.group,
			Segment: customerv1.Segment_SEGMENT_MID_MARKET, CountryCode: "GB", TimeZone: "Europe/London",
		},
		RequestId: key(),
	})
	if err != nil {
		s.t.Fatalf("create %s: %v", role, err)
	}
	s.customers[role] = c
	contact, err := service.CreateContact(channel, &customerv1.CreateContactRequest{
		CustomerId: c.CustomerId, RequestId: key(),
		Contact: &customerv1.Contact{DisplayName: "Head of IT", Email: "it@" + c.PrimaryDomain, AuthorisedSignatory: true},
	})
	if err != nil {
		s.t.Fatalf("contact of %s: %v", role, err)
	}
	s.contacts[role] = contact
	return c
}

// as calls a service as a partner, a person or nobody.
func (s *Story) role(name string) e2e.Caller {
	if strings.HasPrefix(name, "channel") || strings.HasPrefix(name, "admin") {
		return s.person(name)
	}
	return s.partner(name).caller
}
