package allinone_test

import (
	"net/http"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// The services see the days go by: two renewals, of which one is submitted when
// it has opened, and a subscription that another partner serves from day 405 on.
func TestClock_MovesRenewalsThroughTheirStatesAndASubscriptionToItsNextPartner(t *testing.T) {
	clock := e2e.NewClock(time.Date(2031, time.March, 1, 9, 0, 0, 0, time.UTC))
	s := e2e.Alone(t, clock)
	softcat := s.Partner("softcat")
	due := e2e.Contract{Partner: "softcat", DueIn: 410, LockedBps: 2000}
	renewed, left, passed := s.Sign(t, due), s.Sign(t, due), s.Sign(t, due)
	reassign(t, s, passed, "bytes", clock.Today().AddDays(405))
	for _, early := range []e2e.Contract{renewed, left} {
		s.Do(t, softcat, submitOf(early)).Refused(t, http.StatusConflict, "RENEWAL_NOT_OPEN")
	}
	for _, on := range []struct {
		days          int // since the day before
		renewed, left string
		serving       string
	}{
		{0, "SCHEDULED", "SCHEDULED", "softcat"},
		{400, "OPEN", "OPEN", "softcat"},
		{5, "BOOKED", "OPEN", "bytes"},
		{7, "RENEWED", "GRACE", "bytes"},
		{33, "RENEWED", "LAPSED", "bytes"},
		{60, "RENEWED", "EXPIRED", "bytes"},
	} {
		clock.Advance(on.days)
		checkState(t, s, renewed, on.renewed)
		checkState(t, s, left, on.left)
		checkServing(t, s, passed, on.serving)
		if on.renewed == "OPEN" {
			submitted(t, s, softcat, submitOf(renewed))
		}
	}
}

func checkState(t *testing.T, s *e2e.System, c e2e.Contract, want string) {
	t.Helper()
	var renewal commissionv1.Renewal
	s.Get(t, s.Partner("softcat"), "/v1/renewals/"+c.RenewalID, &renewal)
	if got := renewal.State.String(); got != "RENEWAL_STATE_"+want {
		t.Errorf("the renewal of %s is %s, want %s", c.Due, got, want)
	}
}

// checkServing fails t unless a partner is told that it serves the contract, and
// nothing any more once its time is over.
func checkServing(t *testing.T, s *e2e.System, c e2e.Contract, want string) {
	t.Helper()
	for _, partner := range []string{"softcat", "bytes"} {
		answer := s.Do(t, s.Partner(partner), e2e.Request{Verb: http.MethodGet, Path: "/v1/subscriptions/" + c.SubscriptionID})
		if partner == "softcat" && want != partner {
			answer.Refused(t, http.StatusNotFound, "NOT_FOUND")
			continue
		}
		var subscription customerv1.Subscription
		if answer.Into(t, &subscription); want == partner && subscription.PartnerId != want {
			t.Errorf("%s sees that %s serves %s, want %s", partner, subscription.PartnerId, c.SubscriptionID, want)
		}
	}
}
