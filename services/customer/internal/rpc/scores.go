package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

type reportService struct {
	customerv1.UnimplementedReportServiceServer
	app *app.App
}

func (s *reportService) GetScores(ctx context.Context, r *customerv1.GetScoresRequest) (*customerv1.GetScoresResponse, error) {
	choice, err := choiceFrom(r)
	if err != nil {
		return nil, err
	}
	if choice.From, err = month("from_month", r.GetFromMonth()); err != nil {
		return nil, err
	}
	if choice.To.IsZero() {
		choice.To = choice.From
	}
	if choice.Audience == "" {
		choice.Audience = reports.Customers
	}
	found, err := s.app.GetScores(ctx, choice, word[app.Slicing]("SCORE_DIMENSION_", r.GetGroupBy()))
	return answer(slicedProto, found, err)
}

// chooser are the filters that requests have in common.
type chooser interface {
	GetFromMonth() string
	GetToMonth() string
	GetAudience() customerv1.Audience
	GetTouchpointId() string
	GetProductId() string
}

// whose are the filters that not all have.
type whose interface {
	GetPartnerId() string
	GetSegment() customerv1.Segment
	GetRegion() string
}

func choiceFrom(r chooser) (c app.Choice, err error) {
	c = app.Choice{
		Audience: word[reports.Audience]("AUDIENCE_", r.GetAudience()), Touchpoint: r.GetTouchpointId(), Product: r.GetProductId(),
	}
	if w, ok := r.(whose); ok {
		c.Partner, c.Segment, c.Region = w.GetPartnerId(), word[string]("SEGMENT_", w.GetSegment()), w.GetRegion()
	}
	if c.From, err = optionalMonth("from_month", r.GetFromMonth()); err != nil {
		return c, err
	}
	c.To, err = optionalMonth("to_month", r.GetToMonth())
	return c, err
}

func slicedProto(s app.Sliced) *customerv1.GetScoresResponse {
	return &customerv1.GetScoresResponse{Overall: rowProto(s.Overall), Rows: each(s.Rows, rowProto), PolicyVersion: int32(s.PolicyVersion)}
}

func rowProto(r reports.Row) *customerv1.ScoreRow {
	row := &customerv1.ScoreRow{
		Key: r.Key, DisplayName: r.Name, Needs: figureProto(r.Needs), Ease: figureProto(r.Ease), Enjoyment: figureProto(r.Enjoyment),
		Cxi: figureProto(r.CXi), Nps: figureProto(r.NPS.Figure), CxiChange: movedProto(r.CXiChange), NpsChange: movedProto(r.NPSChange),
	}
	row.NpsLow, row.NpsHigh = ends(r.NPS)
	return row
}

// ends are those of the interval, empty if there is none to show.
func ends(p scores.Promotion) (low, high string) {
	if !p.Shown() {
		return "", ""
	}
	return p.Low.String(), p.High.String()
}

func figureProto(f scores.Figure) *customerv1.ScoreFigure {
	return &customerv1.ScoreFigure{
		Standing: customerv1.ScoreStanding(customerv1.ScoreStanding_value["SCORE_STANDING_"+string(f.Standing)]),
		Answers:  f.N, Value: int32(f.Value),
		Band: customerv1.ScoreBand(customerv1.ScoreBand_value["SCORE_BAND_"+string(f.Band)]),
	}
}

func movedProto(change *int) *int32 {
	if change == nil {
		return nil
	}
	moved := int32(*change)
	return &moved
}

func (s *reportService) GetScorePolicy(ctx context.Context, _ *customerv1.GetScorePolicyRequest) (*customerv1.ScorePolicy, error) {
	found, err := s.app.GetScorePolicy(ctx)
	return answer(scorePolicyProto, found, err)
}

func (s *reportService) CreateScorePolicyVersion(ctx context.Context, r *customerv1.CreateScorePolicyVersionRequest) (*customerv1.ScorePolicy, error) {
	p := r.GetScorePolicy()
	created, err := s.app.CreateScorePolicyVersion(ctx, scores.Policy{
		Excellent: int(p.GetExcellentFrom()), Good: int(p.GetGoodFrom()), Okay: int(p.GetOkayFrom()), Poor: int(p.GetPoorFrom()),
		Minimum: int64(p.GetMinimumAnswers()), Full: int64(p.GetFullAnswers()),
		PublishDay: int(p.GetPublishDay()), FollowUpDays: int(p.GetFollowUpDays()),
	})
	return answer(scorePolicyProto, created, within("score_policy", err))
}

func scorePolicyProto(p app.StoredPolicy) *customerv1.ScorePolicy {
	return &customerv1.ScorePolicy{
		Version: int32(p.Version), ExcellentFrom: int32(p.Excellent), GoodFrom: int32(p.Good), OkayFrom: int32(p.Okay), PoorFrom: int32(p.Poor),
		MinimumAnswers: int32(p.Minimum), FullAnswers: int32(p.Full), PublishDay: int32(p.PublishDay), FollowUpDays: int32(p.FollowUpDays),
		Actor: p.Actor, CreateTime: instant(p.CreateTime),
	}
}
