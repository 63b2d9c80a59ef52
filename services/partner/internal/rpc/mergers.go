package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

const mergerPrefix = "MERGER_STATE_"

func (s *partnerService) MergePartners(ctx context.Context, r *partnerv1.MergePartnersRequest) (*partnerv1.MergePartnersResponse, error) {
	merged, err := s.app.MergePartners(ctx, app.Merge{
		Survivor: partners.ID(r.GetPartnerId()), Absorbed: partners.ID(r.GetAbsorbedPartnerId()), ValidateOnly: r.GetValidateOnly(),
	})
	return answer(mergedProto, merged, err)
}

func (s *partnerService) RevertMerger(ctx context.Context, r *partnerv1.RevertMergerRequest) (*partnerv1.Merger, error) {
	reverted, err := s.app.RevertMerger(ctx, app.Target[mergers.ID]{ID: mergers.ID(r.GetMergerId()), Etag: r.GetEtag()})
	return answer(mergerProto, reverted, err)
}

func (s *partnerService) ListMergers(ctx context.Context, r *partnerv1.ListMergersRequest) (*partnerv1.ListMergersResponse, error) {
	var before mergers.ID
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListMergers(ctx, mergers.Query{
		Partner: partners.ID(r.GetPartnerId()), State: mergers.State(word(r.GetState().String(), mergerPrefix)), Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(m mergers.Merger) any { return m.ID })
	return &partnerv1.ListMergersResponse{Mergers: each(found, mergerProto), NextPageToken: next}, nil
}

func mergedProto(m app.Merged) *partnerv1.MergePartnersResponse {
	return &partnerv1.MergePartnersResponse{Merger: mergerProto(m.Merger), Notices: m.Notices, SubscriptionCount: m.Subscriptions}
}

// mergerProto leaves the etag of a preview out, as its id.
func mergerProto(m mergers.Merger) *partnerv1.Merger {
	p := &partnerv1.Merger{
		MergerId:          string(m.ID),
		PartnerId:         string(m.PartnerID),
		AbsorbedPartnerId: string(m.AbsorbedID),
		State:             partnerv1.MergerState(partnerv1.MergerState_value[mergerPrefix+string(m.State)]),
		MergeDate:         m.MergeDate.String(),
		RevertByDate:      m.RevertBy.String(),
		RevertDate:        m.RevertDate.String(),
		Actor:             m.Actor,
		CreateTime:        instant(m.CreateTime),
	}
	if m.ID != "" {
		p.Etag = m.Revision.Etag()
	}
	return p
}
