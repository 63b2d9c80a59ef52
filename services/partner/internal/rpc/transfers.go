package rpc

import (
	"context"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type transferService struct {
	partnerv1.UnimplementedTransferServiceServer
	app *app.App
}

func (s *transferService) RequestTransfer(ctx context.Context, r *partnerv1.RequestTransferRequest) (*partnerv1.Transfer, error) {
	effective, err := date("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	requested, err := s.app.RequestTransfer(ctx, app.TransferRequest{
		PartnerID: partners.ID(r.GetPartnerId()), Domain: r.GetDomain(), FamilyID: r.GetFamilyId(), Effective: effective,
		ContactEmail: r.GetContactEmail(), PartnerReference: r.GetPartnerReference(),
	})
	return answer(transferProto, requested, err)
}

func (s *transferService) AssignTransfer(ctx context.Context, r *partnerv1.AssignTransferRequest) (*partnerv1.Transfer, error) {
	effective, err := date("effective_date", r.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	assigned, err := s.app.AssignTransfer(ctx, app.Assignment{
		SubscriptionID: r.GetSubscriptionId(), PartnerID: partners.ID(r.GetPartnerId()), Effective: effective, Text: r.GetReasonText(),
	})
	return answer(transferProto, assigned, err)
}

func (s *transferService) GetTransfer(ctx context.Context, r *partnerv1.GetTransferRequest) (*partnerv1.Transfer, error) {
	found, err := s.app.GetTransfer(ctx, transfers.ID(r.GetTransferId()))
	return answer(transferProto, found, err)
}

// transferKey is where a page of transfers begins.
type transferKey struct {
	Time time.Time
	ID   transfers.ID
}

func (s *transferService) ListTransfers(ctx context.Context, r *partnerv1.ListTransfersRequest) (*partnerv1.ListTransfersResponse, error) {
	var after transferKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	q := transfers.Query{
		Side: transfers.Side(word(r.GetSide().String(), sidePrefix)), State: transfers.State(word(r.GetState().String(), transferPrefix)),
		AfterTime: after.Time, AfterID: after.ID, Limit: size + 1,
	}
	if id := partners.ID(r.GetPartnerId()); id != "" {
		q.Partners = []partners.ID{id}
	}
	found, err := s.app.ListTransfers(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(v transfers.View) any { return transferKey{v.CreateTime, v.ID} })
	return &partnerv1.ListTransfersResponse{Transfers: each(found, transferProto), NextPageToken: next}, nil
}

func (s *transferService) CancelTransfer(ctx context.Context, r *partnerv1.CancelTransferRequest) (*partnerv1.Transfer, error) {
	cancelled, err := s.app.CancelTransfer(ctx, transferTarget(r))
	return answer(transferProto, cancelled, err)
}

func (s *transferService) ReleaseTransfer(ctx context.Context, r *partnerv1.ReleaseTransferRequest) (*partnerv1.Transfer, error) {
	released, err := s.app.ReleaseTransfer(ctx, transferTarget(r), r.GetSubscriptionId())
	return answer(transferProto, released, err)
}

func (s *transferService) ContestTransfer(ctx context.Context, r *partnerv1.ContestTransferRequest) (*partnerv1.Transfer, error) {
	contested, err := s.app.ContestTransfer(ctx, transferTarget(r), r.GetSubscriptionId(), r.GetReasonText())
	return answer(transferProto, contested, err)
}

func transferTarget(r interface {
	GetTransferId() string
	GetEtag() string
},
) app.Target[transfers.ID] {
	return app.Target[transfers.ID]{ID: transfers.ID(r.GetTransferId()), Etag: r.GetEtag()}
}

// Our words are the contract's without these prefixes.
const (
	transferPrefix = "TRANSFER_STATE_"
	sidePrefix     = "SIDE_"
	reasonPrefix   = "CONSENT_REASON_"
)

func transferProto(v transfers.View) *partnerv1.Transfer {
	return &partnerv1.Transfer{
		TransferId:       string(v.ID),
		PartnerId:        string(v.PartnerID),
		Side:             partnerv1.Side(partnerv1.Side_value[sidePrefix+string(v.Side)]),
		Domain:           v.Domain,
		FamilyId:         v.FamilyID,
		RequestedDate:    v.RequestedDate.String(),
		State:            partnerv1.TransferState(partnerv1.TransferState_value[transferPrefix+string(v.State)]),
		ExpireDate:       v.ExpireDate.String(),
		ConsentTime:      instant(v.ConsentTime),
		ConsentReason:    consentReasonProto(v.ConsentReason),
		ConsentText:      v.ConsentText,
		Moves:            each(v.Moves, moveProto),
		PartnerReference: v.PartnerReference,
		Etag:             v.Etag(),
		CreateTime:       instant(v.CreateTime),
	}
}

func moveProto(m transfers.Move) *partnerv1.Move {
	return &partnerv1.Move{
		SubscriptionId:     m.SubscriptionID,
		ProductId:          m.ProductID,
		EffectiveDate:      m.EffectiveDate.String(),
		IncumbentPartnerId: string(m.Incumbent),
		CaseId:             m.CaseID,
		ContestByDate:      m.ContestBy.String(),
		Contested:          m.Contested,
		Released:           m.Released,
		FailureReason:      string(m.FailureReason),
	}
}

func consentReasonProto(r transfers.Reason) partnerv1.ConsentReason {
	return partnerv1.ConsentReason(partnerv1.ConsentReason_value[reasonPrefix+string(r)])
}

func consentReasonFrom(r partnerv1.ConsentReason) transfers.Reason {
	return transfers.Reason(word(r.String(), reasonPrefix))
}
