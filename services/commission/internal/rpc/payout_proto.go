package rpc

import (
	"fmt"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// The names of payouts' enums begin so.
const (
	batchStates  = "PAYOUT_BATCH_STATE_"
	payoutStates = "PAYOUT_STATE_"
	obstacles    = "PAYOUT_OBSTACLE_"
)

func payoutStateProto(s payout.State) commissionv1.PayoutState {
	return commissionv1.PayoutState(commissionv1.PayoutState_value[payoutStates+string(s)])
}

func obstacleProto(o payout.Obstacle) commissionv1.PayoutObstacle {
	return commissionv1.PayoutObstacle(commissionv1.PayoutObstacle_value[obstacles+string(o)])
}

func batchProto(b payout.Batch) *commissionv1.PayoutBatch {
	return &commissionv1.PayoutBatch{
		PayoutBatchId: b.ID,
		CurrencyCode:  string(b.Currency),
		PartnerId:     b.PartnerID,
		ExecutionDate: b.ExecuteOn.String(),
		State:         commissionv1.PayoutBatchState(commissionv1.PayoutBatchState_value[batchStates+string(b.State)]),
		PayoutCount:   int32(b.Count),
		Total:         moneyProto(b.Total),
		Sums:          each(b.Sums, sumProto),
		Proposer:      b.Proposer,
		Approver:      b.Approver,
		Canceller:     b.Canceller,
		Payouts:       each(b.Payouts, payoutProto),
		Omissions:     each(b.Omissions, omissionProto),
		Etag:          b.Revision.Etag(),
		CreateTime:    instant(b.CreateTime),
		ApproveTime:   instant(b.ApproveTime),
		CancelTime:    instant(b.CancelTime),
		InstructTime:  instant(b.InstructTime),
		CompleteTime:  instant(b.CompleteTime),
		ExportTime:    instant(b.ExportTime),
	}
}

func sumProto(s payout.Sum) *commissionv1.PayoutSum {
	return &commissionv1.PayoutSum{State: payoutStateProto(s.State), PayoutCount: int32(s.Count), Total: moneyProto(s.Total)}
}

func omissionProto(o payout.Omission) *commissionv1.PayoutOmission {
	return &commissionv1.PayoutOmission{
		PartnerId: o.PartnerID, StatementId: o.StatementID, Left: moneyProto(o.Left), Obstacle: obstacleProto(o.Obstacle), Detail: o.Detail,
	}
}

func payoutProto(p payout.Payout) *commissionv1.Payout {
	return &commissionv1.Payout{
		PayoutId:        p.ID,
		PayoutBatchId:   p.BatchID,
		PartnerId:       p.PartnerID,
		StatementId:     p.StatementID,
		StatementMonth:  monthText(p.Month),
		DocumentNumber:  p.Document,
		Amount:          moneyProto(p.Amount),
		PayoutAccountId: p.Account.ID,
		MaskedAccount:   p.Account.Masked,
		HolderName:      p.Account.Holder,
		ExecutionDate:   p.ExecuteOn.String(),
		RemittanceText:  p.Text(),
		State:           payoutStateProto(p.State),
		Obstacle:        obstacleProto(p.Obstacle),
		Detail:          p.Detail,
		InstructDate:    p.InstructedOn.String(),
		Paid:            answerProto(p.Paid),
		Returned:        answerProto(p.Returned),
		CreateTime:      instant(p.CreateTime),
		UpdateTime:      instant(p.UpdateTime),
	}
}

// monthText is a month by its first day.
func monthText(first calendar.Date) string {
	year, month, _ := first.Civil()
	return fmt.Sprintf("%04d-%02d", year, month)
}

func answerProto(a *payout.Answer) *commissionv1.PayoutAnswer {
	if a == nil {
		return nil
	}
	return &commissionv1.PayoutAnswer{
		BankReference: a.Reference, ValueDate: a.ValueOn.String(), ReasonText: a.Text, Actor: a.Actor, RecordTime: instant(a.At),
	}
}

func recordedProto(r finance.RecordedAnswer) *commissionv1.RecordedPayoutResult {
	if r.Refusal != nil {
		return &commissionv1.RecordedPayoutResult{Result: &commissionv1.RecordedPayoutResult_Error{Error: itemError(r.Refusal)}}
	}
	return &commissionv1.RecordedPayoutResult{Result: &commissionv1.RecordedPayoutResult_Payout{Payout: payoutProto(r.Payout)}}
}
