package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *marginService) GetRelationship(ctx context.Context, r *commissionv1.GetRelationshipRequest) (*commissionv1.Relationship, error) {
	found, err := s.app.GetRelationship(ctx, r.GetRelationshipId())
	return answer(relationshipProto, found, err)
}

func (s *marginService) ListRelationships(ctx context.Context, r *commissionv1.ListRelationshipsRequest) (*commissionv1.ListRelationshipsResponse, error) {
	var after string
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListRelationships(ctx,
		app.RelationshipFilter{PartnerID: r.GetPartnerId(), SubscriptionID: r.GetSubscriptionId()}, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(r records.Relationship) any { return r.ID })
	return &commissionv1.ListRelationshipsResponse{Relationships: each(found, relationshipProto), NextPageToken: next}, nil
}

func (s *marginService) BatchImportRelationships(ctx context.Context, r *commissionv1.BatchImportRelationshipsRequest) (*commissionv1.BatchImportRelationshipsResponse, error) {
	imported, err := s.app.BatchImportRelationships(ctx, agreedMargins(r.GetRelationships()))
	if err != nil {
		return nil, err
	}
	return &commissionv1.BatchImportRelationshipsResponse{Results: each(imported, importedProto)}, nil
}

func (s *marginService) AcceptCardRate(ctx context.Context, r *commissionv1.AcceptCardRateRequest) (*commissionv1.Relationship, error) {
	accepted, err := s.app.AcceptCardRate(ctx, r.GetSubscriptionId(), (*money.Bps)(r.ExpectedBps))
	return answer(relationshipProto, accepted, err)
}

func (s *marginService) ProposeRaise(ctx context.Context, r *commissionv1.ProposeRaiseRequest) (*commissionv1.Relationship, error) {
	proposed, err := s.app.ProposeRaise(ctx, app.Raise{RelationshipID: r.GetRelationshipId(), Etag: r.GetEtag(), To: money.Bps(r.GetBps())})
	return answer(relationshipProto, proposed, err)
}

func (s *marginService) ApproveRaise(ctx context.Context, r *commissionv1.ApproveRaiseRequest) (*commissionv1.Relationship, error) {
	approved, err := s.app.ApproveRaise(ctx, app.Raise{RelationshipID: r.GetRelationshipId(), Etag: r.GetEtag()})
	return answer(relationshipProto, approved, err)
}

func agreedMargins(items []*commissionv1.RelationshipImport) []app.AgreedMargin {
	rows := make([]app.AgreedMargin, len(items))
	for i, item := range items {
		lockedOn, err := date("lock_date", item.GetLockDate())
		if broken := checkItem(item); broken != nil {
			err = broken
		}
		rows[i] = app.AgreedMargin{
			SubscriptionID: item.GetSubscriptionId(), ExternalID: item.GetExternalId(), PartnerID: item.GetPartnerId(),
			Rate: money.Bps(item.GetLockedBps()), LockedOn: lockedOn,
		}
		if err != nil {
			rows[i].Refused = refusalOf(err)
		}
	}
	return rows
}

func importedProto(i app.Imported) *commissionv1.RelationshipImportResult {
	if i.Refused != nil {
		return &commissionv1.RelationshipImportResult{Result: &commissionv1.RelationshipImportResult_Error{Error: itemError(i.Refused)}}
	}
	return &commissionv1.RelationshipImportResult{Result: &commissionv1.RelationshipImportResult_RelationshipId{RelationshipId: i.RelationshipID}}
}

func relationshipProto(r records.Relationship) *commissionv1.Relationship {
	p := &commissionv1.Relationship{
		RelationshipId: r.ID,
		SubscriptionId: r.SubscriptionID,
		PartnerId:      r.PartnerID,
		FromDate:       r.From.String(),
		UntilDate:      r.Until.String(),
		SettlementMode: modeProto(r.Mode),
		LockedBps:      int32(r.Lock.Rate),
		LockDate:       r.Lock.On.String(),
		RateCardId:     r.Lock.RateCardID,
		EffectiveBps:   int32(r.Effective),
		Raise:          raiseProto(r.Coming),
		Etag:           r.Revision.Etag(),
		CreateTime:     instant(r.CreateTime),
		CaseId:         r.Case.ID,
		TransferId:     r.TransferID,
	}
	if r.Cap != nil {
		p.Cap = &commissionv1.Cap{
			Bps: int32(r.Cap.Rate), UntilDate: r.Cap.Until.String(), CodeVersionId: r.Cap.CodeVersionID, AppealByDate: r.Cap.AppealBy.String(),
		}
	}
	return p
}

func raiseProto(r *margin.Raise) *commissionv1.Raise {
	if r == nil {
		return nil
	}
	return &commissionv1.Raise{Bps: int32(r.Rate), EffectiveDate: r.From.String(), Proposer: r.Proposer, Approver: r.Approver}
}
