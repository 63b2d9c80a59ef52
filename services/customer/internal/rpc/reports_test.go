package rpc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

func TestReports_GenerateReviewPublish(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 2, touchpoint: "kick-off", count: 30, rating: 3, recommend: 8},
		told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 40, rating: 5, recommend: 10, comment: "Fine."},
		told{before: 1, touchpoint: "support-case", partner: "softcat", count: 30, rating: 1, recommend: 2},
		told{before: 1, touchpoint: "partner-renewal", audience: "PARTNER", partner: "softcat", count: 6, rating: 4, recommend: -1},
	)
	p.publish(p.generate(p.month(2)))
	draft := p.generate(p.month(1))
	if draft.GetState() != customerv1.ReportState_REPORT_STATE_DRAFT || draft.GetRevision() != 1 || draft.GetPublisher() != "" {
		t.Fatalf("draft %v", draft)
	}
	p.tell(told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 10, rating: 5, recommend: 10})
	again := p.generate(p.month(1))
	if again.GetReportId() != draft.GetReportId() || again.GetEtag() == draft.GetEtag() || again.GetCustomers().GetOverall().GetCxi().GetAnswers() != 80 {
		t.Fatalf("made again: %v", again)
	}
	got := p.publish(again)
	overall := got.GetCustomers().GetOverall()
	if overall.GetCxi().GetValue() != 25 || overall.GetCxiChange() != 25 || overall.GetNps().GetValue() != 25 || overall.GetNpsLow() != "3.4" || overall.GetNpsHigh() != "44.8" {
		t.Errorf("overall %v", overall)
	}
	if got.GetHighs()[0] != "kick-off" || got.GetLows()[0] != "support-case" || len(got.GetTrend()) != 2 {
		t.Errorf("highs %v, lows %v, trend %v", got.GetHighs(), got.GetLows(), got.GetTrend())
	}
	if got.GetPartners().GetOverall().GetCxi().GetStanding() != customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE {
		t.Errorf("partners %v", got.GetPartners().GetOverall())
	}
	if !strings.HasPrefix(got.GetPublisher(), "person:") {
		t.Errorf("publisher %q", got.GetPublisher())
	}
	read, err := p.reports(channel).GetReport(p.ctx, &customerv1.GetReportRequest{ReportId: got.GetReportId()})
	must(t, err)
	if diff := cmp.Diff(got, read, protocmp.Transform()); diff != "" {
		t.Errorf("read (-published +read):\n%s", diff)
	}
	p.sequence()
	p.wantEvents("report.generated", 3, "report.published", 2)
}

// wantEvents counts the events of kinds.
func (p *programme) wantEvents(pairs ...any) {
	p.t.Helper()
	list, err := p.events(bi).ListEvents(p.ctx, &customerv1.ListEventsRequest{PageSize: 1000})
	must(p.t, err)
	kinds := map[string]int{}
	for _, e := range list.GetEvents() {
		kinds[e.GetKind()]++
	}
	for i := 0; i < len(pairs); i += 2 {
		if got := kinds[pairs[i].(string)]; got != pairs[i+1].(int) {
			p.t.Errorf("%d events %s, want %d", got, pairs[i], pairs[i+1])
		}
	}
}

// TestReports_TrendKnowsMonthsThatWerePublishedLate publishes what was answered before
// the vendor had the service after the first month with it.
func TestReports_TrendKnowsMonthsThatWerePublishedLate(t *testing.T) {
	p := startProgramme(t)
	for _, before := range []int{2, 14, 13, 4} {
		p.tell(told{before: before, touchpoint: "kick-off", count: 30 + before, rating: 4, recommend: 9})
		p.publish(p.generate(p.month(before)))
	}
	p.tell(told{before: 3, touchpoint: "kick-off", count: 30, rating: 4, recommend: 9})
	p.generate(p.month(3)) // a draft
	p.tell(told{before: 1, touchpoint: "kick-off", count: 30, rating: 4, recommend: 9})
	got := ""
	for _, point := range p.generate(p.month(1)).GetTrend() {
		got += fmt.Sprintf(" %s of %d", point.GetMonth(), point.GetCxi().GetAnswers())
	}
	want := fmt.Sprintf(" %s of 43 %s of 34 %s of 32 %s of 30", p.month(13), p.month(4), p.month(2), p.month(1))
	if got != want {
		t.Errorf("the trend is%s, want%s", got, want)
	}
}

