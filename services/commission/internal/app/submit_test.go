package app_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

func TestSubmitRenewal_BooksAtTheLockedMargin(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	s, err := w.submit(order(renewalID))
	must(t, err)
	c := s.Calculation
	if s.State != records.Booked || c.Net.Decimal() != "25200.00" || c.Margin.Decimal() != "5040.00" || c.BuyPrice.Decimal() != "20160.00" {
		t.Errorf("%s: net %s, margin %s, buy price %s; want BOOKED 25200.00, 5040.00, 20160.00", s.State, c.Net, c.Margin, c.BuyPrice)
	}
	if s.Term.String() != "[2026-04-01, 2027-04-01)" {
		t.Errorf("term %s", s.Term)
	}
	w.project()
	w.wantBookedOnce()
}

func TestSubmitRenewal_BooksWhatWasPreviewed(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	for _, wish := range []renewal.Wish{{}, {Seats: 250}, {Seats: 150, Months: 36}, {Months: 24, Billing: margin.Annual}} {
		w.customer.change(subscription, "subscription.restored", restore)
		offer := app.Offer{RenewalID: renewalID, Wish: wish}
		p, err := w.app.PreviewRenewal(as(softcat), offer)
		must(t, err)
		offer.ExpectedFingerprint = p.Calculation.Fingerprint
		again, err := w.app.PreviewRenewal(as(anna), offer)
		must(t, err)
		if diff := cmp.Diff(p.Calculation, again.Calculation); diff != "" {
			t.Errorf("the vendor previews something else: %s", diff)
		}
	}
	offer := app.Offer{RenewalID: renewalID, Wish: renewal.Wish{Seats: 250}}
	p, err := w.app.PreviewRenewal(as(softcat), offer)
	must(t, err)
	offer.ExpectedFingerprint = p.Calculation.Fingerprint
	s, err := w.submit(app.Order{Offer: offer})
	must(t, err)
	if diff := cmp.Diff(p.Calculation.Calculation, s.Calculation.Calculation); diff != "" {
		t.Errorf("booked something else than was previewed: %s", diff)
	}
}

func restore(*customerv1.Subscription) {}

func TestSubmitRenewal_RefusesAStalePreview(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	p, err := w.app.PreviewRenewal(as(softcat), app.Offer{RenewalID: renewalID})
	must(t, err)
	w.customer.change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 220 })
	_, err = w.submit(app.Order{Offer: app.Offer{RenewalID: renewalID, ExpectedFingerprint: p.Calculation.Fingerprint}})
	wantReason(t, err, "PREVIEW_STALE")
}

func TestSubmitRenewal_OfManyAtOnceBooksOne(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	const callers = 64
	outcomes := make([]app.Outcome, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			outcomes[i].Submission, outcomes[i].Err = w.submit(order(renewalID))
		})
	}
	all.Wait()
	booked := 0
	for _, o := range outcomes {
		if o.Err == nil && o.Submission.State == records.Booked {
			booked++
			continue
		}
		refusal, ok := fault.Of(o.Err)
		if !ok || refusal.Reason != "RENEWAL_ALREADY_SUBMITTED" || refusal.Facts["submission_id"] == "" {
			t.Errorf("got %v; want RENEWAL_ALREADY_SUBMITTED with the submission", o.Err)
		}
	}
	if booked != 1 {
		t.Errorf("%d are booked; want 1", booked)
	}
	w.project()
	w.wantBookedOnce()
}

func TestSubmitRenewal_SameKeyGivesTheSameSubmissionInTodaysState(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.customer.before = func(*customerv1.RenewSubscriptionRequest) error { return rpcerr.Unavailable }
	ctx := keyed(softcat, "one", order(renewalID))
	first, err := w.app.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	w.customer.before = nil
	again, err := w.app.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	if first.State != records.Submitted || again.State != records.Booked || first.ID != again.ID {
		t.Errorf("%s %s, then %s %s; want one submission, SUBMITTED, then BOOKED", first.ID, first.State, again.ID, again.State)
	}
	_, err = w.app.SubmitRenewal(keyed(softcat, "one", "something else"), order(renewalID))
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED")
	_, err = w.submit(order(renewalID))
	wantReason(t, err, "RENEWAL_ALREADY_SUBMITTED")
}

