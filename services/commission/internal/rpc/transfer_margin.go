package rpc

import (
	"context"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *marginService) PreviewTransferMargin(ctx context.Context, r *commissionv1.PreviewTransferMarginRequest) (*commissionv1.PreviewTransferMarginResponse, error) {
	q := app.TransferQuestion{TransferID: r.GetTransferId(), Segment: segmentOf(r.GetSegment())}
	if r.GetNet() != nil {
		var err error
		if q.Net, err = amountOf("net", r.GetNet()); err != nil {
			return nil, err
		}
	}
	preview, err := s.app.PreviewTransferMargin(ctx, q)
	return answer(transferPreviewProto, preview, err)
}

func (s *marginService) ListTermShares(ctx context.Context, r *commissionv1.ListTermSharesRequest) (*commissionv1.ListTermSharesResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	filter := app.TermShareFilter{SubscriptionID: r.GetSubscriptionId(), TransferID: r.GetTransferId(), PartnerID: r.GetPartnerId()}
	found, err := s.app.ListTermShares(ctx, filter, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(s records.TermShare) any { return s.ID })
	return &commissionv1.ListTermSharesResponse{TermShares: each(found, termShareProto), NextPageToken: next}, nil
}

func (s *marginService) ListWithholdings(ctx context.Context, r *commissionv1.ListWithholdingsRequest) (*commissionv1.ListWithholdingsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListWithholdings(ctx, app.WithholdingFilter{
		CaseID: r.GetCaseId(), SubscriptionID: r.GetSubscriptionId(), PartnerID: r.GetPartnerId(), State: withholdingStateOf(r.GetState()),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(w records.Withholding) any { return w.ID })
	return &commissionv1.ListWithholdingsResponse{Withholdings: each(found, withholdingProto), NextPageToken: next}, nil
}

const withholdingStateEnum = "WITHHOLDING_STATE_"

func withholdingStateOf(s commissionv1.WithholdingState) records.WithholdingState {
	if s == commissionv1.WithholdingState_WITHHOLDING_STATE_UNSPECIFIED {
		return ""
	}
	return records.WithholdingState(strings.TrimPrefix(s.String(), withholdingStateEnum))
}

func transferPreviewProto(p app.TransferPreview) *commissionv1.PreviewTransferMarginResponse {
	return &commissionv1.PreviewTransferMarginResponse{Side: p.Side, Margins: each(p.Margins, transferMarginProto)}
}

func transferMarginProto(m app.TransferMargin) *commissionv1.TransferMargin {
	p := &commissionv1.TransferMargin{
		SubscriptionId: m.SubscriptionID, EffectiveDate: m.Effective.String(), KeptNet: moneyProto(m.KeptNet), KeptMargin: moneyProto(m.KeptMargin),
	}
	if m.IfClean != nil {
		p.IfClean, p.IfPoached = calculationProto(m.IfClean), calculationProto(m.IfPoached)
	}
	return p
}

func termShareProto(s records.TermShare) *commissionv1.TermShare {
	return &commissionv1.TermShare{
		TermShareId: s.ID, SubscriptionId: s.SubscriptionID, PartnerId: s.PartnerID, RelationshipId: s.RelationshipID, TransferId: s.TransferID,
		TermStartDate: s.Term.Start.String(), TermEndDate: s.Term.End.String(), FromDate: s.Span.Start.String(), UntilDate: s.Span.End.String(),
		Net: moneyProto(s.Net), Margin: moneyProto(s.Margin), EffectiveBps: int32(s.Effective), SettlementMode: modeProto(s.Mode),
		Instalments: each(s.Instalments, instalmentProto), CreateTime: instant(s.CreateTime),
	}
}

func instalmentProto(i margin.Instalment) *commissionv1.Instalment {
	return &commissionv1.Instalment{Number: int32(i.Number), StartDate: i.Start.String(), Net: moneyProto(i.Net), Margin: moneyProto(i.Margin)}
}

func withholdingProto(w records.Withholding) *commissionv1.Withholding {
	return &commissionv1.Withholding{
		WithholdingId: w.ID, CaseId: w.CaseID, PartnerId: w.PartnerID, SubscriptionId: w.SubscriptionID, SourceId: w.SourceID,
		AgreedMargin: moneyProto(w.Agreed), CappedMargin: moneyProto(w.Capped), Amount: moneyProto(w.Amount()),
		State: commissionv1.WithholdingState(commissionv1.WithholdingState_value[withholdingStateEnum+string(w.State)]),
		Etag:  w.Revision.Etag(), CreateTime: instant(w.CreateTime), UpdateTime: instant(w.UpdateTime),
	}
}
