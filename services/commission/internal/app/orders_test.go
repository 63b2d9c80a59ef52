package app_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

func registered(o *app.NewOrder) { o.DealRegistrationID = "dre_1" }

// place submits an order of softcat's with a fresh key.
func (w *world) place(o app.NewOrder) (records.Submission, error) {
	return w.App.SubmitOrder(keyed(softcat, fmt.Sprint("key-", keys.Add(1)), o), o)
}

// relationship returns the only one of a subscription.
func (w *world) relationship(subscriptionID string) records.Relationship {
	w.t.Helper()
	list, err := w.App.ListRelationships(as(anna), app.RelationshipFilter{SubscriptionID: subscriptionID}, "", 10)
	must(w.t, err)
	if len(list) != 1 {
		w.t.Fatalf("%d relationships of %s; want 1", len(list), subscriptionID)
	}
	return list[0]
}

func TestSubmitOrder_BooksNewBusinessWithItsReward(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	s, err := w.place(harbour(registered))
	must(t, err)
	c := s.Calculation
	if s.State != records.Booked || c.Net.Decimal() != "72000.00" || c.Margin.Decimal() != "14400.00" || c.BuyPrice.Decimal() != "57600.00" {
		t.Errorf("%s: net %s, margin %s, buy price %s; want BOOKED 72000.00, 14400.00, 57600.00", s.State, c.Net, c.Margin, c.BuyPrice)
	}
	if c.Reward == nil || c.Reward.Base.Decimal() != "24000.00" || c.Reward.Amount.Decimal() != "2400.00" || c.Reward.RegistrationID != "dre_1" {
		t.Errorf("reward %+v; want 2400.00 of 24000.00", c.Reward)
	}
	if s.Term.String() != "[2026-03-02, 2029-03-02)" || s.Order.CustomerID != "cus_new1" {
		t.Errorf("term %s for %s", s.Term, s.Order.CustomerID)
	}
	contract := w.Customer.Get(s.SubscriptionID)
	if contract.GetUpliftBps() != 500 || contract.GetPartnerId() != "softcat" || contract.GetTerms()[0].GetBookedBy() != s.ID {
		t.Errorf("contract %v", contract)
	}
	r := w.relationship(s.SubscriptionID)
	want := margin.Relationship{
		ID: c.RelationshipID, SubscriptionID: s.SubscriptionID, PartnerID: "softcat", Mode: margin.Resale, From: s.Term.Start,
		Lock: margin.Lock{Rate: 2000, On: s.Order.OrderedOn, RateCardID: "rat_1"},
	}
	if diff := cmp.Diff(want, r.Relationship); diff != "" {
		t.Errorf("relationship: %s", diff)
	}
	if r.Case.ID != "cas_"+s.ID || w.Conduct.Orders.Requests[r.Case.ID].GetDealRegistrationId() != "dre_1" {
		t.Errorf("case %q; partner was told %v", r.Case.ID, w.Conduct.Orders.Requests)
	}
	if terms := w.booked(s.SubscriptionID); len(terms) != 1 || terms[0].Kind != records.OfOrder || terms[0].Margin != c.Margin {
		t.Errorf("booked %+v", terms)
	}
}

func TestSubmitOrder_OfAReplacementIsCapped(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Conduct.Orders.Poached["harbour.example"] = true
	s, err := w.place(harbour(registered, func(o *app.NewOrder) { o.Months = 12 }))
	must(t, err)
	c := s.Calculation
	if c.Locked != 2000 || c.Effective != 500 || c.Margin.Decimal() != "1200.00" || c.Reward != nil {
		t.Errorf("locked %d, effective %d, margin %s, reward %+v; want 2000, 500, 1200.00, none", c.Locked, c.Effective, c.Margin, c.Reward)
	}
	r := w.relationship(s.SubscriptionID)
	if r.Cap == nil || r.Cap.Rate != 500 || r.Cap.Until.String() != "2027-03-02" || r.Cap.AppealBy.String() != "2026-04-01" || r.Lock.Rate != 2000 {
		t.Errorf("lock %+v, cap %+v", r.Lock, r.Cap)
	}
	if r.Cap.Because == nil || r.Cap.Because.Ground != "REPLACEMENT_ORDER" {
		t.Errorf("the cap does not say why: %+v", r.Cap.Because)
	}
}