func TestSubmitRenewal_ReplayIsAnsweredThoughTheContractCantBeRead(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	ctx := keyed(softcat, "one", order(renewalID))
	first, err := w.app.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	w.customer.change(subscription, "subscription.reassigned", reassignTo("cdw", "2026-03-02"))
	again, err := w.app.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the replay differs: %s", diff)
	}
}

// reassignTo gives a subscription another partner from a day on.
func reassignTo(partner, from string) func(*customerv1.Subscription) {
	return func(s *customerv1.Subscription) {
		s.PartnersOfRecord[len(s.PartnersOfRecord)-1].UntilDate = from
		s.PartnersOfRecord = append(s.PartnersOfRecord, &customerv1.PartnerOfRecord{PartnerId: partner, FromDate: from})
	}
}

func TestSubmitRenewal_RefusedAttemptLeavesRoomForAnother(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.onTheWay("subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 220 })
	first := keyed(softcat, "first", "")
	_, err := w.app.SubmitRenewal(first, order(renewalID))
	wantReason(t, err, "PREVIEW_STALE")
	refusal, _ := fault.Of(err)
	rejected, err := w.app.GetSubmission(as(softcat), refusal.Facts["submission_id"])
	must(t, err)
	if rejected.State != records.Rejected {
		t.Errorf("the refused submission is %s", rejected.State)
	}
	s, err := w.submit(order(renewalID))
	must(t, err)
	if s.ID == rejected.ID || s.State != records.Booked || s.Seats != 220 {
		t.Errorf("the new attempt is %s, %s", s.ID, s.State)
	}
	_, err = w.app.SubmitRenewal(first, order(renewalID))
	wantReason(t, err, "PREVIEW_STALE") // a new attempt needs a new key
	if len(w.submissions(renewalID)) != 2 || len(w.booked(subscription)) != 1 {
		t.Errorf("%d submissions, %d booked", len(w.submissions(renewalID)), len(w.booked(subscription)))
	}
}

func TestSubmitRenewal_ChangedOnTheWayIsRefusedForItsReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*customerv1.Subscription)
		reason fault.Reason
	}{
		{"cancelled", func(s *customerv1.Subscription) {
			s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-15"
		}, "SUBSCRIPTION_CANCELLED"},
		{"reassigned from today", reassignTo("cdw", today), "PARTNER_CHANGED"},
		{"reassigned from the new term", reassignTo("cdw", due), "PARTNER_CHANGED"},
		{"renewed by others", func(s *customerv1.Subscription) {
			next := proto.CloneOf(s.Terms[0])
			next.StartDate, next.EndDate, next.BookedBy = due, "2027-04-01", "sbm_elsewhere"
			s.Terms = append(s.Terms, next)
		}, "RENEWAL_ALREADY_SUBMITTED"},
		{"with other seats", func(s *customerv1.Subscription) { s.Seats = 201 }, "PREVIEW_STALE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.subscribe(subscription)
			w.onTheWay("subscription.changed", c.change)
			_, err := w.submit(order(renewalID))
			wantReason(t, err, c.reason)
			if refusal, ok := fault.Of(err); ok && refusal.Facts["submission_id"] == "" {
				t.Error("the refusal does not name the submission")
			}
			if n := len(w.booked(subscription)); n != 0 {
				t.Errorf("%d booked terms", n)
			}
		})
	}
}

func TestSubmitRenewal_UnrelatedChangeOnTheWayIsNoObstacle(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.onTheWay("subscription.quoted", func(s *customerv1.Subscription) { s.LastQuoteDate = today })
	s, err := w.submit(order(renewalID))
	must(t, err)
	if s.State != records.Booked {
		t.Errorf("%s; want BOOKED", s.State)
	}
}

