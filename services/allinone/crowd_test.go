package allinone_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

func TestCrowd_OfSixtyFourSubmissionsOfOneRenewalOneIsBooked(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	const crowd = 64
	answers := make([]e2e.Answer, crowd)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			request := submitOf(contract)
			<-start
			var err error
			if answers[i], err = s.Try(t.Context(), softcat, request); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()

	outcomes := map[string]int{}
	for _, answer := range answers {
		if answer.Status == http.StatusOK {
			var submission commissionv1.Submission
			answer.Into(t, &submission)
			outcomes[submission.State.String()]++
			checkBooked(t, s, &submission)
			continue
		}
		outcomes[fmt.Sprint(answer.Status, " ", answer.Problem(t).Reason)]++
	}
	want := map[string]int{booked.String(): 1, "409 RENEWAL_ALREADY_SUBMITTED": crowd - 1}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("outcomes: %s", diff)
	}
	checkTerms(t, s, contract, 2)
}

func TestCrowd_TheSameRequestSentAtOnceHasOneEffect(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	request := submitOf(contract)
	const crowd = 16
	answers := make([]e2e.Answer, crowd)
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			var err error
			if answers[i], err = s.Try(t.Context(), softcat, request); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	submissions := map[string]bool{}
	for _, answer := range append(answers, s.Do(t, softcat, request)) {
		if answer.Status != http.StatusOK {
			answer.Refused(t, http.StatusConflict, "IDEMPOTENCY_KEY_IN_FLIGHT")
			if answer.Header.Get("Retry-After") == "" {
				t.Error("a request in flight does not say when to come again")
			}
			continue
		}
		var submission commissionv1.Submission
		answer.Into(t, &submission)
		submissions[submission.SubmissionId] = true
	}
	if len(submissions) != 1 {
		t.Errorf("one request made %d submissions", len(submissions))
	}
	checkTerms(t, s, contract, 2)
}

func TestCrowd_ABatchOfTwentyBooksAllButTheBadOne(t *testing.T) {
	s := shared.System(t)
	const size, bad = 20, 7
	batch := &commissionv1.BatchSubmitRenewalsRequest{}
	contracts := make([]e2e.Contract, size)
	for i := range size {
		contracts[i] = signed(t, s)
		batch.Requests = append(batch.Requests, &commissionv1.SubmitRenewalRequest{
			RenewalId: contracts[i].RenewalID, RequestId: e2e.NewKey(), PartnerReference: fmt.Sprintf("PO-%d", i),
		})
	}
	batch.Requests[bad].TermMonths = 7
	for round := range 2 { // sent again, it answers the same
		var answer commissionv1.BatchSubmitRenewalsResponse
		s.Do(t, s.Partner("softcat"), e2e.Request{Verb: http.MethodPost, Path: "/v1/renewals:batchSubmit", Body: e2e.Body(t, batch)}).Into(t, &answer)
		if len(answer.Results) != size {
			t.Fatalf("%d results, want %d", len(answer.Results), size)
		}
		for i, result := range answer.Results {
			if i == bad {
				if result.GetError().GetReason() != "TERM_UNSUPPORTED" || result.GetError().GetField() == "" {
					t.Errorf("round %d: the bad one: %v", round, result)
				}
				continue
			}
			if got := result.GetSubmission(); got.GetState() != booked || got.GetPartnerReference() != fmt.Sprintf("PO-%d", i) {
				t.Errorf("round %d: result %d: %v", round, i, result)
			}
		}
	}
	for i, contract := range contracts {
		if i != bad {
			checkTerms(t, s, contract, 2)
		}
	}
}
