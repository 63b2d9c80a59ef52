package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// orderOf is cdw's order for harbour.example from 2026-04-01.
func orderOf(how ...func(*partnerv1.EvaluateOrderRequest)) *partnerv1.EvaluateOrderRequest {
	r := &partnerv1.EvaluateOrderRequest{PartnerId: "cdw", Domain: harbour, FamilyId: family, StartDate: "2026-04-01"}
	for _, change := range how {
		change(r)
	}
	return r
}

func by(partner string) func(*partnerv1.EvaluateOrderRequest) {
	return func(r *partnerv1.EvaluateOrderRequest) { r.PartnerId = partner }
}

func from(start string) func(*partnerv1.EvaluateOrderRequest) {
	return func(r *partnerv1.EvaluateOrderRequest) { r.StartDate = start }
}

func to(domain string) func(*partnerv1.EvaluateOrderRequest) {
	return func(r *partnerv1.EvaluateOrderRequest) { r.Domain = domain }
}

func forFamily(id string) func(*partnerv1.EvaluateOrderRequest) {
	return func(r *partnerv1.EvaluateOrderRequest) { r.FamilyId = id }
}

func (w *world) evaluation(how ...func(*partnerv1.EvaluateOrderRequest)) *partnerv1.OrderEvaluation {
	w.t.Helper()
	e, err := w.conduct(commission).EvaluateOrder(w.ctx(), orderOf(how...))
	w.check(err)
	return e
}

// beginOrders is the world of the transfers with more customers: quay, a sister
// company of dock, which insight serves; pier, whom nobody serves.
func beginOrders(t *testing.T) *world {
	t.Helper()
	w := beginTransfers(t)
	w.enrol("insight")
	w.customer.addCustomer("cus_2", "grp_1", "quay.example")
	w.customer.addCustomer("cus_3", "grp_1", "dock.example")
	w.customer.addCustomer("cus_4", "", "pier.example")
	w.customer.addSubscription("cus_3", "insight", "2025-05-01", "2026-05-01")
	return w
}