func TestSubmitRenewal_NewPartnerIsLockedFromItsFirstDay(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.customer.change(subscription, "subscription.reassigned", reassignTo("cdw", due))
	_, err := w.submit(order(renewalID))
	wantReason(t, err, "PARTNER_CHANGED") // though the book is behind
	w.project()
	_, err = w.submit(order(renewalID))
	wantReason(t, err, "NOT_FOUND")
	_, err = w.app.PreviewRenewal(as(cdw), app.Offer{RenewalID: renewalID})
	wantReason(t, err, "POLICY_MISSING") // there is no card to lock its rate by
}

func TestSubmitRenewal_DoesNotWaitForTheFeed(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.customer.add(&customerv1.Subscription{SubscriptionId: "sub_late"})
	w.customer.change("sub_late", "subscription.created", func(s *customerv1.Subscription) {
		proto.Merge(s, w.customer.subs[subscription])
		s.SubscriptionId = "sub_late"
	})
	w.lock("sub_late", "softcat", 1500)
	s, err := w.submit(order("rnw_late_20260401"))
	must(t, err)
	if s.State != records.Booked || s.Calculation.Margin.Decimal() != "3780.00" {
		t.Errorf("%s with margin %s; want BOOKED with 3780.00", s.State, s.Calculation.Margin)
	}
}

func TestSubmitRenewal_InEachStateIsAnsweredByItsReason(t *testing.T) {
	for _, c := range []struct {
		day    string
		reason fault.Reason // empty if it is booked
	}{
		{"2025-12-31", "RENEWAL_NOT_OPEN"},
		{"2026-01-01", ""},
		{"2026-04-20", ""},
		{"2026-04-30", ""},
		{"2026-05-01", "APPROVAL_REQUIRED"},
		{"2026-06-29", "APPROVAL_REQUIRED"},
		{"2026-06-30", "RENEWAL_EXPIRED"},
	} {
		t.Run(c.day, func(t *testing.T) {
			w := newWorld(t)
			w.subscribe(subscription)
			w.on(c.day)
			s, err := w.submit(order(renewalID))
			if c.reason != "" {
				wantReason(t, err, c.reason)
				return
			}
			must(t, err)
			if s.Term.String() != "[2026-04-01, 2027-04-01)" || s.Calculation.Net.Decimal() != "25200.00" {
				t.Errorf("term %s, net %s; want it back-dated to the old end at full price", s.Term, s.Calculation.Net)
			}
		})
	}
}

func TestApproveLateRenewal_LetsALapsedRenewalBeSubmitted(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	_, err := w.app.ApproveLateRenewal(keyed(anna, "early", ""), app.Notice{RenewalID: renewalID})
	wantReason(t, err, "STATE_INVALID")
	w.on("2026-05-01")
	approved, err := w.app.ApproveLateRenewal(keyed(anna, "approve", ""), app.Notice{RenewalID: renewalID, Note: "the customer was moving"})
	must(t, err)
	if approved.LateApprover != anna.Subject || approved.State != renewal.Lapsed {
		t.Errorf("approved by %q in state %s", approved.LateApprover, approved.State)
	}
	s, err := w.submit(order(renewalID))
	must(t, err)
	if s.State != records.Booked {
		t.Errorf("%s; want BOOKED", s.State)
	}
}

