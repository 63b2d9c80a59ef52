package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

const surveyPath = "/survey/" + secret

// wonders makes the back end ask how it was, and take the answer.
func (g *gate) wonders(t *testing.T) {
	t.Helper()
	asked := &customerv1.Survey{
		DisplayName: "Support case", Introduction: "The support case that we have just closed.", OccurDate: "2026-03-03",
		NeedsQuestion: "How well did we meet your needs?", EaseQuestion: "How easy was it?", EnjoymentQuestion: "How enjoyable was the experience?",
		RecommendQuestion: "How likely are you to recommend us?", CommentQuestion: "What should we know?", ExpireDate: "2026-04-02",
	}
	with := func(change func(*customerv1.Survey)) func(context.Context, proto.Message) (proto.Message, error) {
		return func(context.Context, proto.Message) (proto.Message, error) {
			s := proto.CloneOf(asked)
			change(s)
			return s, nil
		}
	}
	g.backend.answer("GetSurvey", with(func(*customerv1.Survey) {}))
	g.backend.answer("SubmitSurveyResponse", with(func(s *customerv1.Survey) { s.Answered = true }))
	g.backend.answer("LeaveSurveys", with(func(s *customerv1.Survey) { s.OptedOut = true }))
}

func TestSurvey_AsksWithoutChangingAnything(t *testing.T) {
	g := open(t)
	g.wonders(t)
	for range 2 {
		answer := g.browse(surveyPath)
		page := parsed(t, answer.body)
		for _, want := range []string{
			"How was it?", "The support case that we have just closed. It was on 3 March 2026.", "How easy was it?", "2 April 2026",
			"Our customer experience team reads your answer and may get in touch.",
		} {
			if answer.StatusCode != http.StatusOK || !strings.Contains(page.text(), want) {
				t.Errorf("status %d, no %q: %s", answer.StatusCode, want, page.text())
			}
		}
		page.checkAccessible(t)
		if radios := len(page.all("input")); radios != 3*6+12 {
			t.Errorf("%d radios", radios)
		}
		for _, radio := range page.all("input") {
			if _, checked := attribute(radio, "checked"); checked {
				t.Error("an answer is chosen beforehand")
			}
		}
		policy := answer.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", page.styleSource(t)} {
			if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy has no %s: %s", want, policy)
			}
		}
	}
	if slices.Contains(g.called(), "SubmitSurveyResponse") {
		t.Error("whoever looked has answered")
	}
}

func TestSurvey_TakesAnAnswerAsItIs(t *testing.T) {
	g := open(t)
	g.wonders(t)
	for name, tt := range map[string]struct {
		fields []string
		want   *customerv1.SubmitSurveyResponseRequest
	}{
		"everything": {
			[]string{"needs", "5", "ease", "1", "enjoyment", "3", "recommend", "0", "comment", " Well\r\ndone. "},
			&customerv1.SubmitSurveyResponseRequest{Needs: new(int32(5)), Ease: new(int32(1)), Enjoyment: new(int32(3)), Recommend: new(int32(0)), Comment: "Well\ndone."},
		},
		"a part": {
			[]string{"needs", "", "recommend", "10", "comment", ""},
			&customerv1.SubmitSurveyResponseRequest{Recommend: new(int32(10))},
		},
	} {
		g.backend.calls = nil
		answer := g.mail(surveyPath, nil, tt.fields...)
		page := parsed(t, answer.body)
		if answer.StatusCode != http.StatusOK || !strings.Contains(page.text(), "Thank you") || len(page.all("input")) != 0 {
			t.Errorf("%s: status %d: %s", name, answer.StatusCode, page.text())
		}
		page.checkAccessible(t)
		tt.want.Token = secret
		sent, _ := g.backend.calls[0].request.(*customerv1.SubmitSurveyResponseRequest)
		if diff := cmp.Diff(tt.want, sent, protocmp.Transform()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSurvey_KeepsWhatWasFilledInWhereAnotherTryMayDo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		fields  []string
		refusal error
		status  int
		says    string
	}{
		{"nothing", []string{"comment", "  "}, nil, 400, "Answer at least one of the questions"},
		{"too much", []string{"needs", "4", "comment", strings.Repeat("x", 4001)}, nil, 400, "Shorten your text"},
		{"no number", []string{"needs", "five"}, nil, 400, "We could not read the form"},
		{"a number off the scale", []string{"needs", "4"}, fault.New("SCORE_OUT_OF_RANGE", "is 6"), 400, "We could not read the form"},
		{"service away", []string{"needs", "4", "comment", "Fine."}, status.Error(codes.Unavailable, "down"), 503, "Please send it again in a minute"},
		{"service broken", []string{"needs", "4"}, status.Error(codes.Internal, "pq: relation"), 500, "Please send it again in a minute"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := open(t)
			g.wonders(t)
			if tt.refusal != nil {
				g.backend.fails("SubmitSurveyResponse", tt.refusal)
			}
			answer := g.mail(surveyPath, nil, tt.fields...)
			page := parsed(t, answer.body)
			if answer.StatusCode != tt.status || !strings.Contains(page.text(), tt.says) || strings.Contains(answer.body, "relation") {
				t.Errorf("status %d: %s", answer.StatusCode, page.text())
			}
			page.checkAccessible(t)
			chosen := ""
			for _, radio := range page.all("input") {
				if _, checked := attribute(radio, "checked"); checked {
					chosen, _ = attribute(radio, "id")
				}
			}
			if want := slices.Contains(tt.fields, "4"); (chosen == "needs-4") != want {
				t.Errorf("chosen is %q", chosen)
			}
		})
	}
}

