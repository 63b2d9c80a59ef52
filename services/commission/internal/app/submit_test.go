package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

func TestSubmitRenewal_BooksAtTheLockedMargin(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	s, err := w.Submit(order(renewalID))
	must(t, err)
	c := s.Calculation
	if s.State != records.Booked || c.Net.Decimal() != "25200.00" || c.Margin.Decimal() != "5040.00" || c.BuyPrice.Decimal() != "20160.00" {
		t.Errorf("%s: net %s, margin %s, buy price %s; want BOOKED 25200.00, 5040.00, 20160.00", s.State, c.Net, c.Margin, c.BuyPrice)
	}
	if s.Term.String() != "[2026-04-01, 2027-04-01)" {
		t.Errorf("term %s", s.Term)
	}
	w.Project()
	w.wantBookedOnce()
}

func TestSubmitRenewal_BooksWhatWasPreviewed(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for _, wish := range []renewal.Wish{{}, {Seats: 250}, {Seats: 150, Months: 36}, {Months: 24, Billing: margin.Annual}} {
		w.Customer.Change(subscription, "subscription.restored", restore)
		offer := app.Offer{RenewalID: renewalID, Wish: wish}
		p, err := w.App.PreviewRenewal(as(softcat), offer)
		must(t, err)
		offer.ExpectedFingerprint = p.Calculation.Fingerprint
		again, err := w.App.PreviewRenewal(as(anna), offer)
		must(t, err)
		if diff := cmp.Diff(p.Calculation, again.Calculation); diff != "" {
			t.Errorf("the vendor previews something else: %s", diff)
		}
	}
	offer := app.Offer{RenewalID: renewalID, Wish: renewal.Wish{Seats: 250}}
	p, err := w.App.PreviewRenewal(as(softcat), offer)
	must(t, err)
	offer.ExpectedFingerprint = p.Calculation.Fingerprint
	s, err := w.Submit(app.Order{Offer: offer})
	must(t, err)
	if diff := cmp.Diff(p.Calculation.Calculation, s.Calculation.Calculation); diff != "" {
		t.Errorf("booked something else than was previewed: %s", diff)
	}
}

func restore(*customerv1.Subscription) {}

func TestSubmitRenewal_LockWinsOverACardActivatedSinceThePreview(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	offer := app.Offer{RenewalID: renewalID}
	p, err := w.App.PreviewRenewal(as(softcat), offer)
	must(t, err)
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		for _, sql := range []string{
			`INSERT INTO rate_cards (rate_card_id, display_name, effective_date, state, revision, create_time)
			VALUES ('rat_1', 'lower', '2026-03-02', 'DRAFT', 1, now())`,
			`INSERT INTO rates (rate_card_id, partner_type, family_id, segment, margin_bps, position) VALUES ('rat_1', '', '', '', 1500, 0)`,
			`UPDATE rate_cards SET state = 'APPROVED', proposer = 'anna', approver = 'bert', approve_time = now()`,
		} {
			if _, err := tx.Tx().Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}))
	offer.ExpectedFingerprint = p.Calculation.Fingerprint
	s, err := w.Submit(app.Order{Offer: offer})
	must(t, err)
	if s.Calculation.Effective != 2000 || s.Calculation.Margin != p.Calculation.Margin {
		t.Errorf("booked at %d bps, %s; want the lock of 2000 bps, %s", s.Calculation.Effective, s.Calculation.Margin, p.Calculation.Margin)
	}
}

func TestSubmitRenewal_RefusesAStalePreview(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	p, err := w.App.PreviewRenewal(as(softcat), app.Offer{RenewalID: renewalID})
	must(t, err)
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 220 })
	_, err = w.Submit(app.Order{Offer: app.Offer{RenewalID: renewalID, ExpectedFingerprint: p.Calculation.Fingerprint}})
	wantReason(t, err, "PREVIEW_STALE")
}

