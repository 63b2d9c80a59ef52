package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type disputeService struct {
	commissionv1.UnimplementedDisputeServiceServer
	finance *finance.App
}

func (s *disputeService) OpenDispute(ctx context.Context, r *commissionv1.OpenDisputeRequest) (*commissionv1.Dispute, error) {
	claimed, err := optionalAmountOf("claimed", r.GetClaimed())
	if err != nil {
		return nil, err
	}
	opened, err := s.finance.OpenDispute(ctx, finance.NewDispute{LineID: r.GetLineId(), Reason: r.GetReasonText(), Claimed: claimed})
	return answer(disputeProto, opened, err)
}

func (s *disputeService) GetDispute(ctx context.Context, r *commissionv1.GetDisputeRequest) (*commissionv1.Dispute, error) {
	found, err := s.finance.GetDispute(ctx, r.GetDisputeId())
	return answer(disputeProto, found, err)
}

func (s *disputeService) ListDisputes(ctx context.Context, r *commissionv1.ListDisputesRequest) (*commissionv1.ListDisputesResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListDisputes(ctx, finance.DisputeFilter{
		PartnerID: r.GetPartnerId(), StatementID: r.GetStatementId(), LineID: r.GetLineId(), State: disputeStateOf(r.GetState()),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last statement.Dispute) any { return last.ID })
	return &commissionv1.ListDisputesResponse{Disputes: each(found, disputeProto), NextPageToken: next}, nil
}

func (s *disputeService) CommentDispute(ctx context.Context, r *commissionv1.CommentDisputeRequest) (*commissionv1.Dispute, error) {
	said, err := s.finance.CommentDispute(ctx, r.GetDisputeId(), r.GetText())
	return answer(disputeProto, said, err)
}

func (s *disputeService) ResolveDispute(ctx context.Context, r *commissionv1.ResolveDisputeRequest) (*commissionv1.Dispute, error) {
	adjustment, err := optionalAmountOf("adjustment", r.GetAdjustment())
	if err != nil {
		return nil, err
	}
	resolved, err := s.finance.ResolveDispute(ctx, finance.DisputeDecision{
		DisputeID: r.GetDisputeId(), Etag: r.GetEtag(), Outcome: outcomeOf(r.GetOutcome()), Adjustment: adjustment, Text: r.GetResolutionText(),
	})
	return answer(disputeProto, resolved, err)
}

func (s *disputeService) WithdrawDispute(ctx context.Context, r *commissionv1.WithdrawDisputeRequest) (*commissionv1.Dispute, error) {
	withdrawn, err := s.finance.WithdrawDispute(ctx, r.GetDisputeId(), r.GetEtag())
	return answer(disputeProto, withdrawn, err)
}

// optionalAmountOf reads an amount, where none is the zero value.
func optionalAmountOf(field string, m *typev1.Money) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, nil
	}
	return amountOf(field, m)
}

func disputeProto(d statement.Dispute) *commissionv1.Dispute {
	return &commissionv1.Dispute{
		DisputeId: d.ID, LineId: d.LineID, StatementId: d.StatementID, PartnerId: d.PartnerID, State: disputeStateProto(d.State),
		LineAmount: moneyProto(d.Line), Held: moneyProto(d.Held), Claimed: moneyProto(d.Claimed), ReasonText: d.Reason, Comments: each(d.Comments, commentProto),
		Outcome: outcomeProto(d.Outcome), Adjustment: moneyProto(d.Adjustment), ResolutionText: d.Resolution, HoldEntryId: d.HoldEntryID,
		ReleaseEntryId: d.ReleaseEntryID, AdjustmentEntryId: d.AdjustmentEntryID, Opener: d.Opener, OpenTime: instant(d.OpenTime), Closer: d.Closer,
		CloseTime: instant(d.CloseTime), Etag: d.Revision.Etag(),
	}
}

func commentProto(c statement.Comment) *commissionv1.DisputeComment {
	return &commissionv1.DisputeComment{Number: int32(c.Number), Side: sideProto(c.Side), Author: c.Author, Text: c.Text, CreateTime: instant(c.Time)}
}

func disputeStateProto(s statement.DisputeState) commissionv1.DisputeState {
	return commissionv1.DisputeState(commissionv1.DisputeState_value["DISPUTE_STATE_"+string(s)])
}

func disputeStateOf(s commissionv1.DisputeState) statement.DisputeState {
	switch s {
	case commissionv1.DisputeState_DISPUTE_STATE_OPEN:
		return statement.DisputeOpen
	case commissionv1.DisputeState_DISPUTE_STATE_RESOLVED:
		return statement.DisputeResolved
	case commissionv1.DisputeState_DISPUTE_STATE_WITHDRAWN:
		return statement.DisputeWithdrawn
	}
	return ""
}

func outcomeProto(o statement.Outcome) commissionv1.DisputeOutcome {
	return commissionv1.DisputeOutcome(commissionv1.DisputeOutcome_value["DISPUTE_OUTCOME_"+string(o)])
}

func outcomeOf(o commissionv1.DisputeOutcome) statement.Outcome {
	if o == commissionv1.DisputeOutcome_DISPUTE_OUTCOME_UPHELD {
		return statement.Upheld
	}
	return statement.Rejected
}

func sideProto(s statement.Side) commissionv1.DisputeSide {
	return commissionv1.DisputeSide(commissionv1.DisputeSide_value["DISPUTE_SIDE_"+string(s)])
}
