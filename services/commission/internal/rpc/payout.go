package rpc

import (
	"context"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type payoutService struct {
	commissionv1.UnimplementedPayoutServiceServer
	finance *finance.App
}

func (s *payoutService) CreatePayoutBatch(ctx context.Context, r *commissionv1.CreatePayoutBatchRequest) (*commissionv1.PayoutBatch, error) {
	on, err := requiredDate("execution_date", r.GetExecutionDate())
	if err != nil {
		return nil, err
	}
	proposed, err := s.finance.CreatePayoutBatch(ctx, finance.NewBatch{
		Currency: r.GetCurrencyCode(), PartnerID: r.GetPartnerId(), ExecuteOn: on, Only: r.GetValidateOnly(),
	})
	return answer(batchProto, proposed, err)
}

func (s *payoutService) ApprovePayoutBatch(ctx context.Context, r *commissionv1.ApprovePayoutBatchRequest) (*commissionv1.PayoutBatch, error) {
	approved, err := s.finance.ApprovePayoutBatch(ctx, r.GetPayoutBatchId(), r.GetEtag())
	return answer(batchProto, approved, err)
}

func (s *payoutService) CancelPayoutBatch(ctx context.Context, r *commissionv1.CancelPayoutBatchRequest) (*commissionv1.PayoutBatch, error) {
	cancelled, err := s.finance.CancelPayoutBatch(ctx, r.GetPayoutBatchId(), r.GetEtag())
	return answer(batchProto, cancelled, err)
}

func (s *payoutService) GetPayoutBatch(ctx context.Context, r *commissionv1.GetPayoutBatchRequest) (*commissionv1.PayoutBatch, error) {
	found, err := s.finance.GetPayoutBatch(ctx, r.GetPayoutBatchId())
	return answer(batchProto, found, err)
}

func (s *payoutService) ListPayoutBatches(ctx context.Context, r *commissionv1.ListPayoutBatchesRequest) (*commissionv1.ListPayoutBatchesResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListPayoutBatches(ctx, finance.BatchFilter{
		Currency: r.GetCurrencyCode(), State: payout.BatchState(after(batchStates, r.GetState().String())),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(b payout.Batch) any { return b.ID })
	return &commissionv1.ListPayoutBatchesResponse{PayoutBatches: each(found, batchProto), NextPageToken: next}, nil
}

func (s *payoutService) ExportPayoutBatch(ctx context.Context, r *commissionv1.ExportPayoutBatchRequest) (*typev1.File, error) {
	order, err := s.finance.ExportPayoutBatch(ctx, r.GetPayoutBatchId())
	if err != nil {
		return nil, err
	}
	if r.GetFormat() == commissionv1.PayoutFormat_PAYOUT_FORMAT_CSV {
		return file(order.ID+".csv", "text/csv; charset=utf-8; header=present", order.CSV)
	}
	return file(order.ID+".xml", "application/xml", order.PAIN001)
}

func file(name, contentType string, write func() ([]byte, error)) (*typev1.File, error) {
	content, err := write()
	if err != nil {
		return nil, err
	}
	return &typev1.File{FileName: name, ContentType: contentType, Content: content}, nil
}

func (s *payoutService) GetPayout(ctx context.Context, r *commissionv1.GetPayoutRequest) (*commissionv1.Payout, error) {
	found, err := s.finance.GetPayout(ctx, r.GetPayoutId())
	return answer(payoutProto, found, err)
}

func (s *payoutService) ListPayouts(ctx context.Context, r *commissionv1.ListPayoutsRequest) (*commissionv1.ListPayoutsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListPayouts(ctx, finance.PayoutFilter{
		BatchID: r.GetPayoutBatchId(), PartnerID: r.GetPartnerId(), StatementID: r.GetStatementId(),
		State: payout.State(after(payoutStates, r.GetState().String())),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(p payout.Payout) any { return p.ID })
	return &commissionv1.ListPayoutsResponse{Payouts: each(found, payoutProto), NextPageToken: next}, nil
}

func (s *payoutService) RecordPayoutResults(ctx context.Context, r *commissionv1.RecordPayoutResultsRequest) (*commissionv1.RecordPayoutResultsResponse, error) {
	answers := make([]finance.BankAnswer, len(r.GetResults()))
	for i, result := range r.GetResults() {
		answers[i] = bankAnswer(result)
	}
	recorded, err := s.finance.RecordPayoutResults(ctx, answers)
	if err != nil {
		return nil, err
	}
	return &commissionv1.RecordPayoutResultsResponse{Results: each(recorded, recordedProto)}, nil
}

// bankAnswer reads one answer of a batch, or why it can't be read.
func bankAnswer(r *commissionv1.PayoutResult) finance.BankAnswer {
	if err := checkItem(r); err != nil {
		return finance.BankAnswer{Err: refusalOf(err)}
	}
	on, err := requiredDate("value_date", r.GetValueDate())
	if err != nil {
		return finance.BankAnswer{Err: refusalOf(err)}
	}
	return finance.BankAnswer{Result: payout.Result{
		PayoutID: r.GetPayoutId(), Outcome: payout.State(after("PAYOUT_OUTCOME_", r.GetOutcome().String())),
		Answer: payout.Answer{Reference: r.GetBankReference(), ValueOn: on, Text: r.GetReasonText()},
	}}
}

// after is the name of an enum's value without its prefix; the empty name for
// the one that was not given.
func after(prefix, name string) string {
	if name = strings.TrimPrefix(name, prefix); name == "UNSPECIFIED" {
		return ""
	}
	return name
}
