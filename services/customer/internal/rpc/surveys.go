package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

func (s *experienceService) GetSurvey(ctx context.Context, r *customerv1.GetSurveyRequest) (*customerv1.Survey, error) {
	asked, err := s.app.GetSurvey(ctx, onetime.Read(r.GetToken()))
	return answer(surveyProto, asked, err)
}

func (s *experienceService) SubmitSurveyResponse(ctx context.Context, r *customerv1.SubmitSurveyResponseRequest) (*customerv1.Survey, error) {
	answered, err := s.app.SubmitSurveyResponse(ctx, onetime.Read(r.GetToken()), surveys.Answer{
		Needs: r.Needs, Ease: r.Ease, Enjoyment: r.Enjoyment, Recommend: r.Recommend, Comment: r.GetComment(),
	})
	return answer(surveyProto, answered, err)
}

func (s *experienceService) LeaveSurveys(ctx context.Context, r *customerv1.LeaveSurveysRequest) (*customerv1.Survey, error) {
	left, err := s.app.LeaveSurveys(ctx, onetime.Read(r.GetToken()))
	return answer(surveyProto, left, err)
}

func surveyProto(s app.Survey) *customerv1.Survey {
	q := s.Touchpoint.Questions
	return &customerv1.Survey{
		DisplayName: s.Touchpoint.Name, Introduction: s.Touchpoint.Introduction, OccurDate: s.OccurDate.String(),
		NeedsQuestion: q.Needs, EaseQuestion: q.Ease, EnjoymentQuestion: q.Enjoyment, RecommendQuestion: q.Recommend,
		CommentQuestion: q.Comment, ExpireDate: s.ExpireDate.String(), Answered: s.Answered, OptedOut: s.OptedOut,
	}
}
