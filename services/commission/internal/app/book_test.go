package app_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

func TestPullBook_ReplaysAndReorderingsChangeNothing(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 210 })
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 220 })
	w.Project()
	want := w.Renewals(app.RenewalFilter{})
	old := w.Customer.Feed[0]
	for _, e := range []*customerv1.Event{w.Customer.Feed[1], old, old} {
		replay := proto.CloneOf(e)
		replay.Position = int64(len(w.Customer.Feed) + 1)
		w.Customer.Feed = append(w.Customer.Feed, replay)
		w.Project()
	}
	if diff := gocmp.Diff(want, w.Renewals(app.RenewalFilter{})); diff != "" {
		t.Errorf("a replay changed the book: %s", diff)
	}
	if want[0].Seats != 220 || want[0].RenewalNet.Decimal() != "27720.00" || want[0].Margin.Decimal() != "5544.00" {
		t.Errorf("%d seats, net %s, margin %s", want[0].Seats, want[0].RenewalNet, want[0].Margin)
	}
}

func TestPullBook_WaitsForACodeOfPractice(t *testing.T) {
	w := newWorld(t)
	w.Partner.NoCode.Store(true)
	w.Customer.Add(&customerv1.Subscription{SubscriptionId: "sub_waits"})
	_, _, err := w.App.PullBook(context.Background(), app.FeedStart)
	wantReason(t, err, "POLICY_MISSING")
	w.Partner.NoCode.Store(false)
	w.Restart() // what the last process remembers of the code is a few seconds old
	w.Customer.Feed = nil
	w.Subscribe(subscription)
	if got := len(w.Renewals(app.RenewalFilter{})); got != 1 {
		t.Errorf("%d renewals", got)
	}
}

func TestPullBook_CustomerFactsFollowTheCustomer(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	tell := func(name string, revision int64) {
		w.Customer.Feed = append(w.Customer.Feed, &customerv1.Event{
			Position: int64(len(w.Customer.Feed) + 1), Kind: "customer.updated", ResourceId: "cus_1", Revision: revision,
			Resource: &customerv1.Event_Customer{Customer: &customerv1.Customer{
				CustomerId: "cus_1", DisplayName: name, Segment: customerv1.Segment_SEGMENT_GLOBAL, CountryCode: "IE",
			}},
		})
		w.Project()
	}
	tell("Harbour Legal LLP", 2)
	tell("Harbour", 1)
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 210 })
	w.Project()
	r := w.Renewals(app.RenewalFilter{Segment: "GLOBAL"})
	if len(r) != 1 || r[0].CustomerName != "Harbour Legal LLP" || r[0].CountryCode != "IE" {
		t.Errorf("got %+v", r)
	}
}

func TestListRenewals_ShowsCurrentAndNextTermOfABookedRenewal(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	_, err := w.Submit(order(renewalID))
	must(t, err)
	w.Project()
	got := w.Renewals(app.RenewalFilter{})
	if len(got) != 2 || got[0].State != renewal.Booked || got[1].State != renewal.Scheduled || got[1].ID != "rnw_1_20270401" {
		t.Fatalf("got %+v", got)
	}
	w.On(due)
	if r := w.Renewals(app.RenewalFilter{States: []string{"RENEWED"}}); len(r) != 1 || r[0].ID != renewalID {
		t.Errorf("on the first day of the new term: %+v", r)
	}
	w.Customer.Change(subscription, "subscription.cancelled", func(s *customerv1.Subscription) {
		s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-09-01"
	})
	w.Project()
	if r := w.Renewals(app.RenewalFilter{}); r[0].State != renewal.Renewed || r[1].State != renewal.Cancelled {
		t.Errorf("cancelled inside the new term: %s, %s", r[0].State, r[1].State)
	}
}

func TestListRenewals_PagesInBothOrdersAndSumsAgree(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.Subscribe(fmt.Sprintf("sub_p%02d", i), func(s *customerv1.Subscription) {
			s.Seats = int64(100 + i*7%5)
			s.Terms[0].Seats = s.Seats
		})
	}
	f := app.RenewalFilter{Currency: "GBP"}
	for _, c := range []struct {
		order app.RenewalOrder
		key   func(records.Renewal) *app.RenewalKey
		less  func(a, b records.Renewal) int
	}{
		{app.ByDueDate, func(r records.Renewal) *app.RenewalKey { return &app.RenewalKey{Due: r.Due, ID: r.ID} },
			func(a, b records.Renewal) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) }},
		{app.ByValue, func(r records.Renewal) *app.RenewalKey {
			return &app.RenewalKey{NetMinor: r.RenewalNet.Minor, ID: r.ID}
		},
			func(a, b records.Renewal) int {
				return cmp.Or(cmp.Compare(b.RenewalNet.Minor, a.RenewalNet.Minor), cmp.Compare(a.ID, b.ID))
			}},
	} {
		var all []records.Renewal
		for after := (*app.RenewalKey)(nil); ; {
			page, err := w.App.ListRenewals(as(softcat), f, c.order, after, 5)
			must(t, err)
			all = append(all, page...)
			if len(page) < 5 {
				break
			}
			after = c.key(page[4])
		}
		if len(all) != 12 || !slices.IsSortedFunc(all, c.less) {
			t.Errorf("order %d: %d renewals, sorted %t", c.order, len(all), slices.IsSortedFunc(all, c.less))
		}
	}
	var net, earned int64
	for _, r := range w.Renewals(f) {
		net, earned = net+r.RenewalNet.Minor, earned+r.Margin.Minor
	}
	sums, err := w.App.SummarizeRenewals(as(softcat), app.RenewalFilter{})
	must(t, err)
	if len(sums) != 1 || sums[0].Count != 12 || sums[0].Net.Minor != net || sums[0].Margin.Minor != earned || sums[0].State != renewal.Open {
		t.Errorf("sums %+v; want 12 renewals of %d and %d", sums, net, earned)
	}
	if theirs, err := w.App.SummarizeRenewals(as(cdw), app.RenewalFilter{}); err != nil || len(theirs) != 0 {
		t.Errorf("another partner sums up %+v, %v", theirs, err)
	}
}

