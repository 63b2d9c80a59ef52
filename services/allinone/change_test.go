package allinone_test

import (
	"net/http"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// act posts a decision of somebody and reads the resource that it made of it.
func act(t *testing.T, s *e2e.System, as e2e.Caller, path, body string) e2e.Answer {
	t.Helper()
	return s.Do(t, as, e2e.Request{Verb: http.MethodPost, Path: path, Key: e2e.NewKey(), Body: body})
}

func TestChange_ARateCardApprovedBetweenPreviewAndSubmitChangesNothing(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	one, two := s.Person("channel-one"), s.Person("channel-two")
	var preview commissionv1.PreviewRenewalResponse
	s.Do(t, softcat, previewOf(contract)).Into(t, &preview)

	effective := freeDay(t, s, one)
	var card commissionv1.RateCard
	act(t, s, one, "/v1/rateCards", `{"displayName": "A meagre card", "effectiveDate": "`+effective+`", "rates": [{"marginBps": 100}]}`).Into(t, &card)
	path := "/v1/rateCards/" + card.RateCardId
	act(t, s, one, path+":propose", `{}`).Into(t, &card)
	act(t, s, one, path+":approve", `{}`).Refused(t, http.StatusForbidden, "SAME_DECIDER")
	act(t, s, two, path+":approve", `{}`).Into(t, &card)
	if card.State != partnerv1.PolicyState_POLICY_STATE_APPROVED || card.Proposer == card.Approver {
		t.Fatalf("the card is %s, proposed by %q, approved by %q", card.State, card.Proposer, card.Approver)
	}
	for day, want := range map[string]bool{e2e.Today(t).String(): false, effective: true} {
		var inForce commissionv1.ListRateCardsResponse
		s.Get(t, one, "/v1/rateCards?inForceOn="+day, &inForce)
		if len(inForce.RateCards) != 1 || (inForce.RateCards[0].RateCardId == card.RateCardId) != want {
			t.Errorf("in force on %s: %v; the new card %v", day, inForce.RateCards, want)
		}
	}

	request := submitOf(contract)
	request.Body = `{"expectedFingerprint": "` + preview.Calculation.Fingerprint + `"}`
	checkMargin(t, submitted(t, s, softcat, request).Calculation)
}

// freeDay is the first day from tomorrow on that no rate card takes effect on
// or after.
func freeDay(t *testing.T, s *e2e.System, as e2e.Caller) string {
	t.Helper()
	free := e2e.Today(t).AddDays(1)
	var cards commissionv1.ListRateCardsResponse
	s.Get(t, as, "/v1/rateCards", &cards)
	for _, card := range cards.RateCards {
		taken, err := calendar.ParseDate(card.EffectiveDate)
		if err != nil {
			t.Fatal(err)
		}
		if !taken.Before(free) {
			free = taken.AddDays(1)
		}
	}
	return free.String()
}

func TestChange_ADeclinedRenewalIsSubmittedOnceTheDeclineIsTakenBack(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	s.Do(t, softcat, previewOf(contract)).Into(t, &commissionv1.PreviewRenewalResponse{})
	path := "/v1/renewals/" + contract.RenewalID

	var renewal commissionv1.Renewal
	act(t, s, softcat, path+":decline", `{"note": "moves to another vendor"}`).Into(t, &renewal)
	if renewal.State != commissionv1.RenewalState_RENEWAL_STATE_DECLINED || renewal.DeclineDate != e2e.Today(t).String() {
		t.Errorf("declined: %s on %q", renewal.State, renewal.DeclineDate)
	}
	s.Do(t, softcat, submitOf(contract)).Refused(t, http.StatusConflict, "RENEWAL_DECLINED")
	act(t, s, softcat, path+":undoDecline", `{}`).Into(t, &renewal)
	if renewal.State != commissionv1.RenewalState_RENEWAL_STATE_OPEN || renewal.DeclineDate != "" {
		t.Errorf("taken back: %s, declined on %q", renewal.State, renewal.DeclineDate)
	}
	act(t, s, softcat, path+":undoDecline", `{}`).Refused(t, http.StatusConflict, "STATE_INVALID")
	submitted(t, s, softcat, submitOf(contract))
}

func TestChange_ALapsedRenewalNeedsTheVendorsApproval(t *testing.T) {
	s := shared.System(t)
	softcat := s.Partner("softcat")
	contract := s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: -40, LockedBps: 2000})
	late := "/v1/renewals/" + contract.RenewalID + ":approveLate"
	s.Do(t, softcat, submitOf(contract)).Refused(t, http.StatusConflict, "APPROVAL_REQUIRED")
	act(t, s, softcat, late, `{}`).Refused(t, http.StatusForbidden, "PERMISSION_DENIED")
	act(t, s, s.Program("channel-one"), late, `{}`).Refused(t, http.StatusForbidden, "HUMAN_REQUIRED")

	var renewal commissionv1.Renewal
	act(t, s, s.Person("channel-one"), late, `{"note": "the order was lost in the post"}`).Into(t, &renewal)
	if !renewal.LateApproved {
		t.Error("the renewal does not show its approval")
	}
	submission := submitted(t, s, softcat, submitOf(contract))
	if submission.TermStartDate != contract.Due.String() {
		t.Errorf("the new term starts on %s, want the old end, %s", submission.TermStartDate, contract.Due)
	}
	checkMargin(t, submission.Calculation)
}