func TestDeclineRenewal_StandsAgainstSubmissionsUntilUndone(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	before, err := w.app.GetRenewal(as(softcat), renewalID)
	must(t, err)
	declined, err := w.app.DeclineRenewal(keyed(softcat, "decline", ""), app.Notice{RenewalID: renewalID, Note: "closing down", Etag: before.Etag()})
	must(t, err)
	if declined.State != renewal.Declined || declined.DeclinedOn.String() != today {
		t.Errorf("%s on %s", declined.State, declined.DeclinedOn)
	}
	_, err = w.submit(order(renewalID))
	wantReason(t, err, "RENEWAL_DECLINED")
	_, err = w.app.UndoDecline(keyed(softcat, "stale", ""), app.Notice{RenewalID: renewalID, Etag: before.Etag()})
	wantReason(t, err, "ETAG_MISMATCH")
	undone, err := w.app.UndoDecline(keyed(softcat, "undo", ""), app.Notice{RenewalID: renewalID, Etag: declined.Etag()})
	must(t, err)
	if undone.State != renewal.Open {
		t.Errorf("%s; want OPEN", undone.State)
	}
	_, err = w.submit(order(renewalID))
	must(t, err)
}

func TestRenewal_OfAnotherPartnerIsLikeNone(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	shown := func(err error) string {
		text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(rpcerr.Status(err).Proto())
		return string(text)
	}
	for name, ask := range map[string]func(id string) error{
		"get":     func(id string) error { _, err := w.app.GetRenewal(as(cdw), id); return err },
		"preview": func(id string) error { _, err := w.app.PreviewRenewal(as(cdw), app.Offer{RenewalID: id}); return err },
		"submit": func(id string) error {
			_, err := w.app.SubmitRenewal(keyed(cdw, "submit "+id, ""), order(id))
			return err
		},
		"quote": func(id string) error {
			_, err := w.app.CreateQuote(keyed(cdw, "quote "+id, ""), app.NewQuote{RenewalID: id})
			return err
		},
		"decline": func(id string) error {
			_, err := w.app.DeclineRenewal(keyed(cdw, "decline "+id, ""), app.Notice{RenewalID: id})
			return err
		},
	} {
		theirs, absent, nonsense := ask(renewalID), ask("rnw_2_20260401"), ask("nonsense")
		wantReason(t, theirs, "NOT_FOUND")
		if shown(theirs) != shown(absent) || shown(theirs) != shown(nonsense) {
			t.Errorf("%s tells another's renewal %v from one that does not exist %v", name, theirs, absent)
		}
	}
}

func TestSubmitRenewal_SuspendedPartnerCantSell(t *testing.T) {
	w := newWorld(t)
	w.subscribe(subscription)
	w.partner.suspended.Store(true)
	_, err := w.submit(order(renewalID))
	wantReason(t, err, "PARTNER_NOT_SELLING")
	if n := len(w.submissions(renewalID)); n != 0 {
		t.Errorf("%d submissions are stored of a refused order", n)
	}
}

func TestBatchSubmitRenewals_GivesEachItemItsOwnResult(t *testing.T) {
	w := newWorld(t)
	var items []app.BatchItem
	for i := range 20 {
		id := fmt.Sprintf("sub_b%d", i)
		w.subscribe(id)
		o := order(strings.Replace(renewalID, "_1_", fmt.Sprintf("_b%d_", i), 1))
		items = append(items, app.BatchItem{Ctx: keyed(softcat, id, o), Order: o})
	}
	missing := order("rnw_gone_20260401")
	items = append(items, app.BatchItem{Ctx: keyed(softcat, "gone", missing), Order: missing})
	for range 2 { // the second time, everything is a replay
		outcomes := w.app.BatchSubmitRenewals(items)
		for i, o := range outcomes[:20] {
			if o.Err != nil || o.Submission.State != records.Booked || o.Submission.RenewalID != items[i].Order.RenewalID {
				t.Errorf("item %d: %s, %v", i, o.Submission.State, o.Err)
			}
		}
		wantReason(t, outcomes[20].Err, "NOT_FOUND")
	}
	if w.customer.renewals != 20 {
		t.Errorf("renewed %d times; want 20", w.customer.renewals)
	}
}

