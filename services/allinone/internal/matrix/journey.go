package matrix

import (
	"fmt"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// journey makes an event with its response, and an invitation that has not been
// answered.
func journey(t testing.TB, s *e2e.System) (event, response, survey string) {
	t.Helper()
	experience := s.Person("experience-one")
	s.AskAtAnyHour(t)
	contact := s.Contact(t, s.Sign(t, e2e.Contract{Partner: stranger, DueIn: 90, LockedBps: 2000}))
	answered := s.SurveyToken(t, contact, "kick-off")
	s.Answer(t, answered, `{"needs": 4, "recommend": 3, "comment": "X"}`)
	var list customerv1.ListResponsesResponse
	s.Get(t, experience, fmt.Sprintf("/v1/responses?customerId=%s", contact.CustomerID), &list)
	r := list.Responses[0]
	return r.EventId, r.ResponseId, s.SurveyToken(t, contact, "success-review")
}

// patience is how long a test waits for what the services do by the clock.
const patience = time.Minute

// followUp waits for the follow-up of somebody unhappy.
func followUp(t testing.TB, s *e2e.System, response string) string {
	t.Helper()
	until, again := time.After(patience), time.NewTicker(200*time.Millisecond)
	defer again.Stop()
	for {
		var list customerv1.ListFollowUpsResponse
		s.Get(t, s.Person("experience-one"), "/v1/followUps?pageSize=1000", &list)
		for _, f := range list.FollowUps {
			if f.ResponseId == response {
				return f.FollowUpId
			}
		}
		select {
		case <-until:
			t.Fatalf("there is no follow-up of %s after %s", response, patience)
		case <-again.C:
		}
	}
}

// published is a published report of a month in which one of the staff answered.
func published(t testing.TB, s *e2e.System) string {
	t.Helper()
	experience := s.Person("experience-one")
	var list customerv1.ListReportsResponse
	s.Get(t, experience, "/v1/experienceReports?month=2015-01", &list)
	if len(list.Reports) > 0 {
		return list.Reports[0].ReportId
	}
	var answer customerv1.BatchImportResponsesResponse
	post(t, s, experience, "/v1/responses:batchImport", `{"responses": [{"needs": 5, "answerTime": "2015-01-05T10:00:00Z", "touchpointEvent": {
		"externalId": "matrix-2015", "touchpointId": "staff-onboarding", "occurTime": "2015-01-05T09:00:00Z"}}]}`, &answer)
	var report customerv1.Report
	post(t, s, experience, "/v1/experienceReports:generate", `{"month": "2015-01"}`, &report)
	post(t, s, experience, "/v1/experienceReports/"+report.ReportId+":publish", `{}`, &report)
	return report.ReportId
}
