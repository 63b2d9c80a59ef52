package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

type marginService struct {
	commissionv1.UnimplementedMarginServiceServer
	app *app.App
}

func (s *marginService) CalculateMargin(ctx context.Context, r *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	q, err := questionOf(r)
	if err != nil {
		return nil, err
	}
	c, err := s.app.CalculateMargin(ctx, q)
	if err != nil {
		return nil, err
	}
	return calculationProto(c), nil
}

func (s *marginService) BatchCalculateMargin(ctx context.Context, r *commissionv1.BatchCalculateMarginRequest) (*commissionv1.BatchCalculateMarginResponse, error) {
	results := make([]*commissionv1.BatchCalculateMarginResult, len(r.GetRequests()))
	questions := make([]app.Question, 0, len(results))
	places := make([]int, 0, len(results))
	for i, item := range r.GetRequests() {
		q, err := checkedQuestion(item)
		if err != nil {
			results[i] = failedCalculation(err)
			continue
		}
		questions, places = append(questions, q), append(places, i)
	}
	answers, err := s.app.BatchCalculateMargin(ctx, questions)
	if err != nil {
		return nil, err
	}
	for n, i := range places {
		results[i] = batchResult(&answers[n])
	}
	return &commissionv1.BatchCalculateMarginResponse{Results: results}, nil
}

func checkedQuestion(item *commissionv1.CalculateMarginRequest) (app.Question, error) {
	if err := checkItem(item); err != nil {
		return app.Question{}, err
	}
	return questionOf(item)
}

func batchResult(a *app.Answer) *commissionv1.BatchCalculateMarginResult {
	if a.Err != nil {
		return failedCalculation(a.Err)
	}
	return &commissionv1.BatchCalculateMarginResult{
		Result: &commissionv1.BatchCalculateMarginResult_Calculation{Calculation: calculationProto(a.Calculation)},
	}
}

func failedCalculation(err error) *commissionv1.BatchCalculateMarginResult {
	return &commissionv1.BatchCalculateMarginResult{Result: &commissionv1.BatchCalculateMarginResult_Error{Error: itemError(err)}}
}

func (s *marginService) GetCalculation(ctx context.Context, r *commissionv1.GetCalculationRequest) (*commissionv1.Calculation, error) {
	c, err := s.app.GetCalculation(ctx, r.GetCalculationId())
	if err != nil {
		return nil, err
	}
	return calculationProto(&c), nil
}

func (s *marginService) CompareCalculations(ctx context.Context, r *commissionv1.CompareCalculationsRequest) (*commissionv1.CompareCalculationsResponse, error) {
	differences, err := s.app.CompareCalculations(ctx, r.GetLeftCalculationId(), r.GetRightCalculationId())
	if err != nil {
		return nil, err
	}
	return &commissionv1.CompareCalculationsResponse{Differences: each(differences, differenceProto)}, nil
}

// questionOf fills what the contract lets callers leave out.
func questionOf(r *commissionv1.CalculateMarginRequest) (app.Question, error) {
	net, err := amountOf("net", r.GetNet())
	if err != nil {
		return app.Question{}, err
	}
	on, err := date("on_date", r.GetOnDate())
	if err != nil {
		return app.Question{}, err
	}
	q := app.Question{
		PartnerID: r.GetPartnerId(), FamilyID: r.GetFamilyId(), Segment: segmentOf(r.GetSegment()), RelationshipID: r.GetRelationshipId(),
		Net: net, On: on, Billing: billingOf(r.GetBilling()), Months: int(r.GetTermMonths()),
	}
	if r.GetBilling() == customerv1.Billing_BILLING_UNSPECIFIED {
		q.Billing = margin.Prepaid
	}
	if q.Months == 0 {
		q.Months = 12
	}
	return q, nil
}

func differenceProto(d records.Difference) *commissionv1.Difference {
	return &commissionv1.Difference{Field: d.Field, Left: d.Left, Right: d.Right, Sentence: d.Sentence}
}