// TestLaw_AnyRepetitionAndInterleavingOfOneRequestHasOneEffect lets several
// callers repeat one request while answers get lost and processes die.
func TestLaw_AnyRepetitionAndInterleavingOfOneRequestHasOneEffect(t *testing.T) {
	w := newWorld(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		id := fmt.Sprintf("sub_law%d", n)
		w.subscribe(id)
		o := order(fmt.Sprintf("rnw_law%d_20260401", n))
		ctx := keyed(softcat, id, o)
		troubles := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "lost", "away", app.Steps[1], app.Steps[3], app.Steps[6], app.Steps[7]}), 2, 6).Draw(rt, "troubles")
		var mu sync.Mutex
		next := 0
		w.app.FailAt(func(step string) error {
			mu.Lock()
			defer mu.Unlock()
			if next < len(troubles) && troubles[next] == step {
				next++
				return errKilled
			}
			return nil
		})
		w.customer.before = func(*customerv1.RenewSubscriptionRequest) error { return trouble(&mu, &next, troubles, "away") }
		w.customer.after = func(*customerv1.RenewSubscriptionRequest) error { return trouble(&mu, &next, troubles, "lost") }
		var callers sync.WaitGroup
		for range rapid.IntRange(1, 4).Draw(rt, "callers") {
			callers.Go(func() {
				_, err := w.app.SubmitRenewal(ctx, o)
				if err != nil && !errors.Is(err, errKilled) && !errors.Is(err, idem.ErrKeyInFlight) {
					rt.Errorf("submit: %v", err)
				}
			})
		}
		callers.Wait()
		w.app.FailAt(func(string) error { return nil })
		w.customer.before, w.customer.after = nil, nil
		s, err := w.app.SubmitRenewal(ctx, o)
		if err != nil || s.State != records.Booked {
			rt.Fatalf("%s, %v; want BOOKED", s.State, err)
		}
		if terms, booked := w.customer.terms(id, due), w.booked(id); terms != 1 || len(booked) != 1 || len(w.submissions(o.RenewalID)) != 1 {
			rt.Fatalf("%d terms, %d booked, %d submissions; want one of each", terms, len(booked), len(w.submissions(o.RenewalID)))
		}
	})
}

func trouble(mu *sync.Mutex, next *int, troubles []string, kind string) error {
	mu.Lock()
	defer mu.Unlock()
	if *next < len(troubles) {
		now := troubles[*next]
		if now == "" || now == kind {
			*next++
		}
		if now == kind {
			return errors.New("the connection broke")
		}
	}
	return nil
}

func TestRenewMonthly_RenewsWhatIsDueAndNotDeclined(t *testing.T) {
	w := newWorld(t)
	monthly := func(s *customerv1.Subscription) {
		s.AnchorDate, s.TermStartDate, s.TermEndDate, s.TermMonths = "2025-03-02", "2026-02-02", today, 1
		s.Terms[0].StartDate, s.Terms[0].EndDate, s.Terms[0].TermMonths = "2026-02-02", today, 1
		s.Billing, s.Terms[0].Billing = customerv1.Billing_BILLING_MONTHLY, customerv1.Billing_BILLING_MONTHLY
	}
	w.subscribe("sub_m1", monthly)
	w.subscribe("sub_m2", monthly)
	w.subscribe(subscription) // a yearly one is not touched
	w.at(monday.Add(-24 * time.Hour))
	_, err := w.app.DeclineRenewal(keyed(softcat, "decline", ""), app.Notice{RenewalID: "rnw_m2_20260302"})
	must(t, err)
	if n, err := w.app.RenewMonthly(t.Context()); n != 0 || err != nil {
		t.Errorf("renewed %d, %v the day before", n, err)
	}
	w.at(monday)
	for want := range 2 {
		n, err := w.app.RenewMonthly(t.Context())
		if n != 1-want || err != nil {
			t.Errorf("renewed %d, %v; want %d", n, err, 1-want)
		}
	}
	terms := w.booked("sub_m1")
	if len(terms) != 1 || terms[0].Term.String() != "[2026-03-02, 2026-04-02)" || terms[0].Net.Decimal() != "2100.00" {
		t.Errorf("booked %+v; want the month from 2026-03-02 for 2100.00: a year of the contract begins", terms)
	}
}
