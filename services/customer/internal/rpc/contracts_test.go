package rpc_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// get reads a subscription with the vendor's eyes.
func (h *harness) get(id string) *customerv1.Subscription {
	h.t.Helper()
	s, err := h.subscriptions(channel).GetSubscription(h.ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: id})
	must(h.t, err)
	return s
}

func TestCreateSubscription_BooksTheFirstTerm(t *testing.T) {
	h := start(t)
	h.stock()
	customer := h.customer("one.example")
	request := order(customer.GetCustomerId())
	s, err := h.subscriptions(commission).CreateSubscription(h.ctx, request)
	must(t, err)
	want := &customerv1.Subscription{
		CustomerId: customer.GetCustomerId(), ProductId: "gateway", FamilyId: "email-security", Seats: 200, UnitPrice: gbp("120.00"), UpliftBps: 500,
		TermMonths: 12, Billing: customerv1.Billing_BILLING_PREPAID, AnchorDate: request.GetStartDate(), TimeZone: "Europe/London",
		TermStartDate: request.GetStartDate(), FirstStartDate: request.GetStartDate(), TermNet: gbp("24000.00"), PartnerId: "softcat",
		PartnerFromDate: request.GetStartDate(), State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: "softcat", FromDate: request.GetStartDate()}},
		Terms: []*customerv1.Term{{
			StartDate: request.GetStartDate(), TermMonths: 12, Seats: 200, FinalSeats: 200, UnitPrice: gbp("120.00"), Net: gbp("24000.00"),
			PartnerId: "softcat", BookedBy: request.GetRequestId(), Billing: customerv1.Billing_BILLING_PREPAID,
		}},
		Revision: 1, CustomerName: customer.GetDisplayName(), CustomerSegment: "MID_MARKET", CustomerCountryCode: "GB",
	}
	diff := cmp.Diff(want, s, protocmp.Transform(),
		protocmp.IgnoreFields(&customerv1.Subscription{}, "subscription_id", "etag", "create_time", "update_time", "term_end_date"),
		protocmp.IgnoreFields(&customerv1.Term{}, "term_id", "end_date"))
	if diff != "" {
		t.Error(diff)
	}
	if read := h.get(s.GetSubscriptionId()); !proto.Equal(s, read) {
		t.Error(cmp.Diff(s, read, protocmp.Transform()))
	}
}

func TestRenewSubscription_AddsTheNextTerm(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	renewed, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	if renewed.GetTermStartDate() != s.GetTermEndDate() || renewed.GetTermNet().GetAmount() != "25200.00" || renewed.GetRevision() != 2 || len(renewed.GetTerms()) != 2 {
		t.Errorf("got %v", renewed)
	}
	if read := h.get(s.GetSubscriptionId()); !proto.Equal(renewed, read) {
		t.Error(cmp.Diff(renewed, read, protocmp.Transform()))
	}
}

func TestRenewSubscription_OneOfManyWins(t *testing.T) {
	h := start(t)
	h.stock()
	for name, etag := range map[string]bool{"TERM_ALREADY_RENEWED": false, "ETAG_MISMATCH": true} {
		s := h.subscription()
		answers := at64(func(int) error {
			r := renewal(s)
			if !etag {
				r.Etag = ""
			}
			_, err := h.subscriptions(commission).RenewSubscription(h.ctx, r)
			return err
		})
		won := 0
		for _, err := range answers {
			if err == nil {
				won++
				continue
			}
			wantReason(t, err, name)
		}
		if got := h.get(s.GetSubscriptionId()); won != 1 || len(got.GetTerms()) != 2 || got.GetRevision() != 2 {
			t.Errorf("%s: %d won, and there are %d terms", name, won, len(got.GetTerms()))
		}
	}
}

// at64 does something 64 times at once.
func at64(deed func(n int) error) []error {
	answers := make([]error, 64)
	var wg sync.WaitGroup
	for n := range answers {
		wg.Go(func() { answers[n] = deed(n) })
	}
	wg.Wait()
	return answers
}

func TestRenewSubscription_TheSameRequestHasOneEffectAndOneAnswer(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	request := renewal(s)
	answers := make([]*customerv1.Subscription, 64)
	// Half of the callers are the service itself, half the service for the partner:
	// to idempotency keys they are two, to the contract one.
	clients := []customerv1.SubscriptionServiceClient{h.subscriptions(commission), h.subscriptions(servertest.ServiceFor("commission", "softcat"))}
	for _, err := range at64(func(n int) (err error) {
		for {
			answers[n], err = clients[n%2].RenewSubscription(h.ctx, proto.CloneOf(request))
			if refusal, ok := fault.Of(err); !ok || refusal.Reason != "IDEMPOTENCY_KEY_IN_FLIGHT" {
				return err
			}
		}
	}) {
		must(t, err)
	}
	for n := range answers {
		if !proto.Equal(answers[n%2], answers[n]) {
			t.Fatal(cmp.Diff(answers[n%2], answers[n], protocmp.Transform()))
		}
	}
	if got := h.get(s.GetSubscriptionId()); len(got.GetTerms()) != 2 || got.GetRevision() != 2 {
		t.Errorf("got %v", got)
	}
}