// TestListRenewals_MarginIsThatOfAPreview compares what the list computes in
// the database with what the engine calculates.
func TestListRenewals_MarginIsThatOfAPreview(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.Subscribe(fmt.Sprintf("sub_c%02d", i), func(s *customerv1.Subscription) {
			s.Seats, s.UpliftBps = int64(1+i*13), int32(i*37)
			s.UnitPrice = gbp(fmt.Sprintf("%d.%02d", 7+i, i*11%100))
			s.Terms[0].UnitPrice, s.Terms[0].Seats = s.UnitPrice, s.Seats
		})
	}
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE relationships SET cap_bps = 1777, cap_until_date = '2026-04-02' WHERE relationship_id LIKE '%5'")
		return err
	}))
	for _, r := range w.Renewals(app.RenewalFilter{}) {
		p, err := w.App.PreviewRenewal(as(softcat), app.Offer{RenewalID: r.ID})
		must(t, err)
		if p.Calculation.Net != r.RenewalNet || p.Calculation.Margin != r.Margin || p.Calculation.Effective != *r.Effective || r.Mode != margin.Resale {
			t.Errorf("%s: listed %s, %s at %d; previewed %s, %s at %d", r.ID,
				r.RenewalNet, r.Margin, *r.Effective, p.Calculation.Net, p.Calculation.Margin, p.Calculation.Effective)
		}
	}
}

// TestListRenewals_ShowsTheNetOfATermWhosePriceRose compares with customer's
// worked example: in a term of years that is not paid ahead, the price rises
// from year to year.
func TestListRenewals_ShowsTheNetOfATermWhosePriceRose(t *testing.T) {
	for billing, want := range map[customerv1.Billing]string{
		customerv1.Billing_BILLING_PREPAID: "48000.00 GBP, then 50400.00 GBP",
		customerv1.Billing_BILLING_ANNUAL:  "49200.00 GBP, then 54244.00 GBP",
		customerv1.Billing_BILLING_MONTHLY: "49200.00 GBP, then 54244.00 GBP",
	} {
		w := newWorld(t)
		w.Subscribe(subscription, func(s *customerv1.Subscription) {
			s.AnchorDate, s.FirstStartDate, s.PartnersOfRecord[0].FromDate = "2024-04-01", "2024-04-01", "2024-04-01"
			s.Billing, s.TermMonths, s.TermStartDate = billing, 24, "2024-04-01"
			s.Terms[0].Billing, s.Terms[0].TermMonths, s.Terms[0].StartDate = billing, 24, "2024-04-01"
		})
		r := w.Renewals(app.RenewalFilter{})[0]
		if got := fmt.Sprintf("%s, then %s", r.CurrentNet, r.RenewalNet); got != want {
			t.Errorf("%s: %s, want %s", billing, got, want)
		}
	}
}

func TestRefreshWindows_FollowsTheCodeInForceAtTheTermsStart(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	if n, err := w.App.RefreshWindows(t.Context()); n != 0 || err != nil {
		t.Errorf("moved %d, %v; want none", n, err)
	}
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE renewals SET code_version_id = 'cod_0', open_date = due_date")
		return err
	}))
	if n, err := w.App.RefreshWindows(t.Context()); n != 1 || err != nil {
		t.Errorf("moved %d, %v; want 1", n, err)
	}
	if r := w.Renewals(app.RenewalFilter{})[0]; r.Opens.String() != "2026-01-01" {
		t.Errorf("opens on %s", r.Opens)
	}
}

// TestPullBook_HistoryIsNotForRenewal imports a subscription with the terms of
// former years: only the end of the running one is a renewal, and its booking
// stays one afterwards.
func TestPullBook_HistoryIsNotForRenewal(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription, func(s *customerv1.Subscription) {
		s.AnchorDate, s.FirstStartDate, s.PartnersOfRecord[0].FromDate = "2021-04-01", "2021-04-01", "2021-04-01"
		s.Terms = append([]*customerv1.Term{
			{StartDate: "2021-04-01", EndDate: "2022-04-01", TermMonths: 12, Seats: 150, UnitPrice: gbp("98.00"), Billing: customerv1.Billing_BILLING_PREPAID},
			{StartDate: "2022-04-01", EndDate: "2025-04-01", TermMonths: 36, Seats: 180, UnitPrice: gbp("103.66"), Billing: customerv1.Billing_BILLING_ANNUAL},
		}, s.Terms...)
	})
	if got := w.Renewals(app.RenewalFilter{}); len(got) != 1 || got[0].ID != renewalID || got[0].State != renewal.Open {
		t.Fatalf("got %+v", got)
	}
	_, err := w.Submit(order("rnw_1_20250401"))
	wantReason(t, err, "NOT_FOUND")
	_, err = w.Submit(order(renewalID))
	must(t, err)
	w.Project()
	if got := w.Renewals(app.RenewalFilter{}); len(got) != 2 || got[0].State != renewal.Booked || got[1].ID != "rnw_1_20270401" {
		t.Errorf("after the renewal: %+v", got)
	}
	w.wantBookedOnce()
}
