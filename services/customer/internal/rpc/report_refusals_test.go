package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func TestReports_RefuseByReason(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 1, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10})
	published := p.publish(p.generate(p.month(1)))
	p.tell(told{before: 2, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10})
	draft := p.generate(p.month(2))
	generate := func(month string) func() error {
		return func() error {
			_, err := p.reports(experience).GenerateReport(p.ctx, &customerv1.GenerateReportRequest{Month: month, RequestId: rid()})
			return err
		}
	}
	publish := func(id, etag string) func() error {
		return func() error {
			_, err := p.reports(experience).PublishReport(p.ctx, &customerv1.PublishReportRequest{ReportId: id, Etag: etag, RequestId: rid()})
			return err
		}
	}
	policy := func(spoil func(*customerv1.ScorePolicy)) func() error {
		return func() error {
			wrong := proto.CloneOf(stricter())
			spoil(wrong)
			_, err := p.reports(admin).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: wrong, RequestId: rid()})
			return err
		}
	}
	export := func(id string, format customerv1.ReportFormat) func() error {
		return func() error {
			_, err := p.reports(experience).ExportReport(p.ctx, &customerv1.ExportReportRequest{ReportId: id, Format: format})
			return err
		}
	}
	expectRefusals(t, []refusal{
		{"a month that runs", "REPORT_MONTH_NOT_OVER month", generate(p.month(0))},
		{"a month to come", "REPORT_MONTH_NOT_OVER month", generate(p.month(-1))},
		{"no month", "DATE_INVALID month", generate("")},
		{"a day", "DATE_INVALID month", generate("2026-10-01")},
		{"a thirteenth month", "DATE_INVALID month", generate("2026-13")},
		{"a month without answers", "REPORT_NOTHING_NEW month", generate("2020-01")},
		{"nothing late", "REPORT_NOTHING_NEW", generate(p.month(1))},
		{"few late answers", "REPORT_NOTHING_NEW", func() error {
			p.tell(told{before: 1, touchpoint: "kick-off", count: 4, rating: 1, recommend: 0})
			return generate(p.month(1))()
		}},
		{"publishing twice", "REPORT_ALREADY_PUBLISHED", publish(published.GetReportId(), "")},
		{"publishing another draft", "ETAG_MISMATCH etag", publish(draft.GetReportId(), "99")},
		{"publishing nothing", "NOT_FOUND", publish("rep_0", "")},
		{"no format", "REQUEST_INVALID format", export(published.GetReportId(), 0)},
		{"a file of nothing", "NOT_FOUND", export("rep_0", customerv1.ReportFormat_REPORT_FORMAT_CSV)},
		{"bands that rise", "SCORE_POLICY_INVALID score_policy.excellent_from", policy(func(s *customerv1.ScorePolicy) { s.GoodFrom = 95 })},
		{"a minimum of one", "SCORE_POLICY_INVALID score_policy.minimum_answers", policy(func(s *customerv1.ScorePolicy) { s.MinimumAnswers = 1 })},
		{"full below the minimum", "SCORE_POLICY_INVALID score_policy.full_answers", policy(func(s *customerv1.ScorePolicy) { s.FullAnswers = 9 })},
		{"the 29th", "SCORE_POLICY_INVALID score_policy.publish_day", policy(func(s *customerv1.ScorePolicy) { s.PublishDay = 29 })},
		{"follow-ups never", "SCORE_POLICY_INVALID score_policy.follow_up_days", policy(func(s *customerv1.ScorePolicy) { s.FollowUpDays = 0 })},
		{"a partner's month", "DATE_INVALID month", func() error {
			_, err := p.reports(listener).GetPartnerScores(p.ctx, &customerv1.GetPartnerScoresRequest{PartnerId: "softcat", Month: "October"})
			return err
		}},
		{"no key", "IDEMPOTENCY_KEY_REQUIRED request_id", func() error {
			_, err := p.reports(experience).GenerateReport(p.ctx, &customerv1.GenerateReportRequest{Month: p.month(1)})
			return err
		}},
		{"a partner that slices", "PERMISSION_DENIED", func() error {
			_, err := p.reports(listener).GetScores(p.ctx, &customerv1.GetScoresRequest{FromMonth: p.month(1)})
			return err
		}},
		{"a partner without the scope", "SCOPE_MISSING", func() error {
			_, err := p.reports(softcat).GetPartnerScores(p.ctx, &customerv1.GetPartnerScoresRequest{PartnerId: "softcat"})
			return err
		}},
		{"channel operations that publish", "PERMISSION_DENIED", func() error {
			_, err := p.reports(channel).PublishReport(p.ctx, &customerv1.PublishReportRequest{ReportId: draft.GetReportId(), RequestId: rid()})
			return err
		}},
	})
}
