package rpc_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
)

func TestSurvey_IsAnsweredOnceWithoutALogin(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	shown, err := j.anyone().GetSurvey(j.ctx, &customerv1.GetSurveyRequest{Token: token})
	must(t, err)
	want := &customerv1.Survey{
		DisplayName: "Support case", Introduction: "The support case that we have just closed.", OccurDate: "2026-03-03",
		NeedsQuestion: "How well did we meet your needs?", EaseQuestion: "How easy was it?", EnjoymentQuestion: "How enjoyable was the experience?",
		RecommendQuestion: "How likely are you to recommend us to a colleague or friend?", CommentQuestion: "What should we know, in your own words?",
		ExpireDate: "2026-04-02",
	}
	if !proto.Equal(shown, want) {
		t.Errorf("%s", shown)
	}
	answer := &customerv1.SubmitSurveyResponseRequest{Token: token, Needs: score(5), Enjoyment: score(2), Recommend: score(0), Comment: " Quick. "}
	for range 2 { // the same again is answered as before
		answered, err := j.anyone().SubmitSurveyResponse(j.ctx, answer)
		must(t, err)
		if !answered.GetAnswered() {
			t.Errorf("%s", answered)
		}
	}
	other := proto.CloneOf(answer)
	other.Needs = score(1)
	_, err = j.anyone().SubmitSurveyResponse(j.ctx, other)
	wantReason(t, err, "RESPONSE_DUPLICATE")
	list, err := j.experience(experience).ListResponses(j.ctx, &customerv1.ListResponsesRequest{Month: "2026-03"})
	must(t, err)
	if len(list.GetResponses()) != 1 {
		t.Fatalf("%s", list)
	}
	r := list.GetResponses()[0]
	if r.GetNeeds() != 5 || r.Ease != nil || r.GetEnjoyment() != 2 || r.Recommend == nil || r.GetRecommend() != 0 || r.GetComment() != "Quick." ||
		r.GetContactId() != j.contact || r.GetCustomerId() != j.customer || r.GetRegion() != "EUROPE" {
		t.Errorf("%s", r)
	}
}

func TestSurvey_AnswersExpiredAndUnknownTokensAlike(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	j.pass(30 * 24 * time.Hour)
	say := func(token string) (said []string) {
		_, err := j.anyone().GetSurvey(j.ctx, &customerv1.GetSurveyRequest{Token: token})
		wantReason(t, err, "NOT_FOUND")
		said = append(said, err.Error())
		_, err = j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: token, Needs: score(9)})
		wantReason(t, err, "NOT_FOUND")
		said = append(said, err.Error())
		_, err = j.anyone().LeaveSurveys(j.ctx, &customerv1.LeaveSurveysRequest{Token: token})
		wantReason(t, err, "NOT_FOUND")
		return append(said, err.Error())
	}
	if expired, unknown := say(token), say(strings.Repeat("x", 43)); strings.Join(expired, "\n") != strings.Join(unknown, "\n") {
		t.Errorf("expired: %v, unknown: %v", expired, unknown)
	}
}

func TestSurvey_RefusesByReason(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	submit := func(r *customerv1.SubmitSurveyResponseRequest) func() error {
		return func() error {
			r.Token = token
			_, err := j.anyone().SubmitSurveyResponse(j.ctx, r)
			return err
		}
	}
	expectRefusals(t, []refusal{
		{"a six", "SCORE_OUT_OF_RANGE ease", submit(&customerv1.SubmitSurveyResponseRequest{Ease: score(6)})},
		{"an eleven", "SCORE_OUT_OF_RANGE recommend", submit(&customerv1.SubmitSurveyResponseRequest{Recommend: score(11)})},
		{"a zero", "SCORE_OUT_OF_RANGE needs", submit(&customerv1.SubmitSurveyResponseRequest{Needs: score(0)})},
		{"nothing", "RESPONSE_EMPTY", submit(&customerv1.SubmitSurveyResponseRequest{Comment: "  "})},
		{"a novel", "REQUEST_INVALID comment", submit(&customerv1.SubmitSurveyResponseRequest{Comment: strings.Repeat("x", 4001)})},
		{"no such response", "NOT_FOUND", func() error {
			_, err := j.experience(experience).GetResponse(j.ctx, &customerv1.GetResponseRequest{ResponseId: "rsp_0"})
			return err
		}},
		{"a redaction of nothing", "NOT_FOUND", func() error {
			_, err := j.experience(experience).RedactResponse(j.ctx, &customerv1.RedactResponseRequest{ResponseId: "rsp_0", RequestId: rid()})
			return err
		}},
		{"a month that is none", "DATE_INVALID month", func() error {
			_, err := j.experience(experience).ListResponses(j.ctx, &customerv1.ListResponsesRequest{Month: "2026-13"})
			return err
		}},
		{"channel operations that read", "PERMISSION_DENIED", func() error {
			_, err := j.experience(channel).ListResponses(j.ctx, &customerv1.ListResponsesRequest{})
			return err
		}},
		{"a partner that reads", "PERMISSION_DENIED", func() error {
			_, err := j.experience(softcat).ListResponses(j.ctx, &customerv1.ListResponsesRequest{})
			return err
		}},
	})
}

