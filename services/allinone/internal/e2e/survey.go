package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

// Contact is somebody at a customer.
type Contact struct{ ID, CustomerID, Address string }

// Contact gives the contract's customer a contact who may be asked.
func (s *System) Contact(t testing.TB, c Contract) Contact {
	t.Helper()
	_, address := s.Signatory(t, c)
	var list customerv1.ListContactsResponse
	s.Get(t, s.Person("experience-one"), "/v1/customers/"+c.CustomerID+"/contacts", &list)
	for _, found := range list.Contacts {
		if found.Email == address {
			return Contact{found.ContactId, c.CustomerID, address}
		}
	}
	t.Fatalf("customer %s has no contact %s", c.CustomerID, address)
	return Contact{}
}

// AskAtAnyHour makes a policy of surveys without quiet hours and with limits
// that no test reaches, so that a test may run at night.
func (s *System) AskAtAnyHour(t testing.TB) {
	t.Helper()
	s.Do(t, s.Person("experience-one"), Request{Verb: http.MethodPost, Path: "/v1/surveyPolicy", Key: NewKey(), Body: `{
		"contactLimit": 1000, "contactDays": 1, "organisationLimit": 1000, "organisationDays": 1, "askWithinDays": 14, "linkDays": 30}`,
	}).Into(t, &customerv1.SurveyPolicy{})
}

// SurveyToken tells as support that something has happened to a contact at a
// touchpoint, and returns the token of the invitation. It waits for it.
func (s *System) SurveyToken(t testing.TB, c Contact, touchpoint string) string {
	t.Helper()
	var event customerv1.TouchpointEvent
	s.Do(t, s.Service("support"), Request{Verb: http.MethodPost, Path: "/v1/touchpointEvents", Key: NewKey(), Body: fmt.Sprintf(
		`{"externalId": %q, "touchpointId": %q, "customerId": %q, "contactId": %q, "occurTime": %q}`,
		NewKey(), touchpoint, c.CustomerID, c.ID, s.now().UTC().Add(-time.Minute).Format(time.RFC3339)),
	}).Into(t, &event)
	until, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		mails, err := read[surveyMail](s.SurveyLog)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.To == c.Address && !m.Time.Before(event.CreateTime.AsTime()) {
				return m.Token
			}
		}
		select {
		case <-until:
			t.Fatalf("%s got no invitation in %s", c.Address, patience)
		case <-again.C:
		}
	}
}

// now is the time that the services go by.
func (s *System) now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.Now()
}

// surveyMail is what somebody is sent, as the all-in-one writes it down.
type surveyMail struct {
	Time  time.Time
	To    string
	Token string
}

// Answer answers a survey.
func (s *System) Answer(t testing.TB, token, answer string) {
	t.Helper()
	s.Do(t, Caller{}, Request{Verb: http.MethodPost, Path: "/v1/surveys/" + token, Body: answer}).Into(t, &customerv1.Survey{})
}
