package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *reportService) SearchComments(ctx context.Context, r *customerv1.SearchCommentsRequest) (*customerv1.SearchCommentsResponse, error) {
	q := app.CommentQuery{Words: r.GetQuery(), RecommendAtMost: r.RecommendAtMost}
	size, err := page.Begin(r, &q.After)
	if err != nil {
		return nil, err
	}
	q.Limit = size + 1
	if q.Choice, err = choiceFrom(r); err != nil {
		return nil, err
	}
	found, err := s.app.SearchComments(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(c app.Comment) any { return c.Key() })
	return &customerv1.SearchCommentsResponse{Comments: each(found, commentProto), NextPageToken: next}, nil
}

func (s *reportService) ExportComments(ctx context.Context, r *customerv1.ExportCommentsRequest) (*typev1.File, error) {
	choice, err := choiceFrom(r)
	if err != nil {
		return nil, err
	}
	file, err := s.app.ExportComments(ctx, app.CommentQuery{Choice: choice, Words: r.GetQuery()})
	return answer(fileProto, file, err)
}

func commentProto(c app.Comment) *customerv1.Comment {
	return &customerv1.Comment{
		ResponseId: c.ResponseID, Comment: c.Text, Audience: customerv1.Audience(customerv1.Audience_value["AUDIENCE_"+string(c.Audience)]),
		TouchpointId: c.Touchpoint, CustomerId: c.Customer, PartnerId: c.Partner, ProductId: c.Product,
		Segment: customerv1.Segment(customerv1.Segment_value["SEGMENT_"+c.Segment]), Region: c.Region,
		Needs: c.Needs, Ease: c.Ease, Enjoyment: c.Enjoyment, Recommend: c.Recommend, AnswerTime: instant(c.AnswerTime),
	}
}