func TestSubmitRenewal_OfManyAtOnceBooksOne(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	const callers = 64
	outcomes := make([]app.Outcome, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			outcomes[i].Submission, outcomes[i].Err = w.Submit(order(renewalID))
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
	w.Project()
	w.wantBookedOnce()
}

func TestSubmitRenewal_SameKeyGivesTheSameSubmissionInTodaysState(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error { return rpcerr.Unavailable }
	ctx := keyed(softcat, "one", order(renewalID))
	first, err := w.App.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	w.Customer.Before = nil
	again, err := w.App.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	if first.State != records.Submitted || again.State != records.Booked || first.ID != again.ID {
		t.Errorf("%s %s, then %s %s; want one submission, SUBMITTED, then BOOKED", first.ID, first.State, again.ID, again.State)
	}
	_, err = w.App.SubmitRenewal(keyed(softcat, "one", "something else"), order(renewalID))
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED")
	_, err = w.Submit(order(renewalID))
	wantReason(t, err, "RENEWAL_ALREADY_SUBMITTED")
}

func TestSubmitRenewal_ReplayIsAnsweredThoughTheContractCantBeRead(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	ctx := keyed(softcat, "one", order(renewalID))
	first, err := w.App.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	w.Customer.Change(subscription, "subscription.reassigned", reassignTo("cdw", "2026-03-02"))
	again, err := w.App.SubmitRenewal(ctx, order(renewalID))
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the replay differs: %s", diff)
	}
}

func TestSubmitRenewal_NewPartnerIsLockedFromItsFirstDay(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.Change(subscription, "subscription.reassigned", reassignTo("cdw", due))
	_, err := w.Submit(order(renewalID))
	wantReason(t, err, "PARTNER_CHANGED") // though the book is behind
	w.Project()
	_, err = w.Submit(order(renewalID))
	wantReason(t, err, "NOT_FOUND")
	_, err = w.App.PreviewRenewal(as(cdw), app.Offer{RenewalID: renewalID})
	wantReason(t, err, "POLICY_MISSING") // there is no card to lock its rate by
}

func TestSubmitRenewal_DoesNotWaitForTheFeed(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Customer.Add(&customerv1.Subscription{SubscriptionId: "sub_late"})
	w.Customer.Change("sub_late", "subscription.created", func(s *customerv1.Subscription) {
		proto.Merge(s, w.Customer.Subs[subscription])
		s.SubscriptionId = "sub_late"
	})
	w.Lock("sub_late", "softcat", 1500)
	s, err := w.Submit(order("rnw_late_20260401"))
	must(t, err)
	if s.State != records.Booked || s.Calculation.Margin.Decimal() != "3780.00" {
		t.Errorf("%s with margin %s; want BOOKED with 3780.00", s.State, s.Calculation.Margin)
	}
}

func TestBatchSubmitRenewals_GivesEachItemItsOwnResult(t *testing.T) {
	w := newWorld(t)
	var items []app.BatchItem
	for i := range 20 {
		id := fmt.Sprintf("sub_b%d", i)
		w.Subscribe(id)
		o := order(strings.Replace(renewalID, "_1_", fmt.Sprintf("_b%d_", i), 1))
		items = append(items, app.BatchItem{Ctx: keyed(softcat, id, o), Order: o})
	}
	missing := order("rnw_gone_20260401")
	items = append(items, app.BatchItem{Ctx: keyed(softcat, "gone", missing), Order: missing})
	for range 2 { // the second time, everything is a replay
		outcomes := w.App.BatchSubmitRenewals(items)
		for i, o := range outcomes[:20] {
			if o.Err != nil || o.Submission.State != records.Booked || o.Submission.RenewalID != items[i].Order.RenewalID {
				t.Errorf("item %d: %s, %v", i, o.Submission.State, o.Err)
			}
		}
		wantReason(t, outcomes[20].Err, "NOT_FOUND")
	}
	if w.Customer.Renewals != 20 {
		t.Errorf("renewed %d times; want 20", w.Customer.Renewals)
	}
}
