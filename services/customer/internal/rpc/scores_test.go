package rpc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

func TestScores_AreSlicedByEachDimension(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 2, touchpoint: "kick-off", partner: "softcat", count: 30, rating: 5, recommend: 10},
		told{before: 1, touchpoint: "support-case", partner: "northwind", count: 20, rating: 1, recommend: 5},
		told{before: 1, touchpoint: "kick-off", count: 4, rating: 5, recommend: 9},
		told{before: 1, touchpoint: "partner-renewal", audience: "PARTNER", partner: "softcat", count: 7, rating: 4, recommend: 10},
		told{before: 1, touchpoint: "discover", count: 5, recommend: 8},
	)
	for _, tt := range []struct {
		by   customerv1.ScoreDimension
		want []string // key, name, answers and value of the net promoter score
	}{
		{customerv1.ScoreDimension_SCORE_DIMENSION_UNSPECIFIED, nil},
		{customerv1.ScoreDimension_SCORE_DIMENSION_TOUCHPOINT, []string{"discover Discover 5 0", "kick-off Kick-off 34 100", "support-case Support case 20 -100"}},
		{customerv1.ScoreDimension_SCORE_DIMENSION_MONTH, []string{p.month(2) + " " + p.month(2) + " 30 100", p.month(1) + " " + p.month(1) + " 29 -55"}},
		{customerv1.ScoreDimension_SCORE_DIMENSION_PARTNER, []string{" Not known 9 44", "northwind northwind 20 -100", "softcat softcat 30 100"}},
		{customerv1.ScoreDimension_SCORE_DIMENSION_PRODUCT, []string{"gateway Gateway 59 24"}},
		{customerv1.ScoreDimension_SCORE_DIMENSION_SEGMENT, []string{"MID_MARKET Mid-market 59 24"}},
		{customerv1.ScoreDimension_SCORE_DIMENSION_REGION, []string{"EUROPE Europe 59 24"}},
	} {
		got, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: p.month(2), ToMonth: p.month(1), GroupBy: tt.by})
		must(t, err)
		var rows []string
		for _, r := range got.GetRows() {
			rows = append(rows, fmt.Sprintf("%s %s %d %d", r.GetKey(), r.GetDisplayName(), r.GetNps().GetAnswers(), r.GetNps().GetValue()))
		}
		if diff := cmp.Diff(tt.want, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.by, diff)
		}
		if got.GetOverall().GetNps().GetAnswers() != 59 || got.GetPolicyVersion() != 1 {
			t.Errorf("%s: overall %v", tt.by, got.GetOverall())
		}
	}
}

func TestScores_AreFilteredByEachFact(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 30, rating: 5, recommend: 10},
		told{before: 1, touchpoint: "support-case", partner: "northwind", count: 20, rating: 1, recommend: 5},
		told{before: 1, touchpoint: "staff-training", audience: "STAFF", count: 7, rating: 4, recommend: 10},
	)
	for name, tt := range map[string]struct {
		request *customerv1.GetScoresRequest
		want    int64
	}{
		"nothing":         {&customerv1.GetScoresRequest{}, 50},
		"touchpoint":      {&customerv1.GetScoresRequest{TouchpointId: "kick-off"}, 30},
		"partner":         {&customerv1.GetScoresRequest{PartnerId: "northwind"}, 20},
		"product":         {&customerv1.GetScoresRequest{ProductId: "archive"}, 0},
		"segment":         {&customerv1.GetScoresRequest{Segment: customerv1.Segment_SEGMENT_MID_MARKET}, 50},
		"another segment": {&customerv1.GetScoresRequest{Segment: customerv1.Segment_SEGMENT_GLOBAL}, 0},
		"region":          {&customerv1.GetScoresRequest{Region: "EUROPE"}, 50},
		"audience":        {&customerv1.GetScoresRequest{Audience: customerv1.Audience_AUDIENCE_STAFF}, 7},
	} {
		tt.request.FromMonth = p.month(1)
		got, err := p.reports(admin).GetScores(p.ctx, tt.request)
		must(t, err)
		if n := got.GetOverall().GetCxi().GetAnswers(); n != tt.want {
			t.Errorf("%s: %d answers, want %d", name, n, tt.want)
		}
	}
}

func TestScores_ShowNothingOfFew(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 1, touchpoint: "kick-off", count: 4, rating: 5, recommend: 10})
	got, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: p.month(1), GroupBy: customerv1.ScoreDimension_SCORE_DIMENSION_TOUCHPOINT})
	must(t, err)
	hidden := &customerv1.ScoreFigure{Standing: customerv1.ScoreStanding_SCORE_STANDING_HIDDEN}
	want := &customerv1.ScoreRow{Key: "kick-off", DisplayName: "Kick-off", Needs: hidden, Ease: hidden, Enjoyment: hidden, Cxi: hidden, Nps: hidden}
	if diff := cmp.Diff([]*customerv1.ScoreRow{want}, got.GetRows(), protocmp.Transform()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestScores_RefuseByReason(t *testing.T) {
	p := startProgramme(t)
	ask := func(from, to string) func() error {
		return func() error {
			_, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: from, ToMonth: to})
			return err
		}
	}
	expectRefusals(t, []refusal{
		{"no month", "DATE_INVALID from_month", ask("", "")},
		{"a last month that is none", "DATE_INVALID to_month", ask("2026-01", "2026")},
		{"a range that ends before it begins", "RANGE_EMPTY to_month", ask("2026-02", "2026-01")},
		{"more than five years", "RANGE_TOO_LONG to_month", ask("2020-01", "2025-01")},
		{"a touchpoint that there is not", "TOUCHPOINT_UNKNOWN touchpoint_id", func() error {
			_, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: "2026-01", TouchpointId: "kickoff"})
			return err
		}},
		{"a region that is none", "REQUEST_INVALID region", func() error {
			_, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: "2026-01", Region: "Europe"})
			return err
		}},
		{"a dimension that is none", "REQUEST_INVALID group_by", func() error {
			_, err := p.reports(experience).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: "2026-01", GroupBy: 99})
			return err
		}},
		{"channel operations that slice", "PERMISSION_DENIED", func() error {
			_, err := p.reports(channel).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: "2026-01"})
			return err
		}},
	})
}

func TestScorePolicy_IsVersioned(t *testing.T) {
	p := startProgramme(t)
	first, err := p.reports(finance).GetScorePolicy(p.ctx, &customerv1.GetScorePolicyRequest{})
	must(t, err)
	if first.GetVersion() != 1 || first.GetExcellentFrom() != 85 || first.GetPoorFrom() != 55 || first.GetMinimumAnswers() != 5 || first.GetFullAnswers() != 30 {
		t.Errorf("first %v", first)
	}
	second, err := p.reports(admin).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: stricter(), RequestId: rid()})
	must(t, err)
	now, err := p.reports(experience).GetScorePolicy(p.ctx, &customerv1.GetScorePolicyRequest{})
	must(t, err)
	if diff := cmp.Diff(second, now, protocmp.Transform()); diff != "" || now.GetVersion() != 2 || now.GetMinimumAnswers() != 10 {
		t.Errorf("second (-created +read):\n%s", diff)
	}
	for _, caller := range []auth.Caller{experience, channel} {
		_, err := p.reports(caller).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: stricter(), RequestId: rid()})
		wantReason(t, err, "PERMISSION_DENIED")
	}
}
