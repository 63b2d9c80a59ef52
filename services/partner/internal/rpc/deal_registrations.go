package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type dealRegistrationService struct {
	partnerv1.UnimplementedDealRegistrationServiceServer
	app *app.App
}

func (s *dealRegistrationService) CheckConflict(ctx context.Context, r *partnerv1.CheckConflictRequest) (*partnerv1.CheckConflictResponse, error) {
	conflict, err := s.app.CheckConflict(ctx, r.GetDomain(), r.GetFamilyId())
	if err != nil {
		return nil, err
	}
	return &partnerv1.CheckConflictResponse{Conflict: conflict}, nil
}

func (s *dealRegistrationService) CreateDealRegistration(ctx context.Context, r *partnerv1.CreateDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	deal, err := dealFrom(r.GetDealRegistration())
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateDealRegistration(ctx, partners.ID(r.GetDealRegistration().GetPartnerId()), deal)
	return answer(registrationProto, created, err)
}

func (s *dealRegistrationService) GetDealRegistration(ctx context.Context, r *partnerv1.GetDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	found, err := s.app.GetDealRegistration(ctx, registrations.ID(r.GetDealRegistrationId()))
	return answer(registrationProto, found, err)
}

func (s *dealRegistrationService) ListDealRegistrations(ctx context.Context, r *partnerv1.ListDealRegistrationsRequest) (*partnerv1.ListDealRegistrationsResponse, error) {
	var before registrations.ID
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListDealRegistrations(ctx, registrations.Query{
		Partner: partners.ID(r.GetPartnerId()), State: registrations.State(word(r.GetState().String(), registrationPrefix)),
		Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(one registrations.Registration) any { return one.ID })
	return &partnerv1.ListDealRegistrationsResponse{DealRegistrations: each(found, registrationProto), NextPageToken: next}, nil
}

func (s *dealRegistrationService) UpdateDealRegistration(ctx context.Context, r *partnerv1.UpdateDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	deal, err := dealFrom(r.GetDealRegistration())
	if err != nil {
		return nil, err
	}
	updated, err := s.app.UpdateDealRegistration(ctx,
		registrationTarget(r.GetDealRegistration().GetDealRegistrationId(), r.GetDealRegistration().GetEtag()),
		registrations.Update{Fields: dealMask(r), Deal: deal})
	return answer(registrationProto, updated, err)
}

func (s *dealRegistrationService) SubmitDealRegistration(ctx context.Context, r *partnerv1.SubmitDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	submitted, err := s.app.SubmitDealRegistration(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()))
	return answer(registrationProto, submitted, err)
}

func (s *dealRegistrationService) RequestInformation(ctx context.Context, r *partnerv1.RequestInformationRequest) (*partnerv1.DealRegistration, error) {
	asked, err := s.app.RequestInformation(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()),
		registrations.Request{Fields: r.GetFields(), Note: r.GetNote()})
	return answer(registrationProto, asked, err)
}

func (s *dealRegistrationService) ApproveDealRegistration(ctx context.Context, r *partnerv1.ApproveDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	approved, err := s.app.ApproveDealRegistration(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()))
	return answer(registrationProto, approved, err)
}

func (s *dealRegistrationService) RejectDealRegistration(ctx context.Context, r *partnerv1.RejectDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	rejected, err := s.app.RejectDealRegistration(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()), r.GetNote())
	return answer(registrationProto, rejected, err)
}

func (s *dealRegistrationService) ExtendDealRegistration(ctx context.Context, r *partnerv1.ExtendDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	extended, err := s.app.ExtendDealRegistration(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()))
	return answer(registrationProto, extended, err)
}

func (s *dealRegistrationService) WithdrawDealRegistration(ctx context.Context, r *partnerv1.WithdrawDealRegistrationRequest) (*partnerv1.DealRegistration, error) {
	withdrawn, err := s.app.WithdrawDealRegistration(ctx, registrationTarget(r.GetDealRegistrationId(), r.GetEtag()))
	return answer(registrationProto, withdrawn, err)
}

func registrationTarget(id, etag string) app.Target[registrations.ID] {
	return app.Target[registrations.ID]{ID: registrations.ID(id), Etag: etag}
}
