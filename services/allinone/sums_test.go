package allinone_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestSums_AreThoseOfAllPages(t *testing.T) {
	s := shared.System(t)
	for _, caller := range []e2e.Caller{s.Partner("softcat"), s.Person("finance-one")} {
		t.Run(caller.Name, func(t *testing.T) {
			want, listed := steadySums(t, s, caller)
			got := map[sumKey]sum{}
			for _, r := range want.Summaries {
				got[sumKey{r.State, r.CurrencyCode}] = sum{int(r.Count), int(r.CountWithoutLock), minor(t, r.RenewalNet), minor(t, r.RenewalMargin)}
			}
			if diff := cmp.Diff(added(t, listed), got); diff != "" {
				t.Errorf("the sums (+) are not those of the pages (-): %s", diff)
			}
			if int(want.TotalCount) != len(listed) {
				t.Errorf("%d renewals counted, %d listed", want.TotalCount, len(listed))
			}
		})
	}
}

// steadySums lists everything between two equal summaries, once the list has
// caught up with the book: it follows within seconds.
func steadySums(t *testing.T, s *e2e.System, caller e2e.Caller) (*commissionv1.SummarizeRenewalsResponse, []*commissionv1.Renewal) {
	t.Helper()
	contracts := countSubscriptions(t, s, caller)
	late, again := time.After(30*time.Second), time.NewTicker(100*time.Millisecond)
	defer again.Stop()
	for {
		var before, after commissionv1.SummarizeRenewalsResponse
		s.Get(t, caller, "/v1/renewals:summarize", &before)
		listed := allRenewals(t, s, caller)
		s.Get(t, caller, "/v1/renewals:summarize", &after)
		if proto.Equal(&before, &after) && int(after.TotalCount) >= contracts {
			return &after, listed
		}
		select {
		case <-late:
			t.Fatalf("the list does not come to rest: %d renewals of %d subscriptions", after.TotalCount, contracts)
		case <-again.C:
		}
	}
}

// countSubscriptions counts what the caller has, as customer knows it.
func countSubscriptions(t *testing.T, s *e2e.System, caller e2e.Caller) int {
	t.Helper()
	count := 0
	for token, more := "", true; more; more = token != "" {
		var page customerv1.ListSubscriptionsResponse
		s.Get(t, caller, "/v1/subscriptions?pageSize=1000&pageToken="+token, &page)
		count += len(page.Subscriptions)
		token = page.NextPageToken
	}
	if count < 50 {
		t.Errorf("%s has %d subscriptions", caller.Name, count)
	}
	return count
}

func allRenewals(t *testing.T, s *e2e.System, caller e2e.Caller) []*commissionv1.Renewal {
	t.Helper()
	var all []*commissionv1.Renewal
	seen := map[string]bool{}
	token := ""
	for {
		var page commissionv1.ListRenewalsResponse
		s.Get(t, caller, fmt.Sprintf("/v1/renewals?pageSize=37&pageToken=%s", token), &page)
		for _, r := range page.Renewals {
			if seen[r.RenewalId] {
				t.Fatalf("renewal %s is on two pages", r.RenewalId)
			}
			seen[r.RenewalId] = true
		}
		all = append(all, page.Renewals...)
		if token = page.NextPageToken; token == "" {
			return all
		}
	}
}

type sumKey struct {
	State    commissionv1.RenewalState
	Currency string
}

type sum struct {
	Count, WithoutLock int
	Net, Margin        int64
}

func added(t *testing.T, renewals []*commissionv1.Renewal) map[sumKey]sum {
	t.Helper()
	sums := map[sumKey]sum{}
	for _, r := range renewals {
		key := sumKey{r.State, r.RenewalNet.CurrencyCode}
		s := sums[key]
		s.Count++
		s.Net += minor(t, r.RenewalNet)
		s.Margin += minor(t, r.RenewalMargin)
		if r.EffectiveBps == nil {
			s.WithoutLock++
		}
		sums[key] = s
	}
	return sums
}

// minor reads an amount in whole minor units; one that is not there is nothing.
func minor(t *testing.T, m *typev1.Money) int64 {
	t.Helper()
	if m == nil {
		return 0
	}
	amount, err := money.Parse(m.CurrencyCode, m.Amount)
	if err != nil {
		t.Fatal(err)
	}
	return amount.Minor
}