func TestCommitPoints_RememberTheirRequestsForGood(t *testing.T) {
	var ahead atomic.Int64
	h := startOn(t, &ahead)
	h.stock()
	c := h.subscriptions(commission)
	created := order(h.customer("one.example").GetCustomerId())
	s, err := c.CreateSubscription(h.ctx, created)
	must(t, err)
	seats := &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(1), Seats: 225, RequestId: rid(),
	}
	changed, err := c.ChangeSeats(h.ctx, seats)
	must(t, err)
	renew := renewal(changed)
	renewed, err := c.RenewSubscription(h.ctx, renew)
	must(t, err)
	moved := &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: day(2), TransferId: "tra_1", RequestId: rid(),
	}
	reassigned, err := h.subscriptions(partner).ReassignSubscription(h.ctx, moved)
	must(t, err)

	_, err = h.db.SystemPool().Exec(h.ctx, "DELETE FROM idempotency_keys")
	must(t, err)
	ahead.Store(int64(20 * 24 * time.Hour)) // the days of the changes are over

	again, err := c.CreateSubscription(h.ctx, created)
	must(t, err)
	changedAgain, err := c.ChangeSeats(h.ctx, seats)
	must(t, err)
	renewedAgain, err := c.RenewSubscription(h.ctx, renew)
	must(t, err)
	reassignedAgain, err := h.subscriptions(partner).ReassignSubscription(h.ctx, moved)
	must(t, err)
	for _, pair := range [][2]*customerv1.Subscription{{s, again}, {changed, changedAgain}, {renewed, renewedAgain}, {reassigned, reassignedAgain}} {
		if diff := cmp.Diff(pair[0], pair[1], protocmp.Transform(), protocmp.IgnoreFields(s, "partner_id", "partner_from_date")); diff != "" {
			t.Errorf("answered differently: %s", diff)
		}
	}
	// The service may repeat it for the partner that it was for, though that one
	// has lost the subscription since, and for no other one.
	_, err = h.subscriptions(servertest.ServiceFor("commission", "northwind")).ChangeSeats(h.ctx, seats)
	wantReason(t, err, "NOT_FOUND")
	_, err = h.subscriptions(servertest.ServiceFor("commission", "third")).RenewSubscription(h.ctx, renew)
	wantReason(t, err, "NOT_FOUND")

	other := proto.CloneOf(renew)
	other.Seats++
	_, err = c.RenewSubscription(h.ctx, other)
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED")
	if got := h.get(s.GetSubscriptionId()); got.GetRevision() != 4 {
		t.Errorf("repetitions changed the subscription: %v", got)
	}
}

func TestCommitPoints_AreForThePartnerOfRecord(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	softcats, northwinds := h.subscriptions(servertest.ServiceFor("commission", "softcat")), h.subscriptions(servertest.ServiceFor("commission", "northwind"))

	_, absent := northwinds.RenewSubscription(h.ctx, &customerv1.RenewSubscriptionRequest{
		SubscriptionId: "sub_0", ExpectedPartnerId: "northwind", StartDate: day(0), TermMonths: 12, Seats: 1, UnitPrice: gbp("1"), RequestId: rid(),
	})
	_, foreign := northwinds.RenewSubscription(h.ctx, renewal(s))
	wantReason(t, foreign, "NOT_FOUND")
	if absent == nil || absent.Error() != foreign.Error() {
		t.Errorf("another's subscription is told from one that is not: %v, %v", absent, foreign)
	}
	_, err := northwinds.RecordQuote(h.ctx, &customerv1.RecordQuoteRequest{
		SubscriptionId: s.GetSubscriptionId(), PartnerId: "softcat", QuoteDate: day(0), RequestId: rid(),
	})
	wantReason(t, err, "NOT_FOUND")
	_, err = northwinds.CreateSubscription(h.ctx, order(s.GetCustomerId()))
	wantReason(t, err, "NOT_FOUND customer_id")

	_, err = h.subscriptions(partner).ReassignSubscription(h.ctx, &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: s.GetTermEndDate(), RequestId: rid(),
	})
	must(t, err)
	// A partner to come may quote the renewal that will be its own.
	_, err = northwinds.RecordQuote(h.ctx, &customerv1.RecordQuoteRequest{
		SubscriptionId: s.GetSubscriptionId(), PartnerId: "northwind", QuoteDate: day(0), RequestId: rid(),
	})
	must(t, err)
	moved := renewal(h.get(s.GetSubscriptionId()))
	moved.ExpectedPartnerId = "northwind"
	_, err = softcats.RenewSubscription(h.ctx, renewal(s))
	wantReason(t, err, "NOT_FOUND")
	renewed, err := northwinds.RenewSubscription(h.ctx, moved)
	must(t, err)
	if len(renewed.GetPartnersOfRecord()) != 1 || renewed.GetPartnersOfRecord()[0].GetPartnerId() != "northwind" || renewed.GetTerms()[0].GetPartnerId() != "" {
		t.Errorf("the new partner sees the old one: %v", renewed)
	}
	if terms := renewed.GetTerms(); terms[0].GetBookedBy() != "" || terms[1].GetBookedBy() != moved.GetRequestId() {
		t.Errorf("the new partner sees who booked the old one's term: %v", terms)
	}
}

