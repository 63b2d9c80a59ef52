package allinone_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// lawFirms of the book have a renewal like that of the README's example, which
// stays the README's own.
var lawFirms = []string{"sjberwin.example", "footanstey.example", "weightmans.example"}

// openAtLawFirm is the first open renewal of a law firm, found the way a portal
// finds it.
func openAtLawFirm(t *testing.T, s *e2e.System, portal e2e.Caller) *commissionv1.Renewal {
	t.Helper()
	for _, domain := range lawFirms {
		var customer customerv1.Customer
		s.Get(t, portal, "/v1/customers:lookup?domain="+url.QueryEscape(domain), &customer)
		var due commissionv1.ListRenewalsResponse
		s.Get(t, portal, "/v1/renewals?states=RENEWAL_STATE_OPEN&customerId="+customer.CustomerId, &due)
		if len(due.Renewals) == 1 {
			return due.Renewals[0]
		}
	}
	t.Fatal("no law firm of the book has an open renewal")
	return nil
}

func TestStory_APortalQuotesAndSubmitsAndItsMarginIsThatOfTheFirstYear(t *testing.T) {
	s := shared.System(t)
	softcat := s.Partner("softcat")
	renewal := openAtLawFirm(t, s, softcat)
	path := "/v1/renewals/" + renewal.RenewalId

	var preview commissionv1.PreviewRenewalResponse
	s.Do(t, softcat, e2e.Request{Verb: http.MethodPost, Path: path + ":preview", Body: `{}`}).Into(t, &preview)
	checkMargin(t, preview.Calculation)

	var quote commissionv1.Quote
	s.Do(t, softcat, e2e.Request{
		Verb: http.MethodPost, Path: "/v1/quotes", Key: e2e.NewKey(),
		Body: e2e.Body(t, &commissionv1.CreateQuoteRequest{RenewalId: renewal.RenewalId}),
	}).Into(t, &quote)
	if quote.Calculation.Fingerprint != preview.Calculation.Fingerprint {
		t.Errorf("the quote's fingerprint is %s, the preview's %s", quote.Calculation.Fingerprint, preview.Calculation.Fingerprint)
	}

	submit := e2e.Request{
		Verb: http.MethodPost, Path: path + ":submit", Key: e2e.NewKey(),
		Body: e2e.Body(t, &commissionv1.SubmitRenewalRequest{QuoteId: quote.QuoteId, ExpectedFingerprint: preview.Calculation.Fingerprint}),
	}
	first := s.Do(t, softcat, submit)
	var submission commissionv1.Submission
	first.Into(t, &submission)
	if submission.State != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED {
		t.Fatalf("the submission is %s", submission.State)
	}
	checkMargin(t, submission.Calculation)
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	if got, want := first.Header.Get("ETag"), `"`+submission.Etag+`"`; got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}

	again := s.Do(t, softcat, submit)
	if again.Status != http.StatusOK || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same key: status %d, Idempotent-Replayed %q", again.Status, again.Header.Get("Idempotent-Replayed"))
	}
	var replayed commissionv1.Submission
	again.Into(t, &replayed)
	if diff := cmp.Diff(&submission, &replayed, protocmp.Transform()); diff != "" {
		t.Errorf("the same key gives another answer: %s", diff)
	}
	checkBooked(t, s, &submission)
}

// checkMargin holds a calculation against the worked example: 24,000.00 raised
// by 5 %, at 20 % although the present card says 15 %.
func checkMargin(t *testing.T, c *commissionv1.Calculation) {
	t.Helper()
	if c.GetNet().GetAmount() != "25200.00" || c.GetMargin().GetAmount() != "5040.00" || c.GetBuyPrice().GetAmount() != "20160.00" {
		t.Errorf("net %s, margin %s, buy price %s; want 25200.00, 5040.00, 20160.00", c.GetNet(), c.GetMargin(), c.GetBuyPrice())
	}
	if c.GetLockedBps() != 2000 || c.GetEffectiveBps() != 2000 {
		t.Errorf("locked at %d, effective %d bps, want 2000", c.GetLockedBps(), c.GetEffectiveBps())
	}
	var rules []string
	for _, step := range c.GetSteps() {
		rules = append(rules, step.Rule)
		if step.Sentence == "" || step.Clause == "" {
			t.Errorf("step %d does not explain itself: %s", step.Number, step)
		}
	}
	if got, want := strings.Join(rules, " "), "price term lock margin settlement"; got != want {
		t.Errorf("the explanation goes %q, want %q", got, want)
	}
}

// checkBooked holds a booked submission against the contract: exactly one
// uncancelled term with its start, booked by it, and its margin fixed.
func checkBooked(t *testing.T, s *e2e.System, submission *commissionv1.Submission) {
	t.Helper()
	var subscription customerv1.Subscription
	s.Get(t, s.Person("channel-one"), "/v1/subscriptions/"+submission.SubscriptionId, &subscription)
	var booked []string
	for _, term := range subscription.Terms {
		if term.StartDate == submission.TermStartDate && !term.Cancelled {
			booked = append(booked, term.BookedBy)
		}
	}
	if diff := cmp.Diff([]string{submission.SubmissionId}, booked); diff != "" {
		t.Errorf("terms that start on %s: %s", submission.TermStartDate, diff)
	}
	var stored commissionv1.Calculation
	s.Get(t, s.Person("finance-one"), "/v1/calculations/"+submission.Calculation.CalculationId, &stored)
	if !proto.Equal(stored.Margin, submission.Calculation.Margin) || stored.Margin.GetAmount() == "" {
		t.Errorf("the stored margin is %s, the submission's %s", stored.Margin, submission.Calculation.Margin)
	}
}