func TestReports_APublishedOneIsTheSameBytesAfterAYearAndAThousandLateAnswers(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 40, rating: 5, recommend: 10},
		told{before: 1, touchpoint: "support-case", partner: "softcat", count: 30, rating: 2, recommend: 2},
	)
	month := p.month(1)
	first := p.publish(p.generate(month))
	frozen := p.files(first)
	table := p.partnerScores(month)

	p.tell(told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 1000, rating: 1, recommend: 0})
	p.ahead.Add(int64(365 * 24 * time.Hour))
	_, err := p.reports(admin).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: stricter(), RequestId: rid()})
	must(t, err)
	_, err = p.db.SystemPool().Exec(p.ctx, `
		INSERT INTO touchpoints SELECT touchpoint_id, 2, audience, position, 'Renamed', introduction, needs_question, ease_question,
		       enjoyment_question, recommend_question, comment_question, false, actor, create_time
		FROM touchpoints WHERE version = 1`)
	must(t, err)
	second := p.publish(p.generate(month))
	if diff := cmp.Diff(frozen, p.files(first)); diff != "" {
		t.Errorf("the first report (-before +after):\n%s", diff)
	}
	if second.GetRevision() != 2 || second.GetPolicyVersion() != 1 || second.GetCustomers().GetOverall().GetNps().GetAnswers() != 1070 {
		t.Errorf("revision %v", second)
	}
	if later := p.partnerScores(month); later.GetRevision() != 2 || table.GetRevision() != 1 || later.GetOverall().GetNps().GetAnswers() != 1070 {
		t.Errorf("the partner is shown %v", later)
	}
	if files := p.files(second); !strings.Contains(files[customerv1.ReportFormat_REPORT_FORMAT_HTML], "revision 2") {
		t.Error("the page does not name its revision")
	}
}

func (p *programme) partnerScores(month string) *customerv1.PartnerScores {
	p.t.Helper()
	found, err := p.reports(listener).GetPartnerScores(p.ctx, &customerv1.GetPartnerScoresRequest{PartnerId: "softcat", Month: month})
	must(p.t, err)
	return found
}

// stricter is a policy that shows less.
func stricter() *customerv1.ScorePolicy {
	return &customerv1.ScorePolicy{
		ExcellentFrom: 90, GoodFrom: 80, OkayFrom: 70, PoorFrom: 60, MinimumAnswers: 10, FullAnswers: 50, PublishDay: 0, FollowUpDays: 14,
	}
}

func TestReports_TheDatabaseKeepsWhatIsPublished(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 1, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10})
	p.publish(p.generate(p.month(1)))
	for _, sql := range []string{"UPDATE reports SET document = 'x'", "DELETE FROM reports", "UPDATE partner_scores SET document = 'x'", "DELETE FROM score_policies"} {
		if _, err := p.db.SystemPool().Exec(p.ctx, sql); err == nil {
			t.Errorf("%s is let through", sql)
		}
	}
}

func TestReports_ArePublishedByTheClock(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 1, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10},
		told{before: 0, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10},
	)
	list := func() []*customerv1.Report {
		found, err := p.reports(channel).ListReports(p.ctx, &customerv1.ListReportsRequest{})
		must(t, err)
		return found.GetReports()
	}
	p.ahead.Add(-int64(2 * 24 * time.Hour)) // the fourth
	publish := func(want int) {
		t.Helper()
		if published, err := p.service.PublishDueReport(p.ctx); published != want || err != nil {
			t.Fatalf("published %d reports, %v; want %d", published, err, want)
		}
	}
	publish(0)
	if got := list(); len(got) != 0 {
		t.Fatalf("published before its day: %v", got)
	}
	p.ahead.Add(int64(24 * time.Hour))
	publish(1)
	publish(0)
	got := list()
	if len(got) != 1 || got[0].GetMonth() != p.month(1) || got[0].GetPublisher() != "service:customer" {
		t.Fatalf("published %v", got)
	}
	_, err := p.reports(admin).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: stricter(), RequestId: rid()})
	must(t, err)
	p.ahead.Add(int64(31 * 24 * time.Hour))
	publish(0)
	if len(list()) != 1 {
		t.Error("published although the policy leaves it to people")
	}
}