func TestSurvey_TakesBackThatOneMayBeAsked(t *testing.T) {
	g := open(t)
	g.wonders(t)
	g.backend.calls = nil
	answer := g.mail(surveyPath, nil, "leave", "yes")
	page := parsed(t, answer.body)
	if answer.StatusCode != http.StatusOK || !strings.Contains(page.text(), "We will not ask you again") || len(page.all("form")) != 0 {
		t.Errorf("status %d: %s", answer.StatusCode, page.text())
	}
	page.checkAccessible(t)
	if calls := g.called(); !slices.Equal(calls, []string{"LeaveSurveys"}) {
		t.Errorf("%v", calls)
	}
}

func TestSurvey_SaysPlainlyWhyThereIsNothingToAnswer(t *testing.T) {
	g := open(t)
	g.wonders(t)
	for reason, says := range map[fault.Reason]string{
		"NOT_FOUND": "This link does not work", "REQUEST_INVALID": "This link does not work",
		"RESPONSE_DUPLICATE": "You have answered already", "UNAVAILABLE": "This page is not available just now",
	} {
		refusal := fault.New(reason, "for "+secret)
		for _, method := range []string{"GetSurvey", "SubmitSurveyResponse", "LeaveSurveys"} {
			g.backend.fails(method, refusal)
		}
		for name, answer := range map[string]reply{
			"looking": g.browse(surveyPath), "answering": g.mail(surveyPath, nil, "needs", "4"), "leaving": g.mail(surveyPath, nil, "leave", "yes"),
		} {
			page := parsed(t, answer.body)
			if answer.StatusCode < 400 || !strings.Contains(page.text(), says) || len(page.all("form")) != 0 || strings.Contains(answer.body, secret) {
				t.Errorf("%s, %s: status %d: %s", name, reason, answer.StatusCode, page.text())
			}
			page.checkAccessible(t)
		}
	}
}

func TestSurvey_RefusesFormsOfOtherSites(t *testing.T) {
	g := open(t)
	g.wonders(t)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "": 200} {
		if answer := g.mail(surveyPath, with("Sec-Fetch-Site", site), "needs", "4"); answer.StatusCode != want {
			t.Errorf("from %q: status %d, want %d", site, answer.StatusCode, want)
		}
	}
}

func TestSurvey_NeedsNeitherATokenNorAnIdempotencyKey(t *testing.T) {
	g := open(t)
	g.wonders(t)
	header := with("Authorization", "Bearer expired")
	path := "/v1/surveys/" + secret
	for name, answer := range map[string]reply{
		"looking":   g.do(ask{path: path, header: header}),
		"answering": g.do(ask{method: "POST", path: path, body: `{"needs": 4}`, header: header}),
		"leaving":   g.do(ask{method: "POST", path: path + ":leave", body: `{}`, header: header}),
	} {
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, answer.body)
		}
		if answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s tells the next site: %v", name, answer.Header)
		}
	}
}
