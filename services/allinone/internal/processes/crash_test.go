package processes

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// A try is a submission whose outcome the process may not have lived to tell.
type try struct {
	contract e2e.Contract
	request  e2e.Request
	answer   e2e.Answer
}

// acknowledged is the submission that the portal was told of, or nil.
func (y try) acknowledged(t *testing.T) *commissionv1.Submission {
	t.Helper()
	if y.answer.Status != http.StatusOK {
		return nil
	}
	var submission commissionv1.Submission
	y.answer.Into(t, &submission)
	return &submission
}

// checkCrashes kills commission during submissions, round after round, and
// then holds every submission against the contracts: each is booked once,
// whether its portal was told, comes back to ask, or never does.
func checkCrashes(t *testing.T, f *fleet, s *e2e.System) {
	t.Helper()
	var tries []try
	for _, answers := range []int{0, 1, 3, 6} {
		tries = append(tries, f.killDuring(t, s, answers)...)
	}
	// Every other portal comes back; the rest leave it to the service.
	for i := range tries {
		if i%2 == 0 && tries[i].answer.Status != http.StatusOK {
			eventually(t, "the portal gets its answer", func() error {
				tries[i].answer = s.Do(t, s.Partner("softcat"), tries[i].request)
				if tries[i].answer.Status != http.StatusOK {
					return fmt.Errorf("%d %s", tries[i].answer.Status, tries[i].answer.Body)
				}
				return nil
			})
		}
	}
	eventually(t, "no submission is left on its way", func() error {
		var open commissionv1.ListSubmissionsResponse
		s.Get(t, s.Person("finance-one"), "/v1/submissions?state=SUBMISSION_STATE_SUBMITTED", &open)
		if n := len(open.Submissions); n > 0 {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
	for _, y := range tries {
		checkTry(t, s, y)
	}
}

// killDuring submits renewals and kills commission after so many answers, and
// starts it again.
func (f *fleet) killDuring(t *testing.T, s *e2e.System, answers int) []try {
	t.Helper()
	const portals = 8
	tries := make([]try, portals)
	for i := range tries {
		tries[i].contract = s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 30, LockedBps: 2000})
		tries[i].request = submitOf(tries[i].contract)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answered := make(chan struct{}, portals)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			answer, err := s.Try(ctx, s.Partner("softcat"), tries[i].request)
			if err != nil {
				t.Errorf("the gateway itself does not answer: %v", err)
			}
			tries[i].answer = answer
			answered <- struct{}{}
		})
	}
	for range answers {
		<-answered
	}
	f.running["commission"].kill(t)
	f.start(t, "commission")
	all.Wait()
	f.awaitReady(t, "commission")
	return tries
}

// checkTry holds what a portal was told against the contract.
func checkTry(t *testing.T, s *e2e.System, y try) {
	t.Helper()
	var listed commissionv1.ListSubmissionsResponse
	s.Get(t, s.Person("finance-one"), "/v1/submissions?renewalId="+y.contract.RenewalID, &listed)
	if len(listed.Submissions) > 1 {
		t.Errorf("renewal %s has %d submissions of one request", y.contract.RenewalID, len(listed.Submissions))
	}
	var subscription customerv1.Subscription
	s.Get(t, s.Person("finance-one"), "/v1/subscriptions/"+y.contract.SubscriptionID, &subscription)
	var bookedBy []string
	for _, term := range subscription.Terms {
		if !term.Cancelled && term.StartDate == y.contract.Due.String() {
			bookedBy = append(bookedBy, term.BookedBy)
		}
	}
	told := y.acknowledged(t)
	if len(listed.Submissions) == 0 {
		if told != nil || len(bookedBy) > 0 {
			t.Errorf("renewal %s has no submission, but the portal was told %v and its terms are booked by %v", y.contract.RenewalID, told, bookedBy)
		}
		return
	}
	stored := listed.Submissions[0]
	if told != nil && told.SubmissionId != stored.SubmissionId {
		t.Errorf("the portal was told of %s, stored is %s", told.SubmissionId, stored.SubmissionId)
	}
	if stored.State != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED || stored.Calculation.GetMargin().GetAmount() != "5040.00" {
		t.Errorf("submission %s is %s with margin %s", stored.SubmissionId, stored.State, stored.Calculation.GetMargin())
	}
	if len(bookedBy) != 1 || bookedBy[0] != stored.SubmissionId {
		t.Errorf("submission %s: the term is booked by %v", stored.SubmissionId, bookedBy)
	}
}