func TestChange_OutsideItsWindowsARenewalIsRefused(t *testing.T) {
	s := shared.System(t)
	for reason, dueIn := range map[string]int{"RENEWAL_NOT_OPEN": 120, "RENEWAL_EXPIRED": -95} {
		contract := s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: dueIn, LockedBps: 2000})
		s.Do(t, s.Partner("softcat"), submitOf(contract)).Refused(t, http.StatusConflict, reason)
	}
}

func TestChange_ASubscriptionCancelledAfterThePreviewIsNotRenewed(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	s.Do(t, softcat, previewOf(contract)).Into(t, &commissionv1.PreviewRenewalResponse{})

	var subscription customerv1.Subscription
	act(t, s, s.Person("channel-one"), "/v1/subscriptions/"+contract.SubscriptionID+":cancel",
		`{"effectiveDate": "`+e2e.Today(t).String()+`", "cause": "CANCELLATION_CAUSE_CUSTOMER"}`).Into(t, &subscription)
	if subscription.State != customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED {
		t.Errorf("the subscription is %s", subscription.State)
	}
	s.Do(t, softcat, submitOf(contract)).Refused(t, http.StatusConflict, "SUBSCRIPTION_CANCELLED")
	checkTerms(t, s, contract, 1)
}

func TestChange_ASubscriptionReassignedAfterThePreviewIsNotTheOldPartnersToRenew(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	s.Do(t, softcat, previewOf(contract)).Into(t, &commissionv1.PreviewRenewalResponse{})

	reassign(t, s, contract, "bytes", e2e.Today(t))
	refusal := s.Do(t, softcat, submitOf(contract)).Problem(t)
	if refusal.Reason != "PARTNER_CHANGED" && refusal.Reason != "NOT_FOUND" {
		t.Errorf("refused with %s, want PARTNER_CHANGED or NOT_FOUND: %s", refusal.Reason, refusal.Detail)
	}
	checkTerms(t, s, contract, 1)

	// The new partner renews at the card's rate: 20 % for managed services.
	submission := submitted(t, s, s.Partner("bytes"), submitOf(contract))
	if submission.PartnerId != "bytes" || submission.Calculation.LockedBps != 2000 {
		t.Errorf("renewed by %s at %d bps", submission.PartnerId, submission.Calculation.LockedBps)
	}
}

// reassign gives the contract another partner, as the partner service does once
// a customer has consented to a transfer.
func reassign(t *testing.T, s *e2e.System, c e2e.Contract, to string, from calendar.Date) {
	t.Helper()
	_, err := customerv1.NewSubscriptionServiceClient(s.Conn("customer")).ReassignSubscription(s.As(t, s.Service("partner")), &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: c.SubscriptionID, ExpectedPartnerId: c.Partner, PartnerId: to, EffectiveDate: from.String(), RequestId: e2e.NewKey(),
	})
	if err != nil {
		t.Fatalf("reassign %s: %v", c.SubscriptionID, err)
	}
}

// checkTerms fails t unless the contract has so many uncancelled terms.
func checkTerms(t *testing.T, s *e2e.System, c e2e.Contract, want int) {
	t.Helper()
	var subscription customerv1.Subscription
	s.Get(t, s.Person("channel-one"), "/v1/subscriptions/"+c.SubscriptionID, &subscription)
	got := 0
	for _, term := range subscription.Terms {
		if !term.Cancelled {
			got++
		}
	}
	if got != want {
		t.Errorf("%d terms, want %d: %v", got, want, subscription.Terms)
	}
}