func TestSubmitOrder_WithoutARegistrationOrForAnOldCustomerEarnsNoReward(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Conduct.Orders.Old["old.example"] = true
	for name, o := range map[string]app.NewOrder{
		"no registration":  harbour(),
		"no new business":  harbour(registered, func(o *app.NewOrder) { o.Domain = "old.example" }),
		"the vendor's own": harbour(func(o *app.NewOrder) { o.PartnerID, o.Domain = "direct", "own.example" }),
	} {
		s, err := w.App.SubmitOrder(keyed(softcatOr(o), name, o), o)
		must(t, err)
		if s.State != records.Booked || s.Calculation.Reward != nil {
			t.Errorf("%s: %s with reward %+v", name, s.State, s.Calculation.Reward)
		}
		if o.PartnerID == "direct" && (s.Calculation.Effective != 0 || w.relationship(s.SubscriptionID).Lock.Rate != 0) {
			t.Errorf("the vendor's own sales earn %d bps", s.Calculation.Effective)
		}
	}
}

func TestPreviewOrder_ShowsTheVerdictToWhoMaySeeItAndBooksWhatItShows(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.Customers.Add("cus_7", "known.example", customerv1.Segment_SEGMENT_ENTERPRISE)
	for name, o := range map[string]app.NewOrder{
		"by a registration": harbour(registered),
		"of a known customer that is not described": harbour(func(o *app.NewOrder) {
			o.Domain, o.Customer, o.DealRegistrationID = "known.example", nil, "dre_2"
		}),
		"with a stub": harbour(func(o *app.NewOrder) {
			o.Domain, o.DealRegistrationID, o.Months, o.Coterm = "stub.example", "dre_3", 0, calendar.On(2026, 7, 1)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := w.App.PreviewOrder(as(softcat), o)
			must(t, err)
			if p.Verdict.GetOutcome() != partnerv1.Outcome_OUTCOME_CLEAN || p.IfPoached != nil || p.Calculation.Reward == nil {
				t.Errorf("verdict %v, if poached %v, reward %v", p.Verdict, p.IfPoached, p.Calculation.Reward)
			}
			o.ExpectedFingerprint = p.Calculation.Fingerprint
			s, err := w.place(o)
			must(t, err)
			if diff := cmp.Diff(p.Calculation.Calculation, s.Calculation.Calculation); diff != "" {
				t.Errorf("booked something else than was previewed: %s", diff)
			}
			o.ExpectedFingerprint, o.DealRegistrationID, o.Seats = p.Calculation.Fingerprint, "dre_9", 201
			_, err = w.place(o)
			wantReason(t, err, "PREVIEW_STALE")
		})
	}
}

func TestPreviewOrder_TellsNothingOfTheCustomer(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.Customers.Add("cus_7", "known.example", customerv1.Segment_SEGMENT_GLOBAL)
	w.Customer.Customers.Add("cus_8", "poached.example", customerv1.Segment_SEGMENT_ENTERPRISE)
	w.Conduct.Orders.Poached["poached.example"] = true
	w.Conduct.Orders.Old["known.example"] = true
	ask := func(domain string, how ...func(*app.NewOrder)) (app.OrderPreview, error) {
		return w.App.PreviewOrder(as(softcat), harbour(append(how, func(o *app.NewOrder) { o.Domain = domain })...))
	}
	unknown, err := ask("unknown.example")
	must(t, err)
	if unknown.Verdict != nil || unknown.Calculation.Margin.Decimal() != "14400.00" || unknown.IfPoached.Margin.Decimal() != "3600.00" {
		t.Errorf("verdict %v, margins %s and %s", unknown.Verdict, unknown.Calculation.Margin, unknown.IfPoached.Margin)
	}
	for _, domain := range []string{"known.example", "poached.example"} {
		got, err := ask(domain)
		must(t, err)
		if diff := cmp.Diff(unknown, got); diff != "" {
			t.Errorf("%s is told from an unknown customer: %s", domain, diff)
		}
		_, absent := ask("unknown.example", func(o *app.NewOrder) { o.Customer = nil })
		_, err = ask(domain, func(o *app.NewOrder) { o.Customer = nil })
		wantReason(t, err, "REQUEST_INVALID")
		if err.Error() != absent.Error() {
			t.Errorf("%s without a description: %v, but %v of an unknown customer", domain, err, absent)
		}
	}
}