// Ten who press the button at once, with different answers, leave one.
func TestSurvey_TakesOneOfManyAnswersAtOnce(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	var all sync.WaitGroup
	taken := make([]error, 10)
	for i := range taken {
		all.Go(func() {
			_, taken[i] = j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: token, Recommend: score(int32(i))})
		})
	}
	all.Wait()
	won := 0
	for _, err := range taken {
		if err == nil {
			won++
			continue
		}
		wantReason(t, err, "RESPONSE_DUPLICATE")
	}
	list, err := j.experience(experience).ListResponses(j.ctx, &customerv1.ListResponsesRequest{})
	must(t, err)
	if won != 1 || len(list.GetResponses()) != 1 {
		t.Errorf("%d were taken: %s", won, list)
	}
}

func TestLeaveSurveys_IsTheLastWord(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	for range 2 {
		left, err := j.anyone().LeaveSurveys(j.ctx, &customerv1.LeaveSurveysRequest{Token: token})
		must(t, err)
		if !left.GetOptedOut() || left.GetAnswered() {
			t.Errorf("%s", left)
		}
	}
	j.pass(31 * 24 * time.Hour)
	if why := j.deliver(j.record()).GetInvitation().GetSuppressedReason(); why != customerv1.SuppressedReason_SUPPRESSED_REASON_OPTED_OUT {
		t.Errorf("asked again: %s", why)
	}
}

func TestResponses_AreInTheFeedWithoutTheirPerson(t *testing.T) {
	j := startJourney(t)
	_, err := j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: j.asked(), Ease: score(3), Comment: "Fine."})
	must(t, err)
	j.sequence()
	list, err := j.events(commission).ListEvents(j.ctx, &customerv1.ListEventsRequest{})
	must(t, err)
	last := list.GetEvents()[len(list.GetEvents())-1]
	if r := last.GetResponse(); last.GetKind() != "response.recorded" || last.GetActor() != "anonymous" || r.GetEase() != 3 || r.GetComment() != "" || r.GetContactId() != "" {
		t.Errorf("%s", last)
	}
}

func TestBatchImportResponses_TakesOverWhatWasAnsweredElsewhere(t *testing.T) {
	j := startJourney(t)
	given := func(change ...func(*customerv1.ImportedResponse)) *customerv1.ImportedResponse {
		event := j.closed(func(e *customerv1.TouchpointEvent) {
			e.ContactId, e.OccurTime = "", timestamppb.New(noon.AddDate(0, -3, 0))
		})
		r := &customerv1.ImportedResponse{TouchpointEvent: event, Needs: score(4), AnswerTime: timestamppb.New(noon.AddDate(0, -3, 1))}
		for _, f := range change {
			f(r)
		}
		return r
	}
	good := given()
	other := proto.CloneOf(good)
	other.Needs = score(5)
	answer, err := j.experience(crm).BatchImportResponses(j.ctx, &customerv1.BatchImportResponsesRequest{RequestId: rid(), Responses: []*customerv1.ImportedResponse{
		good, good, other,
		given(func(r *customerv1.ImportedResponse) { r.Needs = nil }),
		given(func(r *customerv1.ImportedResponse) { r.Needs = score(6) }),
		given(func(r *customerv1.ImportedResponse) { r.AnswerTime = timestamppb.New(noon.Add(time.Hour)) }),
		given(func(r *customerv1.ImportedResponse) { r.TouchpointEvent.TouchpointId = "lunch" }),
	}})
	must(t, err)
	results := answer.GetResults()
	if !proto.Equal(results[0], results[1]) || results[0].GetResponse().GetResponseId() == "" {
		t.Errorf("%s, %s", results[0], results[1])
	}
	for i, want := range []string{"RESPONSE_DUPLICATE", "RESPONSE_EMPTY", "SCORE_OUT_OF_RANGE", "REQUEST_INVALID", "TOUCHPOINT_UNKNOWN"} {
		if got := results[i+2].GetError().GetReason(); got != want {
			t.Errorf("%d: %q, want %s", i+2, got, want)
		}
	}
	list, err := j.experience(experience).ListResponses(j.ctx, &customerv1.ListResponsesRequest{Month: "2025-12"})
	must(t, err)
	events, err := j.experience(experience).ListTouchpointEvents(j.ctx, &customerv1.ListTouchpointEventsRequest{})
	must(t, err)
	if len(list.GetResponses()) != 1 || len(events.GetTouchpointEvents()) != 1 ||
		events.GetTouchpointEvents()[0].GetInvitation().GetSuppressedReason() != customerv1.SuppressedReason_SUPPRESSED_REASON_IMPORTED {
		t.Errorf("%s, %s", list, events)
	}
}

// TestSubmitSurveyResponse_FasterThanItIsNotedThatItWasSent answers while the mail
// is being handed over.
func TestSubmitSurveyResponse_FasterThanItIsNotedThatItWasSent(t *testing.T) {
	j := startJourney(t)
	j.reads = func(m app.InvitationMail) {
		_, err := j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: m.Token, Needs: score(5)})
		must(t, err)
	}
	event := j.deliver(j.record())
	if got := event.GetInvitation(); got.GetState() != customerv1.InvitationState_INVITATION_STATE_ANSWERED || len(j.mails()) != 1 {
		t.Errorf("%v", got)
	}
	if again := j.deliver(event); len(j.mails()) != 1 {
		t.Errorf("asked again: %v", again)
	}
}