func TestChangeSeats_WithinTheTerm(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	changed, err := h.subscriptions(commission).ChangeSeats(h.ctx, &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", Etag: s.GetEtag(), EffectiveDate: day(1), Seats: 225, RequestId: rid(),
	})
	must(t, err)
	if changed.GetSeats() != 225 || changed.GetTerms()[0].GetSeats() != 200 || changed.GetTerms()[0].GetFinalSeats() != 225 || !proto.Equal(changed, h.get(s.GetSubscriptionId())) {
		t.Errorf("got %v", changed)
	}
}

func TestCancelSubscription_TakesBackWhatIsBooked(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	_, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	cancelled, err := h.subscriptions(servertest.Service("billing")).CancelSubscription(h.ctx, &customerv1.CancelSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), EffectiveDate: s.GetTermEndDate(), Cause: customerv1.CancellationCause_CANCELLATION_CAUSE_NON_PAYMENT, RequestId: rid(),
	})
	must(t, err)
	if cancelled.GetState() != customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED || !cancelled.GetTerms()[1].GetCancelled() ||
		cancelled.GetTermEndDate() != s.GetTermEndDate() || cancelled.GetCancelDate() != s.GetTermEndDate() || !proto.Equal(cancelled, h.get(s.GetSubscriptionId())) {
		t.Errorf("got %v", cancelled)
	}
}

func TestRecordQuote_IsIdempotentByQuote(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	request := &customerv1.RecordQuoteRequest{SubscriptionId: s.GetSubscriptionId(), PartnerId: "softcat", QuoteDate: day(-3), RequestId: rid()}
	for range 3 {
		_, err := h.subscriptions(commission).RecordQuote(h.ctx, request)
		must(t, err)
	}
	if got := h.get(s.GetSubscriptionId()); got.GetLastQuoteDate() != day(-3) || got.GetRevision() != 2 {
		t.Errorf("got %v", got)
	}
}

func TestGetPartnerOfRecord_KnowsPastAndFuture(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	_, err := h.subscriptions(partner).ReassignSubscription(h.ctx, &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: day(10), TransferId: "tra_1", RequestId: rid(),
	})
	must(t, err)
	for asOf, want := range map[string]string{"": "softcat", s.GetFirstStartDate(): "softcat", day(9): "softcat", day(10): "northwind", day(900): "northwind"} {
		got, err := h.subscriptions(channel).GetPartnerOfRecord(h.ctx, &customerv1.GetPartnerOfRecordRequest{SubscriptionId: s.GetSubscriptionId(), AsOf: asOf})
		must(t, err)
		if got.GetPartnerId() != want {
			t.Errorf("on %q it is %s, want %s", asOf, got.GetPartnerId(), want)
		}
	}
}

func TestListSubscriptionChanges_TellsWhoDidWhat(t *testing.T) {
	h := start(t)
	h.stock()
	s := h.subscription()
	_, err := h.subscriptions(servertest.ServiceFor("commission", "softcat")).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	first, err := h.subscriptions(channel).ListSubscriptionChanges(h.ctx, &customerv1.ListSubscriptionChangesRequest{SubscriptionId: s.GetSubscriptionId(), PageSize: 1})
	must(t, err)
	second, err := h.subscriptions(channel).ListSubscriptionChanges(h.ctx, &customerv1.ListSubscriptionChangesRequest{
		SubscriptionId: s.GetSubscriptionId(), PageSize: 1, PageToken: first.GetNextPageToken(),
	})
	must(t, err)
	if !proto.Equal(first.GetChanges()[0].GetSubscription(), s) || first.GetChanges()[0].GetKind() != "subscription.created" {
		t.Errorf("got %v", first)
	}
	if got := second.GetChanges()[0]; got.GetKind() != "subscription.renewed" || got.GetActor() != "service:commission:softcat" || second.GetNextPageToken() != "" {
		t.Errorf("got %v", second)
	}
	_, err = h.subscriptions(channel).ListSubscriptionChanges(h.ctx, &customerv1.ListSubscriptionChangesRequest{SubscriptionId: "sub_0"})
	if !errors.Is(err, fault.New("NOT_FOUND", "")) {
		t.Errorf("got %v", err)
	}
}
