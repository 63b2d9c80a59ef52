package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *experienceService) GetResponse(ctx context.Context, r *customerv1.GetResponseRequest) (*customerv1.Response, error) {
	found, err := s.app.GetResponse(ctx, surveys.ResponseID(r.GetResponseId()))
	return answer(responseProto, found, err)
}

func (s *experienceService) ListResponses(ctx context.Context, r *customerv1.ListResponsesRequest) (*customerv1.ListResponsesResponse, error) {
	first, err := optionalMonth("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	var after app.ResponseKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListResponses(ctx, app.ResponseQuery{
		Month: first, Audience: audienceFrom(r.GetAudience()), Touchpoint: touchpoints.ID(r.GetTouchpointId()),
		Customer: customers.ID(r.GetCustomerId()), Partner: subscriptions.PartnerID(r.GetPartnerId()), Detractors: r.GetDetractorsOnly(),
		After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(f surveys.Response) any { return app.ResponseKey{AnswerTime: f.AnswerTime, ID: f.ID} })
	return &customerv1.ListResponsesResponse{Responses: each(found, responseProto), NextPageToken: next}, nil
}

func (s *experienceService) RedactResponse(ctx context.Context, r *customerv1.RedactResponseRequest) (*customerv1.Response, error) {
	redacted, err := s.app.RedactResponse(ctx, surveys.ResponseID(r.GetResponseId()), r.GetEtag())
	return answer(responseProto, redacted, err)
}

func (s *experienceService) BatchImportResponses(ctx context.Context, r *customerv1.BatchImportResponsesRequest) (*customerv1.BatchImportResponsesResponse, error) {
	given := make([]app.Imported, len(r.GetResponses()))
	for i, g := range r.GetResponses() {
		given[i] = app.Imported{
			Report:     reportFrom(g.GetTouchpointEvent()),
			Answer:     surveys.Answer{Needs: g.Needs, Ease: g.Ease, Enjoyment: g.Enjoyment, Recommend: g.Recommend, Comment: g.GetComment()},
			AnswerTime: g.GetAnswerTime().AsTime(),
		}
	}
	done, err := s.app.BatchImportResponses(ctx, given)
	if err != nil {
		return nil, err
	}
	return &customerv1.BatchImportResponsesResponse{Results: each(done, func(i app.Item[surveys.Response]) *customerv1.ResponseResult {
		if i.Refusal != nil {
			return &customerv1.ResponseResult{Result: &customerv1.ResponseResult_Error{Error: itemErrorProto(i.Refusal)}}
		}
		return &customerv1.ResponseResult{Result: &customerv1.ResponseResult_Response{Response: responseProto(i.Result)}}
	})}, nil
}

func itemErrorProto(refusal *fault.Error) *customerv1.ExperienceItemError {
	return &customerv1.ExperienceItemError{Reason: string(refusal.Reason), Field: refusal.Field, Message: refusal.Message}
}

func responseProto(r surveys.Response) *customerv1.Response {
	return &customerv1.Response{
		ResponseId: string(r.ID), EventId: string(r.EventID), TouchpointId: string(r.Touchpoint), TouchpointVersion: r.Version,
		Audience: audienceProto(r.Audience), CustomerId: string(r.Customer), ContactId: r.Contact, PartnerId: string(r.Facts.Partner),
		ProductId:   r.Facts.Product,
		Segment:     customerv1.Segment(customerv1.Segment_value["SEGMENT_"+string(r.Facts.Segment)]),
		CountryCode: string(r.Facts.Country), Region: string(r.Facts.Region),
		Needs: r.Answer.Needs, Ease: r.Answer.Ease, Enjoyment: r.Answer.Enjoyment, Recommend: r.Answer.Recommend, Comment: r.Answer.Comment,
		AnswerTime: instant(r.AnswerTime), RedactTime: instant(r.RedactTime), Etag: r.Revision.Etag(),
	}
}
