package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type partnerService struct {
	partnerv1.UnimplementedPartnerServiceServer
	app *app.App
}

func (s *partnerService) CreatePartner(ctx context.Context, r *partnerv1.CreatePartnerRequest) (*partnerv1.Partner, error) {
	p := r.GetPartner()
	created, err := s.app.CreatePartner(ctx, partners.Partner{
		ID: partners.ID(p.GetPartnerId()), DisplayName: p.GetDisplayName(), LegalName: p.GetLegalName(),
		Type: typeFrom(p.GetType()), Country: p.GetCountryCode(),
	})
	return answer(partnerProto, created, err)
}

func (s *partnerService) GetPartner(ctx context.Context, r *partnerv1.GetPartnerRequest) (*partnerv1.Partner, error) {
	found, err := s.app.GetPartner(ctx, partners.ID(r.GetPartnerId()))
	return answer(partnerProto, found, err)
}

func (s *partnerService) ListPartners(ctx context.Context, r *partnerv1.ListPartnersRequest) (*partnerv1.ListPartnersResponse, error) {
	var after partners.ID
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListPartners(ctx, partners.Query{
		Type: typeFrom(r.GetType()), State: stateFrom(r.GetState()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(p partners.Partner) any { return p.ID })
	return &partnerv1.ListPartnersResponse{Partners: each(found, partnerProto), NextPageToken: next}, nil
}

func (s *partnerService) UpdatePartner(ctx context.Context, r *partnerv1.UpdatePartnerRequest) (*partnerv1.Partner, error) {
	p := r.GetPartner()
	updated, err := s.app.UpdatePartner(ctx,
		app.Target[partners.ID]{ID: partners.ID(p.GetPartnerId()), Etag: p.GetEtag()},
		partners.Update{
			Fields: maskFrom(r), DisplayName: p.GetDisplayName(), LegalName: p.GetLegalName(), Country: p.GetCountryCode(),
		})
	return answer(partnerProto, updated, err)
}

func (s *partnerService) SuspendPartner(ctx context.Context, r *partnerv1.SuspendPartnerRequest) (*partnerv1.Partner, error) {
	suspended, err := s.app.SuspendPartner(ctx,
		app.Target[partners.ID]{ID: partners.ID(r.GetPartnerId()), Etag: r.GetEtag()}, causeFrom(r.GetCause()))
	return answer(partnerProto, suspended, err)
}

func (s *partnerService) ReinstatePartner(ctx context.Context, r *partnerv1.ReinstatePartnerRequest) (*partnerv1.Partner, error) {
	reinstated, err := s.app.ReinstatePartner(ctx, app.Target[partners.ID]{ID: partners.ID(r.GetPartnerId()), Etag: r.GetEtag()})
	return answer(partnerProto, reinstated, err)
}

func (s *partnerService) GetSellingTerms(ctx context.Context, r *partnerv1.GetSellingTermsRequest) (*partnerv1.SellingTerms, error) {
	on, err := date("on_date", r.GetOnDate())
	if err != nil {
		return nil, err
	}
	terms, err := s.app.GetSellingTerms(ctx, partners.ID(r.GetPartnerId()), on)
	return answer(sellingTermsProto, terms, err)
}
