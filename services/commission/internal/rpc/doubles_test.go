package rpc_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// customerDouble answers what commission asks of customer.
type customerDouble struct {
	customerv1.UnimplementedSubscriptionServiceServer
	mu    sync.Mutex
	subs  map[string]*customerv1.Subscription
	calls atomic.Int64
}

func newCustomerDouble() *customerDouble {
	return &customerDouble{subs: map[string]*customerv1.Subscription{}}
}

// subscribe adds a subscription of 24,000.00 GBP a year that partner has served
// from its first day.
func (c *customerDouble) subscribe(id, partner string) *customerv1.Subscription {
	sub := &customerv1.Subscription{
		SubscriptionId: id, ExternalId: "crm-" + id, PartnerId: partner, FamilyId: "email-security", CustomerSegment: "ENTERPRISE",
		FirstStartDate: "2025-04-01", PartnerFromDate: "2025-04-01", TermStartDate: "2025-04-01", TermEndDate: "2026-04-01", TimeZone: "Europe/London",
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: partner, FromDate: "2025-04-01"}},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs[id] = sub
	return sub
}

func (c *customerDouble) GetSubscription(_ context.Context, r *customerv1.GetSubscriptionRequest) (*customerv1.Subscription, error) {
	c.calls.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if sub, ok := c.subs[r.GetSubscriptionId()]; ok {
		return sub, nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such subscription")
}

func (c *customerDouble) BatchGetSubscriptions(_ context.Context, r *customerv1.BatchGetSubscriptionsRequest) (*customerv1.BatchGetSubscriptionsResponse, error) {
	c.calls.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &customerv1.BatchGetSubscriptionsResponse{}
	for _, id := range r.GetSubscriptionIds() {
		if sub, ok := c.subs[id]; ok {
			answer.Subscriptions = append(answer.Subscriptions, sub)
		}
	}
	for _, sub := range c.subs {
		if slices.Contains(r.GetExternalIds(), sub.GetExternalId()) {
			answer.Subscriptions = append(answer.Subscriptions, sub)
		}
	}
	return answer, nil
}

func (c *customerDouble) catalogue() customerv1.CatalogueServiceServer {
	return &catalogueDouble{of: c}
}

type catalogueDouble struct {
	customerv1.UnimplementedCatalogueServiceServer
	of *customerDouble
}

// FindFxSet knows the rates from 2020 on.
func (c *catalogueDouble) FindFxSet(_ context.Context, r *customerv1.FindFxSetRequest) (*customerv1.FxSet, error) {
	if r.GetOnDate() < "2020-01-01" {
		return nil, fault.New("FX_RATE_MISSING", "there is no set for this day")
	}
	return &customerv1.FxSet{FxSetId: "fxs_1", BaseCurrency: "USD", Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "1.27"}}}, nil
}

func (c *catalogueDouble) ListProductFamilies(context.Context, *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	c.of.calls.Add(1)
	return &customerv1.ListProductFamiliesResponse{
		ProductFamilies: []*customerv1.ProductFamily{{FamilyId: "archiving"}, {FamilyId: "email-security"}},
	}, nil
}

// partnerDouble answers what commission asks of partner.
type partnerDouble struct {
	partnerv1.UnimplementedPartnerServiceServer
	terms map[string]*partnerv1.SellingTerms
	calls atomic.Int64
}

func newPartnerDouble() *partnerDouble {
	terms := map[string]*partnerv1.SellingTerms{}
	add := func(id string, kind partnerv1.PartnerType, mode partnerv1.SettlementMode) *partnerv1.SellingTerms {
		terms[id] = &partnerv1.SellingTerms{
			Partner:   &partnerv1.Partner{PartnerId: id, Type: kind, State: partnerv1.PartnerState_PARTNER_STATE_ACTIVE},
			Agreement: &partnerv1.Agreement{AgreementId: "agr_" + id, PartnerId: id, SettlementMode: mode},
		}
		return terms[id]
	}
	resale, agency := partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE, partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	add("softcat", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale)
	add("cdw", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale)
	add("agent", partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT, agency)
	add("lapsed", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale).Agreement = nil
	add("supplier", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER, resale).Agreement = nil
	add("direct", partnerv1.PartnerType_PARTNER_TYPE_DIRECT, resale).Agreement = nil
	suspended := add("suspended", partnerv1.PartnerType_PARTNER_TYPE_RESELLER, resale).Partner
	suspended.State, suspended.SuspendDate = partnerv1.PartnerState_PARTNER_STATE_SUSPENDED, "2026-03-01"
	return &partnerDouble{terms: terms}
}

func (p *partnerDouble) GetSellingTerms(_ context.Context, r *partnerv1.GetSellingTermsRequest) (*partnerv1.SellingTerms, error) {
	p.calls.Add(1)
	if terms, ok := p.terms[r.GetPartnerId()]; ok {
		return terms, nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such partner")
}

func (p *partnerDouble) GetPartner(_ context.Context, r *partnerv1.GetPartnerRequest) (*partnerv1.Partner, error) {
	if terms, ok := p.terms[r.GetPartnerId()]; ok {
		return terms.GetPartner(), nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such partner")
}

func (p *partnerDouble) ListPartners(context.Context, *partnerv1.ListPartnersRequest) (*partnerv1.ListPartnersResponse, error) {
	answer := &partnerv1.ListPartnersResponse{}
	for _, id := range slices.Sorted(maps.Keys(p.terms)) {
		answer.Partners = append(answer.Partners, p.terms[id].GetPartner())
	}
	return answer, nil
}
