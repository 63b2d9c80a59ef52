package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

func (s *transferService) GetConsent(ctx context.Context, r *partnerv1.GetConsentRequest) (*partnerv1.Consent, error) {
	asked, err := s.app.GetConsent(ctx, onetime.Read(r.GetToken()))
	return answer(consentProto, asked, err)
}

func (s *transferService) GiveConsent(ctx context.Context, r *partnerv1.GiveConsentRequest) (*partnerv1.Consent, error) {
	given, err := s.app.GiveConsent(ctx, onetime.Read(r.GetToken()),
		transfers.Consent{Reason: consentReasonFrom(r.GetReason()), Text: r.GetReasonText()})
	return answer(consentProto, given, err)
}

func consentProto(c app.Consent) *partnerv1.Consent {
	return &partnerv1.Consent{
		PartnerDisplayName:  c.PartnerName,
		CustomerDisplayName: c.CustomerName,
		ProductDisplayNames: c.Products,
		EffectiveDate:       c.FirstDay.String(),
		ExpireDate:          c.Expires.String(),
		Given:               c.Given,
		Reason:              consentReasonProto(c.Reason),
	}
}
