package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *partnerService) CreateAgreement(ctx context.Context, r *partnerv1.CreateAgreementRequest) (*partnerv1.Agreement, error) {
	wanted, err := agreementFrom(r)
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateAgreement(ctx, wanted)
	return answer(agreementProto, created, err)
}

func agreementFrom(r *partnerv1.CreateAgreementRequest) (partners.Agreement, error) {
	a := r.GetAgreement()
	from, err := requiredDate("agreement.from_date", a.GetFromDate())
	if err != nil {
		return partners.Agreement{}, err
	}
	until, err := date("agreement.until_date", a.GetUntilDate())
	return partners.Agreement{
		PartnerID: partners.ID(r.GetPartnerId()), SettlementMode: modeFrom(a.GetSettlementMode()), Tier: a.GetTier(),
		From: from, Until: until, AcceptedCode: a.GetAcceptedCodeVersionId(),
		SelfBilling: a.GetSelfBilling(), TaxID: a.GetTaxId(),
	}, err
}

func (s *partnerService) ListAgreements(ctx context.Context, r *partnerv1.ListAgreementsRequest) (*partnerv1.ListAgreementsResponse, error) {
	var before calendar.Date
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListAgreements(ctx, partners.AgreementQuery{
		Partner: partners.ID(r.GetPartnerId()), Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(a partners.Agreement) any { return a.From })
	return &partnerv1.ListAgreementsResponse{Agreements: each(found, agreementProto), NextPageToken: next}, nil
}

func (s *partnerService) EndAgreement(ctx context.Context, r *partnerv1.EndAgreementRequest) (*partnerv1.Agreement, error) {
	until, err := requiredDate("until_date", r.GetUntilDate())
	if err != nil {
		return nil, err
	}
	ended, err := s.app.EndAgreement(ctx, partners.ID(r.GetPartnerId()),
		app.Target[partners.AgreementID]{ID: partners.AgreementID(r.GetAgreementId()), Etag: r.GetEtag()}, until)
	return answer(agreementProto, ended, err)
}