func TestEvaluateOrder_LooksAtTheWholeGroup(t *testing.T) {
	w := beginOrders(t)
	for name, tt := range map[string]struct {
		how     []func(*partnerv1.EvaluateOrderRequest)
		outcome partnerv1.Outcome
		ground  partnerv1.Ground
		fresh   bool
		paid    string
		visible bool
	}{
		"another partner's":               {nil, poached, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, false, "2026-04-01", false},
		"by an alias":                     {[]func(*partnerv1.EvaluateOrderRequest){to("harbour.test")}, poached, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, false, "2026-04-01", false},
		"on day 90":                       {[]func(*partnerv1.EvaluateOrderRequest){from("2026-06-30")}, poached, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, false, "2026-04-01", false},
		"on day 91":                       {[]func(*partnerv1.EvaluateOrderRequest){from("2026-07-01")}, clean, partnerv1.Ground_GROUND_OUTSIDE_WINDOW, false, "2026-04-01", false},
		"a year less a day later":         {[]func(*partnerv1.EvaluateOrderRequest){from("2027-03-31")}, clean, partnerv1.Ground_GROUND_OUTSIDE_WINDOW, false, "2026-04-01", false},
		"a year later":                    {[]func(*partnerv1.EvaluateOrderRequest){from("2027-04-01")}, clean, partnerv1.Ground_GROUND_OUTSIDE_WINDOW, true, "2026-04-01", false},
		"a sister company's":              {[]func(*partnerv1.EvaluateOrderRequest){to("quay.example")}, poached, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, false, "2026-05-01", false},
		"one's own":                       {[]func(*partnerv1.EvaluateOrderRequest){by("softcat")}, clean, partnerv1.Ground_GROUND_OWN_CUSTOMER, false, "2026-04-01", true},
		"one's own sister company's":      {[]func(*partnerv1.EvaluateOrderRequest){by("insight"), to("quay.example")}, clean, partnerv1.Ground_GROUND_OWN_CUSTOMER, false, "2026-05-01", false},
		"another family":                  {[]func(*partnerv1.EvaluateOrderRequest){forFamily("archiving")}, clean, partnerv1.Ground_GROUND_NOT_HELD, false, "2026-04-01", false},
		"a customer that has nothing":     {[]func(*partnerv1.EvaluateOrderRequest){to("pier.example")}, clean, partnerv1.Ground_GROUND_NOT_HELD, true, "", false},
		"a domain that nobody has":        {[]func(*partnerv1.EvaluateOrderRequest){to("nowhere.example")}, clean, partnerv1.Ground_GROUND_NOT_HELD, true, "", false},
		"by the vendor's own field sales": {[]func(*partnerv1.EvaluateOrderRequest){by("direct")}, poached, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, false, "2026-04-01", false},
	} {
		e := w.evaluation(tt.how...)
		if e.GetVerdict().GetOutcome() != tt.outcome || ground(e.GetVerdict()) != tt.ground {
			t.Errorf("%s: got %v", name, e.GetVerdict())
		}
		if e.GetNewBusiness() != tt.fresh || e.GetPaidUntilDate() != tt.paid || e.GetVerdictVisible() != tt.visible {
			t.Errorf("%s: new %t, paid until %s, visible %t", name, e.GetNewBusiness(), e.GetPaidUntilDate(), e.GetVerdictVisible())
		}
		if e.GetRewardBps() != 1000 || e.GetAppealDays() != 30 {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestEvaluateOrder_FreeSubscriptionsAreNoBusiness(t *testing.T) {
	w := beginOrders(t)
	trial := w.customer.addSubscription("cus_4", "softcat", "2026-02-01", "2026-03-01")
	w.customer.with(func() { trial.UnitPrice = &typev1.Money{CurrencyCode: "GBP", Amount: "0.00"} })
	if e := w.evaluation(to("pier.example")); !e.GetNewBusiness() || e.GetPaidUntilDate() != "" {
		t.Errorf("got %v", e)
	}
}

func TestEvaluateOrder_WhatIsCancelledEndsOnThatDay(t *testing.T) {
	w := beginOrders(t)
	w.customer.with(func() {
		w.contractOf(0).State, w.contractOf(0).CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-02-01"
	})
	for start, want := range map[string]partnerv1.Outcome{"2026-05-02": poached, "2026-05-03": clean} {
		e := w.evaluation(from(start))
		if e.GetVerdict().GetOutcome() != want || e.GetPaidUntilDate() != "2026-02-01" {
			t.Errorf("from %s: %v", start, e)
		}
	}
}

func TestEvaluateOrder_ComputesExemptions(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*world)
		want    partnerv1.Ground
	}{
		"the incumbent ceased": {func(w *world) {
			_, err := w.partners(ann).SuspendPartner(w.ctx(), &partnerv1.SuspendPartnerRequest{
				PartnerId: "softcat", Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, RequestId: key(),
			})
			w.check(err)
		}, partnerv1.Ground_GROUND_INCUMBENT_CEASED},
		"it did not quote": {func(w *world) { w.wait(2 * day) }, partnerv1.Ground_GROUND_INCUMBENT_INACTIVE},
		"it quoted late": {func(w *world) {
			w.wait(3 * day)
			w.customer.quote(w.contractOf(0), "2026-03-03")
		}, partnerv1.Ground_GROUND_INCUMBENT_INACTIVE},
		"it quoted in time, and again": {func(w *world) {
			w.wait(3 * day)
			w.customer.quote(w.contractOf(0), "2026-03-02")
			w.customer.quote(w.contractOf(0), "2026-03-04")
		}, partnerv1.Ground_GROUND_REPLACEMENT_ORDER},
		"it was absorbed by the challenger": {func(w *world) { w.merged("cdw", "softcat") }, partnerv1.Ground_GROUND_PARTNER_MERGER},
		"it is the vendor": {func(w *world) {
			w.customer.with(func() { w.contractOf(0).GetPartnersOfRecord()[0].PartnerId = "direct" })
		}, partnerv1.Ground_GROUND_FROM_DIRECT},
		"the vendor took over from it": {func(w *world) {
			w.customer.with(func() { goDirect(w.contractOf(0), "2026-02-01") })
		}, partnerv1.Ground_GROUND_REPLACEMENT_ORDER},
	} {
		t.Run(name, func(t *testing.T) {
			w := beginOrders(t)
			tt.prepare(w)
			if got := ground(w.evaluation().GetVerdict()); got != tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// goDirect makes the vendor's own field sales the partner of record.
func goDirect(s *customerv1.Subscription, day string) {
	s.GetPartnersOfRecord()[0].UntilDate = day
	s.PartnersOfRecord = append(s.PartnersOfRecord, &customerv1.PartnerOfRecord{PartnerId: "direct", FromDate: day, TransferId: "trf_9"})
	s.PartnerId = "direct"
}

func TestEvaluateOrder_LooksThroughTheVendorToWhatItsPartnerQuoted(t *testing.T) {
	w := beginOrders(t)
	w.customer.quote(w.contractOf(0), "2026-02-20")
	w.customer.with(func() {
		goDirect(w.contractOf(0), "2026-02-25")
		w.contractOf(0).LastQuoteDate = ""
	})
	w.customer.quote(w.contractOf(0), "2026-02-26") // by the vendor
	w.wait(3 * day)
	if got := ground(w.evaluation().GetVerdict()); got != partnerv1.Ground_GROUND_REPLACEMENT_ORDER {
		t.Errorf("quoted in time: got %s", got)
	}
}

func TestEvaluateOrder_ACapGoesOnThroughANewOrder(t *testing.T) {
	w := beginOrders(t)
	one := w.taken(choice)
	for start, want := range map[string]partnerv1.Ground{
		"2026-05-01": partnerv1.Ground_GROUND_CAP_CARRIED_OVER, "2027-03-31": partnerv1.Ground_GROUND_CAP_CARRIED_OVER,
		"2027-04-01": partnerv1.Ground_GROUND_OWN_CUSTOMER,
	} {
		e := w.evaluation(from(start))
		if ground(e.GetVerdict()) != want || e.GetVerdict().GetOutcome() == poached && e.GetVerdict().GetCapUntilDate() != "2027-04-01" {
			t.Errorf("from %s: %v", start, e.GetVerdict())
		}
	}
	_, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: one.GetTransferId(), RequestId: key()})
	w.check(err)
	if got := ground(w.evaluation(from("2026-05-01")).GetVerdict()); got != partnerv1.Ground_GROUND_OWN_CUSTOMER {
		t.Errorf("after the release: %s", got)
	}
}

func TestEvaluateOrder_WhomItsPartnerLetGoToTheVendorAnybodyMayTake(t *testing.T) {
	w := beginOrders(t)
	_, token := w.asked(ann, effective("2026-03-05"), func(r *partnerv1.RequestTransferRequest) { r.PartnerId = "direct" })
	_, err := w.give(token, choice)
	w.check(err)
	if got := ground(w.evaluation().GetVerdict()); got != partnerv1.Ground_GROUND_REPLACEMENT_ORDER {
		t.Errorf("before the release: %s", got)
	}
	taken := w.casesOf(ann)[0]
	if taken.GetState() != final || taken.GetVerdict().GetOutcome() != poached {
		t.Errorf("the vendor's own case: %v", taken)
	}
	_, err = w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: taken.GetTransferId(), RequestId: key()})
	w.check(err)
	if got := ground(w.evaluation().GetVerdict()); got != partnerv1.Ground_GROUND_INCUMBENT_RELEASED {
		t.Errorf("after the release: %s", got)
	}
}

// recordOf is the record of a booked order.
func recordOf(e *partnerv1.OrderEvaluation, how ...func(*partnerv1.RecordOrderRequest)) *partnerv1.RecordOrderRequest {
	r := &partnerv1.RecordOrderRequest{
		SubmissionId: "sbm_1", SubscriptionId: "sub_new", PartnerId: "cdw", Domain: harbour, FamilyId: family,
		StartDate: "2026-04-01", OrderDate: "2026-03-01", Verdict: e.GetVerdict(),
	}
	for _, change := range how {
		change(r)
	}
	return r
}

func TestRecordOrder_OpensTheCaseUnderTheVerdictThatWasBooked(t *testing.T) {
	w := beginOrders(t)
	evaluation := w.evaluation()
	w.wait(day) // the job came late
	recorded, err := w.conduct(commission).RecordOrder(w.ctx(), recordOf(evaluation))
	w.check(err)
	if diff := cmp.Diff(evaluation.GetVerdict(), recorded.GetVerdict(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	wantCase(t, recorded, decided, poached, false)
	if recorded.GetIncumbentPartnerId() != "softcat" || recorded.GetSubmissionId() != "sbm_1" || recorded.GetAppealByDate() != "2026-04-01" {
		t.Errorf("got %v", recorded)
	}
	found, err := w.conduct(commission).FindCase(w.ctx(), &partnerv1.FindCaseRequest{SubscriptionId: "sub_new", SubmissionId: "sbm_1"})
	w.check(err)
	if diff := cmp.Diff(recorded, found, protocmp.Transform()); diff != "" {
		t.Errorf("found:\n%s", diff)
	}
	incumbent := w.seen(softcat, recorded)
	checkNames(t, "softcat", incumbent, "cdw", "sbm_1", "sub_new")
	checkNames(t, "cdw", w.seen(cdw, recorded), "softcat")
}

func TestRecordOrder_RepeatedAtOnceIsOneCase(t *testing.T) {
	w := beginOrders(t)
	deal := w.approved(cdw, &partnerv1.DealRegistration{
		CustomerName: "Pier", Domain: "pier.example", CountryCode: "GB", FamilyId: family, Seats: 10,
	})
	evaluation := w.evaluation(to("pier.example"), func(r *partnerv1.EvaluateOrderRequest) { r.DealRegistrationId = deal.GetDealRegistrationId() })
	if evaluation.GetDealRegistration().GetDealRegistrationId() != deal.GetDealRegistrationId() || !evaluation.GetVerdictVisible() || !evaluation.GetNewBusiness() {
		t.Fatalf("got %v", evaluation)
	}
	request := recordOf(evaluation, func(r *partnerv1.RecordOrderRequest) {
		r.Domain, r.DealRegistrationId = "pier.example", deal.GetDealRegistrationId()
	})
	answers := make([]*partnerv1.Case, 8)
	for _, err := range atOnce(len(answers), func(i int) (err error) {
		answers[i], err = w.conduct(commission).RecordOrder(w.ctx(), proto.CloneOf(request))
		return err
	}) {
		w.check(err)
	}
	for _, other := range answers[1:] {
		if diff := cmp.Diff(answers[0], other, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	if got := w.deal(cdw, deal.GetDealRegistrationId()); got.GetState() != partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_CONVERTED {
		t.Errorf("got %v", got)
	}
	if cases := w.casesOf(ann); len(cases) != 1 || cases[0].GetState() != final {
		t.Errorf("got %v", cases)
	}
	again := w.evaluation(to("pier.example"), func(r *partnerv1.EvaluateOrderRequest) {
		r.DealRegistrationId, r.SubmissionId = deal.GetDealRegistrationId(), "sbm_1"
	})
	if again.GetDealRegistration() == nil {
		t.Errorf("an order is refused for what it converted itself: %v", again)
	}
}

func TestEvaluateOrder_LeavesOutWhatTheOrderItselfCreated(t *testing.T) {
	w := beginOrders(t)
	created := w.customer.addSubscription("cus_4", "cdw", "2026-04-01", "2027-04-01")
	w.customer.with(func() { created.FirstStartDate, created.GetTerms()[0].BookedBy = "2026-04-01", "sbm_1" })
	e := w.evaluation(to("pier.example"), func(r *partnerv1.EvaluateOrderRequest) { r.SubmissionId = "sbm_1" })
	if ground(e.GetVerdict()) != partnerv1.Ground_GROUND_NOT_HELD || !e.GetNewBusiness() {
		t.Errorf("got %v", e)
	}
}
