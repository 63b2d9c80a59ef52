package commissiontest

import (
	"context"
	"slices"
	"sync/atomic"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// sellers answer what commission asks of partner: softcat, cdw and insight sell,
// under one code of practice. All are settled as agency says, but for those that
// resell.
type sellers struct {
	partnerv1.UnimplementedPartnerServiceServer
	partnerv1.UnimplementedCodeServiceServer
	Suspended atomic.Bool
	Only      string // that is, all if empty
	NoCode    atomic.Bool
	Agency    atomic.Bool
	Resell    []string
	Agreed    func(partner, on string) *partnerv1.Agreement // but for how it settles; nil for one that all have
}

func newSellers() *sellers { return &sellers{} }

func (s *sellers) GetSellingTerms(_ context.Context, r *partnerv1.GetSellingTermsRequest) (*partnerv1.SellingTerms, error) {
	state := partnerv1.PartnerState_PARTNER_STATE_ACTIVE
	if s.Suspended.Load() && (s.Only == "" || s.Only == r.GetPartnerId()) {
		state = partnerv1.PartnerState_PARTNER_STATE_SUSPENDED
	}
	kind := partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	if r.GetPartnerId() == "direct" {
		kind = partnerv1.PartnerType_PARTNER_TYPE_DIRECT
	}
	mode := partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE
	if s.Agency.Load() && !slices.Contains(s.Resell, r.GetPartnerId()) {
		mode = partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	}
	agreement := &partnerv1.Agreement{AgreementId: "agr_1"}
	if s.Agreed != nil {
		agreement = s.Agreed(r.GetPartnerId(), r.GetOnDate())
	}
	agreement.SettlementMode = mode
	return &partnerv1.SellingTerms{
		Partner:   &partnerv1.Partner{PartnerId: r.GetPartnerId(), Type: kind, Selling: true, State: state},
		Agreement: agreement,
	}, nil
}

func (s *sellers) ListCodeVersions(context.Context, *partnerv1.ListCodeVersionsRequest) (*partnerv1.ListCodeVersionsResponse, error) {
	if s.NoCode.Load() {
		return &partnerv1.ListCodeVersionsResponse{}, nil
	}
	return &partnerv1.ListCodeVersionsResponse{CodeVersions: []*partnerv1.CodeVersion{{
		CodeVersionId: "cod_1", EffectiveDate: "2020-01-01", State: partnerv1.PolicyState_POLICY_STATE_APPROVED,
		RenewalOpenDays: new(int32(90)), RenewalGraceDays: new(int32(30)), RenewalLapsedDays: new(int32(60)),
		CapBps: new(int32(500)), CapMonths: new(int32(12)),
	}}}, nil
}

func (s *sellers) GetPartner(_ context.Context, r *partnerv1.GetPartnerRequest) (*partnerv1.Partner, error) {
	switch r.GetPartnerId() {
	case "softcat", "cdw", "insight", "direct":
		return &partnerv1.Partner{PartnerId: r.GetPartnerId()}, nil
	}
	return nil, fault.New("NOT_FOUND", "there is no such partner")
}