func TestSubmitOrder_BindsToEitherOfThePreviewedCalculations(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Conduct.Orders.Poached["harbour.example"] = true
	p, err := w.App.PreviewOrder(as(softcat), harbour())
	must(t, err)
	_, err = w.place(harbour(func(o *app.NewOrder) { o.ExpectedFingerprint = "another" }))
	wantReason(t, err, "PREVIEW_STALE")
	s, err := w.place(harbour(func(o *app.NewOrder) { o.ExpectedFingerprint = p.Calculation.Fingerprint }))
	must(t, err)
	if s.Calculation.Fingerprint != p.IfPoached.Fingerprint {
		t.Errorf("booked %s; want what was shown as poached, %s", s.Calculation.Margin, p.IfPoached.Margin)
	}
}

func TestSubmitOrder_TakesTheVendorsWordForAKnownCustomer(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Customer.Customers.Add("cus_7", "known.example", customerv1.Segment_SEGMENT_MID_MARKET)
	s, err := w.place(harbour(func(o *app.NewOrder) { o.Domain = "known.example" }))
	must(t, err)
	if s.Calculation.Locked != 1000 || s.Order.CustomerID != "cus_7" || s.Order.Customer != nil {
		t.Errorf("locked at %d bps for %s, described as %+v", s.Calculation.Locked, s.Order.CustomerID, s.Order.Customer)
	}
}

func TestSubmitOrder_RefusesWhatCantBeOrdered(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	for _, c := range []struct {
		reason fault.Reason
		field  string
		change func(*app.NewOrder)
	}{
		{"PRODUCT_UNKNOWN", "order.product_id", func(o *app.NewOrder) { o.ProductID = "nothing" }},
		{"PRICE_NOT_FOUND", "order.currency_code", func(o *app.NewOrder) { o.Currency = "USD" }},
		{"DOMAIN_INVALID", "order.domain", func(o *app.NewOrder) { o.Domain = "mail.harbour.co.uk" }},
		{"REQUEST_INVALID", "order.customer", func(o *app.NewOrder) { o.Customer = nil }},
		{"REQUEST_INVALID", "order.customer.segment", func(o *app.NewOrder) {
			o.Customer = &records.NewCustomer{Name: "Harbour", Country: "GB", TimeZone: "UTC"}
		}},
		{"TIME_ZONE_INVALID", "order.customer.time_zone", func(o *app.NewOrder) {
			o.Customer = &records.NewCustomer{Name: "Harbour", Segment: "ENTERPRISE", Country: "GB", TimeZone: "Mars"}
		}},
		{"DATE_INVALID", "order.start_date", func(o *app.NewOrder) { o.Start = calendar.On(2026, 3, 1) }},
		{"COTERM_DATE_OUT_OF_RANGE", "order.coterm_date", func(o *app.NewOrder) { o.Months, o.Coterm = 0, calendar.On(2029, 3, 3) }},
		{"COTERM_DATE_OUT_OF_RANGE", "order.coterm_date", func(o *app.NewOrder) { o.Coterm = calendar.On(2026, 7, 1) }},
		{"REGISTRATION_EXPIRED", "order.deal_registration_id", func(o *app.NewOrder) { o.DealRegistrationID = "dre_expired" }},
		{"NOT_FOUND", "order.partner_id", func(o *app.NewOrder) { o.PartnerID = "cdw" }},
	} {
		o := harbour(c.change)
		_, err := w.place(o)
		refusal, ok := fault.Of(err)
		if !ok || refusal.Reason != c.reason || refusal.Field != c.field {
			t.Errorf("got %v; want %s on %s", err, c.reason, c.field)
		}
		if _, previewed := w.App.PreviewOrder(as(softcat), o); previewed == nil || previewed.Error() != err.Error() {
			t.Errorf("the preview says %v, the submission %v", previewed, err)
		}
	}
	w.Partner.Suspended.Store(true)
	_, err := w.place(harbour())
	wantReason(t, err, "PARTNER_NOT_SELLING")
	if list, err := w.App.ListSubmissions(as(anna), app.SubmissionFilter{}, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d submissions are stored of refused orders, %v", len(list), err)
	}
}

