package allinone_test

import (
	"fmt"
	"strings"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// event is what the events of all three feeds have in common.
type event interface {
	GetPosition() int64
	GetKind() string
	GetResourceId() string
	GetRevision() int64
}

// A watch gives a feed's events as they come.
type watch func() (event, error)

// until reads a feed from its beginning to an event. Positions must be dense,
// and the revisions of each resource in order.
func until(t *testing.T, feed watch, last func(event) bool) []event {
	t.Helper()
	var all []event
	revisions := map[string]int64{}
	for {
		e, err := feed()
		if err != nil {
			t.Fatalf("after %d events: %v", len(all), err)
		}
		all = append(all, e)
		if e.GetPosition() != int64(len(all)) {
			t.Fatalf("event %d of the feed has position %d", len(all), e.GetPosition())
		}
		if before := revisions[e.GetResourceId()]; e.GetRevision() <= before {
			t.Errorf("%s at %d has revision %d after %d", e.GetKind(), e.GetPosition(), e.GetRevision(), before)
		}
		revisions[e.GetResourceId()] = e.GetRevision()
		if last(e) {
			return all
		}
	}
}

func TestFeeds_TellEveryChangeOnceAndWithoutGaps(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	s.Do(t, softcat, submitOf(contract)).Into(t, &commissionv1.Submission{})
	ctx := s.As(t, s.Service("bi"))

	t.Run("commission", func(t *testing.T) {
		stream, err := commissionv1.NewEventServiceClient(s.Conn("commission")).WatchEvents(ctx, &commissionv1.WatchEventsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		all := until(t, func() (event, error) { return stream.Recv() }, func(e event) bool {
			return e.GetKind() == "submission.booked" && e.(*commissionv1.Event).GetSubmission().GetRenewalId() == contract.RenewalID
		})
		checkSubmissionsTold(t, s, all)
	})
	t.Run("customer", func(t *testing.T) {
		stream, err := customerv1.NewEventServiceClient(s.Conn("customer")).WatchEvents(ctx, &customerv1.WatchEventsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		all := until(t, func() (event, error) { return stream.Recv() }, func(e event) bool {
			return e.GetKind() == "subscription.renewed" && e.GetResourceId() == contract.SubscriptionID
		})
		checkBookTold(t, s, all)
	})
	t.Run("partner", func(t *testing.T) {
		var made partnerv1.ApiClientSecret
		act(t, s, s.Person("admin-one"), "/v1/apiClients", `{"partnerId": "softcat", "displayName": "Spare"}`).Into(t, &made)
		stream, err := partnerv1.NewEventServiceClient(s.Conn("partner")).WatchEvents(ctx, &partnerv1.WatchEventsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		all := until(t, func() (event, error) { return stream.Recv() }, func(e event) bool { return e.GetResourceId() == made.ApiClient.ClientId })
		for _, e := range all {
			if strings.Contains(fmt.Sprint(e), made.ClientSecret) {
				t.Errorf("event %d tells a secret", e.GetPosition())
			}
		}
		var partners partnerv1.ListPartnersResponse
		s.Get(t, s.Person("admin-one"), "/v1/partners?pageSize=1000", &partners)
		told := resources(all)
		for _, p := range partners.Partners {
			if !told[p.PartnerId] && p.PartnerId != "direct" {
				t.Errorf("the feed does not tell of partner %s", p.PartnerId)
			}
		}
	})
}

func resources(events []event) map[string]bool {
	told := map[string]bool{}
	for _, e := range events {
		told[e.GetResourceId()] = true
	}
	return told
}

// checkSubmissionsTold holds the feed against the list: each submission was
// submitted and decided, once.
func checkSubmissionsTold(t *testing.T, s *e2e.System, all []event) {
	t.Helper()
	told := map[string][]string{}
	for _, e := range all {
		told[e.GetResourceId()] = append(told[e.GetResourceId()], e.GetKind())
	}
	listed := 0
	for token, more := "", true; more; more = token != "" {
		var page commissionv1.ListSubmissionsResponse
		s.Get(t, s.Person("finance-one"), "/v1/submissions?pageSize=100&pageToken="+token, &page)
		for _, submission := range page.Submissions {
			decided := map[commissionv1.SubmissionState]string{
				commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED: " submission.booked", commissionv1.SubmissionState_SUBMISSION_STATE_REJECTED: " submission.rejected",
			}[submission.State]
			if got, want := strings.Join(told[submission.SubmissionId], " "), "submission.submitted"+decided; got != want {
				t.Errorf("of %s the feed tells %q, want %q", submission.SubmissionId, got, want)
			}
			listed++
		}
		token = page.NextPageToken
	}
	if listed == 0 {
		t.Error("there are no submissions")
	}
}

// checkBookTold holds the feed against the lists of customers and subscriptions.
func checkBookTold(t *testing.T, s *e2e.System, all []event) {
	t.Helper()
	told := resources(all)
	admin, count := s.Person("admin-one"), 0
	for token, more := "", true; more; more = token != "" {
		var page customerv1.ListCustomersResponse
		s.Get(t, admin, "/v1/customers?pageSize=1000&pageToken="+token, &page)
		for _, c := range page.Customers {
			if count++; !told[c.CustomerId] {
				t.Errorf("the feed does not tell of customer %s", c.CustomerId)
			}
		}
		token = page.NextPageToken
	}
	for token, more := "", true; more; more = token != "" {
		var page customerv1.ListSubscriptionsResponse
		s.Get(t, admin, "/v1/subscriptions?pageSize=1000&pageToken="+token, &page)
		for _, sub := range page.Subscriptions {
			if count++; !told[sub.SubscriptionId] {
				t.Errorf("the feed does not tell of subscription %s", sub.SubscriptionId)
			}
		}
		token = page.NextPageToken
	}
	if count < 1000 {
		t.Errorf("the book has %d customers and subscriptions", count)
	}
}
