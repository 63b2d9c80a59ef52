package matrix

import (
	"fmt"
	"testing"

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
	s.Answer(t, answered, `{"needs": 4, "recommend": 9, "comment": "X"}`)
	var list customerv1.ListResponsesResponse
	s.Get(t, experience, fmt.Sprintf("/v1/responses?customerId=%s", contact.CustomerID), &list)
	r := list.Responses[0]
	return r.EventId, r.ResponseId, s.SurveyToken(t, contact, "success-review")
}