func TestSubmitOrder_ManyForOneUnknownDomainMakeOneCustomer(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if s, err := w.place(harbour()); err != nil || s.State != records.Booked || s.Order.CustomerID != "cus_new1" {
				t.Errorf("%s for %v, %v", s.State, s.Order, err)
			}
		})
	}
	all.Wait()
	if n := len(w.Customer.Customers.Requests); n != 1 {
		t.Errorf("%d customers were created; want 1", n)
	}
}

func TestSubmitOrder_OfManyAtOnceOneConvertsTheRegistration(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	var all sync.WaitGroup
	outcomes := make([]error, 8)
	for i := range outcomes {
		all.Go(func() { _, outcomes[i] = w.place(harbour(registered)) })
	}
	all.Wait()
	booked := 0
	for _, err := range outcomes {
		if err == nil {
			booked++
			continue
		}
		refusal, ok := fault.Of(err)
		if !ok || refusal.Reason != "STATE_INVALID" || refusal.Field != "order.deal_registration_id" {
			t.Errorf("got %v; want STATE_INVALID of the registration", err)
		}
	}
	if booked != 1 || len(w.Conduct.Orders.Requests) != 1 {
		t.Errorf("%d orders are booked, partner was told of %d; want 1", booked, len(w.Conduct.Orders.Requests))
	}
}

func TestSubmitOrder_OfASurvivorIsInItsOwnName(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	survivor := softcat
	survivor.PartnerIDs = []string{"softcat", "absorbed"}
	o := harbour(func(o *app.NewOrder) { o.PartnerID = "absorbed" })
	s, err := w.App.SubmitOrder(keyed(survivor, "survivor", o), o)
	must(t, err)
	if s.State != records.Booked || s.PartnerID != "softcat" || w.Customer.Get(s.SubscriptionID).GetPartnerId() != "softcat" {
		t.Errorf("%s for %s", s.State, s.PartnerID)
	}
}

func TestSchema_RefusesSubmissionsThatAreNeither(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Subscribe(subscription)
	_, err := w.place(harbour(registered))
	must(t, err)
	_, err = w.Submit(order(renewalID))
	must(t, err)
	for _, sql := range []string{
		"UPDATE submissions SET kind = 'ORDER' WHERE kind = 'RENEWAL'",
		"UPDATE submissions SET kind = 'SEAT_CHANGE' WHERE kind = 'RENEWAL'",
		"UPDATE submissions SET renewal_id = NULL WHERE kind = 'RENEWAL'",
		"UPDATE submissions SET ordered = NULL WHERE kind = 'ORDER'",
		"UPDATE submissions SET customer_id = NULL WHERE kind = 'ORDER'",
		"UPDATE submissions SET told = true WHERE kind = 'RENEWAL'",
		"UPDATE submissions SET old_seats = 1 WHERE kind = 'ORDER'",
		"UPDATE submissions SET deal_registration_id = 'dre_1' WHERE kind = 'RENEWAL'",
	} {
		if _, err := w.DB.SystemPool().Exec(t.Context(), sql); pg.Constraint(err) == "" {
			t.Errorf("%s is let through: %v", sql, err)
		}
	}
}

// softcatOr is who may place an order: a partner its own, the vendor's people
// any.
func softcatOr(o app.NewOrder) auth.Caller {
	if o.PartnerID == "" {
		return softcat
	}
	return anna
}