func TestReports_DraftsAreTheProgrammesOwn(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 1, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10})
	draft := p.generate(p.month(1))
	for caller, sees := range map[*auth.Caller]bool{&experience: true, &admin: true, &channel: false, &finance: false, &bi: false} {
		_, err := p.reports(*caller).GetReport(p.ctx, &customerv1.GetReportRequest{ReportId: draft.GetReportId()})
		if sees {
			must(t, err)
		} else {
			wantReason(t, err, "NOT_FOUND")
		}
		list, err := p.reports(*caller).ListReports(p.ctx, &customerv1.ListReportsRequest{})
		must(t, err)
		drafts, err := p.reports(*caller).ListReports(p.ctx, &customerv1.ListReportsRequest{State: customerv1.ReportState_REPORT_STATE_DRAFT})
		must(t, err)
		if len(list.GetReports()) == 1 != sees || len(drafts.GetReports()) == 1 != sees {
			t.Errorf("%s is listed %v and %v", caller, list, drafts)
		}
		file, err := p.reports(*caller).ExportReport(p.ctx, &customerv1.ExportReportRequest{ReportId: draft.GetReportId(), Format: customerv1.ReportFormat_REPORT_FORMAT_HTML})
		if sees {
			must(t, err)
			if !strings.Contains(string(file.GetContent()), "Draft, not published") || file.GetFileName() != "customer-experience-"+p.month(1)+"-r1-draft.html" {
				t.Errorf("the draft is a file %s", file.GetFileName())
			}
		} else {
			wantReason(t, err, "NOT_FOUND")
		}
	}
}

func TestReports_ListByPages(t *testing.T) {
	p := startProgramme(t)
	for before := 3; before > 0; before-- {
		p.tell(told{before: before, touchpoint: "kick-off", count: 40, rating: 5, recommend: 10})
		p.publish(p.generate(p.month(before)))
	}
	request := &customerv1.ListReportsRequest{PageSize: 2}
	var months []string
	for {
		page, err := p.reports(finance).ListReports(p.ctx, request)
		must(t, err)
		for _, r := range page.GetReports() {
			months = append(months, r.GetMonth())
			if r.GetCustomers() != nil {
				t.Error("a list has figures")
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{p.month(1), p.month(2), p.month(3)}, months); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}
	one, err := p.reports(finance).ListReports(p.ctx, &customerv1.ListReportsRequest{Month: p.month(2)})
	must(t, err)
	if len(one.GetReports()) != 1 || one.GetReports()[0].GetMonth() != p.month(2) {
		t.Errorf("of a month: %v", one)
	}
}

func TestReports_PartnersSeeTheirOwnTable(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 1, touchpoint: "kick-off", partner: "softcat", count: 40, rating: 5, recommend: 10},
		told{before: 1, touchpoint: "support-case", partner: "softcat", count: 4, rating: 1, recommend: 0},
		told{before: 1, touchpoint: "success-review", partner: "softcat", count: 6, rating: 1, recommend: 0},
		told{before: 1, touchpoint: "kick-off", partner: "northwind", count: 4, rating: 1, recommend: 0},
	)
	draft := p.generate(p.month(1))
	get := func(c auth.Caller, partner string) (*customerv1.PartnerScores, error) {
		return p.reports(c).GetPartnerScores(p.ctx, &customerv1.GetPartnerScoresRequest{PartnerId: partner})
	}
	_, err := get(listener, "softcat")
	wantReason(t, err, "NOT_FOUND")
	p.publish(draft)
	for _, caller := range []auth.Caller{listener, experience, admin} {
		got, err := get(caller, "softcat")
		must(t, err)
		shown := map[string]int64{"": got.GetOverall().GetNps().GetAnswers()}
		for _, r := range got.GetRows() {
			if r.GetNps().GetAnswers() > 0 {
				shown[r.GetKey()] = r.GetNps().GetAnswers()
			}
		}
		if diff := cmp.Diff(map[string]int64{"": 50, "kick-off": 40}, shown); diff != "" {
			t.Errorf("shown (-want +got):\n%s", diff)
		}
	}
	for _, ask := range []struct {
		caller  auth.Caller
		partner string
	}{{listener, "northwind"}, {rival, "softcat"}, {rival, "northwind"}, {experience, "northwind"}, {listener, "nobody"}} {
		_, err := get(ask.caller, ask.partner)
		wantReason(t, err, "NOT_FOUND")
	}
}
