package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

func (s *experienceService) ListTouchpoints(ctx context.Context, r *customerv1.ListTouchpointsRequest) (*customerv1.ListTouchpointsResponse, error) {
	found, err := s.app.ListTouchpoints(ctx, audienceFrom(r.GetAudience()))
	if err != nil {
		return nil, err
	}
	response := &customerv1.ListTouchpointsResponse{}
	for _, t := range found {
		if t.Active || r.GetIncludeRetired() {
			response.Touchpoints = append(response.Touchpoints, touchpointProto(t))
		}
	}
	return response, nil
}

func (s *experienceService) ListTouchpointVersions(ctx context.Context, r *customerv1.ListTouchpointVersionsRequest) (*customerv1.ListTouchpointVersionsResponse, error) {
	found, err := s.app.ListTouchpointVersions(ctx, touchpoints.ID(r.GetTouchpointId()))
	if err != nil {
		return nil, err
	}
	return &customerv1.ListTouchpointVersionsResponse{Versions: each(found, touchpointProto)}, nil
}

func (s *experienceService) CreateTouchpointVersion(ctx context.Context, r *customerv1.CreateTouchpointVersionRequest) (*customerv1.Touchpoint, error) {
	t := r.GetTouchpoint()
	created, err := s.app.CreateTouchpointVersion(ctx, touchpoints.Draft{
		ID: touchpoints.ID(t.GetTouchpointId()), Audience: audienceFrom(t.GetAudience()), Name: t.GetDisplayName(), Introduction: t.GetIntroduction(),
		Questions: touchpoints.Questions{
			Needs: t.GetNeedsQuestion(), Ease: t.GetEaseQuestion(), Enjoyment: t.GetEnjoymentQuestion(),
			Recommend: t.GetRecommendQuestion(), Comment: t.GetCommentQuestion(),
		},
		Active: !t.GetRetired(), Etag: t.GetEtag(),
	})
	return answer(touchpointProto, created, within("touchpoint", err))
}

func (s *experienceService) ReorderTouchpoints(ctx context.Context, r *customerv1.ReorderTouchpointsRequest) (*customerv1.ListTouchpointsResponse, error) {
	ordered, err := s.app.ReorderTouchpoints(ctx, app.Reordering{
		Audience: audienceFrom(r.GetAudience()), Order: idsFrom[touchpoints.ID](r.GetTouchpointIds()),
	})
	if err != nil {
		return nil, err
	}
	return &customerv1.ListTouchpointsResponse{Touchpoints: each(ordered, touchpointProto)}, nil
}

func (s *experienceService) GetSurveyPolicy(ctx context.Context, _ *customerv1.GetSurveyPolicyRequest) (*customerv1.SurveyPolicy, error) {
	found, err := s.app.GetSurveyPolicy(ctx)
	return answer(policyProto, found, err)
}

func (s *experienceService) CreateSurveyPolicyVersion(ctx context.Context, r *customerv1.CreateSurveyPolicyVersionRequest) (*customerv1.SurveyPolicy, error) {
	p := r.GetSurveyPolicy()
	created, err := s.app.CreateSurveyPolicyVersion(ctx, surveys.Policy{
		ContactLimit: p.GetContactLimit(), ContactDays: p.GetContactDays(),
		OrganisationLimit: p.GetOrganisationLimit(), OrganisationDays: p.GetOrganisationDays(),
		QuietFromHour: p.GetQuietFromHour(), QuietUntilHour: p.GetQuietUntilHour(), QuietWeekends: p.GetQuietWeekends(),
		AskWithinDays: p.GetAskWithinDays(), LinkDays: p.GetLinkDays(),
	}, p.GetEtag())
	return answer(policyProto, created, within("survey_policy", err))
}

func audienceFrom(v customerv1.Audience) touchpoints.Audience {
	return word[touchpoints.Audience]("AUDIENCE_", v)
}

func audienceProto(a touchpoints.Audience) customerv1.Audience {
	return customerv1.Audience(customerv1.Audience_value["AUDIENCE_"+string(a)])
}

func touchpointProto(t touchpoints.Touchpoint) *customerv1.Touchpoint {
	return &customerv1.Touchpoint{
		TouchpointId: string(t.ID), Version: t.Version, Audience: audienceProto(t.Audience), Position: t.Position, DisplayName: t.Name,
		Introduction: t.Introduction, NeedsQuestion: t.Questions.Needs, EaseQuestion: t.Questions.Ease,
		EnjoymentQuestion: t.Questions.Enjoyment, RecommendQuestion: t.Questions.Recommend, CommentQuestion: t.Questions.Comment,
		Retired: !t.Active, Etag: t.Etag(), CreateTime: instant(t.CreateTime),
	}
}

func policyProto(p surveys.Policy) *customerv1.SurveyPolicy {
	return &customerv1.SurveyPolicy{
		Version: p.Version, ContactLimit: p.ContactLimit, ContactDays: p.ContactDays,
		OrganisationLimit: p.OrganisationLimit, OrganisationDays: p.OrganisationDays,
		QuietFromHour: p.QuietFromHour, QuietUntilHour: p.QuietUntilHour, QuietWeekends: p.QuietWeekends,
		AskWithinDays: p.AskWithinDays, LinkDays: p.LinkDays, Etag: p.Etag(), CreateTime: instant(p.CreateTime),
	}
}
