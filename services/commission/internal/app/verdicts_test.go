package app_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// serving returns the relationship of a partner on the subscription.
func (w *world) serving(partner string) records.Relationship {
	w.t.Helper()
	list, err := w.App.ListRelationships(as(anna), app.RelationshipFilter{SubscriptionID: subscription, PartnerID: partner}, "", 10)
	must(w.t, err)
	if len(list) != 1 {
		w.t.Fatalf("%s has %d relationships", partner, len(list))
	}
	return list[0]
}

// withheld returns what is withheld of the subscription, in the order of the
// amounts, written as "agreed - capped = amount STATE".
func (w *world) withheld(c auth.Caller) []string {
	w.t.Helper()
	list, err := w.App.ListWithholdings(as(c), app.WithholdingFilter{SubscriptionID: subscription}, "", 10)
	must(w.t, err)
	slices.SortFunc(list, func(a, b records.Withholding) int { return cmp.Compare(b.Agreed.Minor, a.Agreed.Minor) })
	texts := []string{}
	for _, h := range list {
		texts = append(texts, h.Agreed.Decimal()+" - "+h.Capped.Decimal()+" = "+h.Amount().Decimal()+" "+string(h.State))
	}
	return texts
}

func (w *world) wantWithheld(want ...string) {
	w.t.Helper()
	if got := w.withheld(anna); strings.Join(got, "; ") != strings.Join(want, "; ") {
		w.t.Errorf("withheld %q; want %q", got, want)
	}
}

func TestSubmitRenewal_OfAPoachedCustomerEarnsTheCapAndSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	p, err := w.App.PreviewRenewal(as(cdw), app.Offer{RenewalID: renewalID})
	must(t, err)
	s, err := w.SubmitAs(cdw, app.Order{Offer: app.Offer{RenewalID: renewalID, ExpectedFingerprint: p.Calculation.Fingerprint}})
	must(t, err)
	c := s.Calculation
	if s.State != records.Booked || c.Net.Decimal() != "25200.00" || c.Locked != 2000 || c.Effective != 500 || c.Margin.Decimal() != "1260.00" {
		t.Errorf("%s: net %s, %d and %d bps, margin %s", s.State, c.Net, c.Locked, c.Effective, c.Margin)
	}
	told := ""
	for _, step := range c.Steps {
		if step.Rule == "cap" {
			told = step.Clause + ": " + step.Sentence
		}
	}
	if !strings.Contains(told, "ethical-ecosystem") || !strings.Contains(told, "the protected window, which ends on 2026-06-30") ||
		!strings.Contains(told, "you may appeal once, until 2026-04-01") || strings.Contains(told, "softcat") {
		t.Errorf("told %q", told)
	}
	r := w.serving("cdw")
	if r.TransferID != "trf_1" || r.Case.ID != "cas_trf_1" || r.Cap == nil || r.Cap.Until.String() != "2027-04-01" || r.Cap.AppealBy.String() != "2026-04-01" ||
		r.Cap.CodeVersionID != "cod_1" || r.Cap.Because.Ground != "INSIDE_WINDOW" || r.Effective != 500 {
		t.Errorf("relationship %+v with cap %+v", r, r.Cap)
	}
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 KEPT")
	if got := w.withheld(softcat); len(got) != 0 {
		t.Errorf("the partner before sees %q", got)
	}
	w.Project()
	w.On("2027-03-01")
	next, err := w.SubmitAs(cdw, order("rnw_1_20270401"))
	must(t, err)
	if next.Calculation.Effective != 2000 {
		t.Errorf("the first renewal after twelve months earns %d bps", next.Calculation.Effective)
	}
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 KEPT")
}

func TestSubmitRenewal_OfACleanTransferIsWithheldNothing(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, clean)
	w.Project()
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	if r := w.serving("cdw"); s.Calculation.Margin.Decimal() != "5040.00" || r.Cap != nil || r.Case.ID != "cas_trf_1" {
		t.Errorf("margin %s, cap %v, case %q", s.Calculation.Margin, r.Cap, r.Case.ID)
	}
	w.wantWithheld()
}

func TestSubmitRenewal_WaitsForAVerdictRatherThanGuess(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Customer.Change(subscription, "subscription.reassigned", reassignBy("trf_1", "cdw", due))
	w.Project()
	_, err := w.App.PreviewRenewal(as(cdw), app.Offer{RenewalID: renewalID})
	wantReason(t, err, "UNAVAILABLE")
	_, err = w.SubmitAs(cdw, order(renewalID))
	wantReason(t, err, "UNAVAILABLE")
	w.Customer.Change(subscription, "subscription.restored", func(s *customerv1.Subscription) { s.PartnersOfRecord[1].TransferId = "" })
	s, err := w.SubmitAs(cdw, order(renewalID)) // a change from before there were transfers
	must(t, err)
	if s.Calculation.Effective != 2000 {
		t.Errorf("earns %d bps", s.Calculation.Effective)
	}
}

func TestPullVerdicts_HoldsReleasesAndNeverGoesBack(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 KEPT")

	appeal := w.Conduct.Decide("cas_trf_1", appealed("2027-04-01"))
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 HELD")
	if r := w.serving("cdw"); !r.Case.Held || r.Cap == nil || !r.Cap.AppealBy.IsZero() || r.Cap.Because.State != "APPEALED" {
		t.Errorf("under appeal: %+v, cap %+v", r.Case, r.Cap)
	}
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 RELEASED")
	if r := w.serving("cdw"); r.Cap != nil || !r.Case.Final || r.Effective != 2000 {
		t.Errorf("after the appeal: %+v, cap %+v", r.Case, r.Cap)
	}
	must(t, w.App.ApplyCase(t.Context(), appeal)) // late news
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 RELEASED")
	r := w.serving("cdw")
	if got := strings.Join(w.Kinds(r.ID), " "); got != "relationship.locked relationship.capped relationship.uncapped" {
		t.Errorf("told %q", got)
	}
	list, err := w.App.ListWithholdings(as(cdw), app.WithholdingFilter{State: records.Released}, "", 10)
	must(t, err)
	if got := strings.Join(w.Kinds(list[0].ID), " "); got != "withholding.recorded withholding.held withholding.released" || list[0].SourceID != s.ID {
		t.Errorf("told %q of %s", got, list[0].SourceID)
	}
	kept, err := w.App.GetCalculation(as(cdw), s.Calculation.ID)
	must(t, err)
	if kept.Margin.Decimal() != "1260.00" {
		t.Errorf("the calculation was rewritten: %s", kept.Margin)
	}
}

func TestPullVerdicts_TakesBackWhatWasBookedBeforeTheVerdictTurned(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, clean)
	w.Project()
	_, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	w.Conduct.Decide("cas_trf_1", appealed("2027-04-01"))
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 HELD")
	w.Conduct.Decide("cas_trf_1", final(poached("2027-04-01")))
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 KEPT")
	if terms := w.booked(subscription); terms[0].Margin.Decimal() != "5040.00" {
		t.Errorf("the booked term was rewritten: %s", terms[0].Margin)
	}
}

func TestSubmitRenewal_DoesNotWaitForTheFeedOfVerdicts(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	p, err := w.App.CreateQuote(keyed(cdw, "quote", ""), app.NewQuote{RenewalID: renewalID})
	must(t, err)
	if p.Calculation.Effective != 500 {
		t.Fatalf("quoted %d bps", p.Calculation.Effective)
	}
	w.Conduct.Cut(true)
	_, err = w.SubmitAs(cdw, order(renewalID))
	wantReason(t, err, "UNAVAILABLE")
	w.Conduct.Cut(false)
	w.Conduct.Decide("cas_trf_1", clean)
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	if s.Calculation.Effective != 2000 {
		t.Errorf("booked at %d bps, though the verdict is CLEAN by now", s.Calculation.Effective)
	}
	w.wantWithheld()
}

func TestRefreshCases_LearnsThatTheTimeForAnAppealHasPassed(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	_, err := w.App.EnsureRelationship(context.Background(), app.Tenure{SubscriptionID: subscription, PartnerID: "cdw", On: day(due)})
	must(t, err)
	w.Conduct.Age("cas_trf_1", func(c *partnerv1.Case) { c.State, c.AppealByDate = partnerv1.CaseState_CASE_STATE_FINAL, "" })
	if n, err := w.App.RefreshCases(t.Context()); n != 1 || err != nil {
		t.Errorf("asked about %d, %v", n, err)
	}
	if n, err := w.App.RefreshCases(t.Context()); n != 0 || err != nil {
		t.Errorf("asked about %d, %v, though it is final", n, err)
	}
	w.Conduct.Cut(true) // a final case need not be asked about
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	if s.Calculation.Effective != 500 || !strings.Contains(sentenceOf(s, "cap"), "this is final") {
		t.Errorf("%d bps: %s", s.Calculation.Effective, sentenceOf(s, "cap"))
	}
}

func sentenceOf(s records.Submission, rule string) string {
	for _, step := range s.Calculation.Steps {
		if step.Rule == rule {
			return step.Sentence
		}
	}
	return ""
}

func TestSubmitRenewal_WithAQuoteKeepsThePriceAndTakesTodaysCap(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, clean)
	w.Project()
	n := app.NewQuote{RenewalID: renewalID}
	n.Wish.Seats = 250
	q, err := w.App.CreateQuote(keyed(cdw, "quote", n), n)
	must(t, err)
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 240 })
	w.Conduct.Decide("cas_trf_1", appealed("2027-04-01"))
	offer := app.Offer{RenewalID: renewalID, QuoteID: q.ID}
	p, err := w.App.PreviewRenewal(as(cdw), offer)
	must(t, err)
	offer.ExpectedFingerprint = p.Calculation.Fingerprint
	s, err := w.SubmitAs(cdw, app.Order{Offer: offer})
	must(t, err)
	if s.QuoteID != q.ID || s.Calculation.ID == q.Calculation.ID || s.Calculation.Net != q.Calculation.Net || s.Calculation.Seats != 250 ||
		s.Calculation.Margin.Decimal() != "1575.00" || len(s.Calculation.Lines) != len(q.Calculation.Lines) {
		t.Errorf("booked %s of %s (%s) by quote %s", s.Calculation.Margin, s.Calculation.Net, s.Calculation.ID, s.QuoteID)
	}
	if told := sentenceOf(s, "quote"); !strings.Contains(told, "a cap has come into force") {
		t.Errorf("told %q", told)
	}
	kept, err := w.App.GetCalculation(as(cdw), q.Calculation.ID)
	must(t, err)
	if kept.Margin.Decimal() != "6300.00" {
		t.Errorf("the quote's calculation was rewritten: %s", kept.Margin)
	}
	accepted, err := w.App.GetQuote(as(cdw), q.ID)
	must(t, err)
	if accepted.State != "ACCEPTED" {
		t.Errorf("the quote is %s", accepted.State)
	}
	w.wantWithheld("6300.00 - 1575.00 = 4725.00 HELD")
}

func TestSubmitRenewal_WithAQuoteMadeUnderALiftedCapEarnsInFull(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	n := app.NewQuote{RenewalID: renewalID}
	q, err := w.App.CreateQuote(keyed(cdw, "quote", n), n)
	must(t, err)
	w.Conduct.Decide("cas_trf_1", clean)
	s, err := w.SubmitAs(cdw, app.Order{Offer: app.Offer{RenewalID: renewalID, QuoteID: q.ID}})
	must(t, err)
	if s.Calculation.Margin.Decimal() != "5040.00" || !strings.Contains(sentenceOf(s, "quote"), "instead of 1,260.00 GBP") {
		t.Errorf("booked %s: %s", s.Calculation.Margin, sentenceOf(s, "quote"))
	}
}

// A partner that was capped gets nothing better by leaving and coming back: what
// counts is the verdict about its return.
func TestEnsureRelationship_ATransferBackIsRuledByItsOwnVerdict(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Transfer("trf_2", subscription, "softcat", "2026-04-10", clean)
	w.Transfer("trf_3", subscription, "cdw", "2026-04-20", poached("2027-04-20"))
	w.Project()
	for _, tenure := range []struct{ partner, on, cap string }{
		{"cdw", due, "2027-04-01"}, {"softcat", "2026-04-10", ""}, {"cdw", "2026-04-20", "2027-04-20"},
	} {
		r, err := w.App.EnsureRelationship(context.Background(), app.Tenure{SubscriptionID: subscription, PartnerID: tenure.partner, On: day(tenure.on)})
		must(t, err)
		got := ""
		if r.Cap != nil {
			got = r.Cap.Until.String()
		}
		if got != tenure.cap {
			t.Errorf("%s from %s is capped until %q; want %q", tenure.partner, tenure.on, got, tenure.cap)
		}
	}
}

// Whoever comes first, the booking or the verdict, the outcome is the same.
func TestApplyCase_CrossesABookingWithoutLosingIt(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, clean)
	w.Project()
	_, err := w.App.EnsureRelationship(context.Background(), app.Tenure{SubscriptionID: subscription, PartnerID: "cdw", On: day(due)})
	must(t, err)
	var both sync.WaitGroup
	verdict := w.Conduct.Decide("cas_trf_1", appealed("2027-04-01"))
	both.Go(func() {
		if _, err := w.SubmitAs(cdw, order(renewalID)); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		if err := w.App.ApplyCase(context.Background(), verdict); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 HELD")
}

// Poaching earns no reward: what was rewarded is held and kept with the margin.
func TestPullVerdicts_HoldsTheRewardOfAnOrderToo(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	s, err := w.place(harbour(registered))
	must(t, err)
	w.Project()
	w.Hear()
	held := func() string {
		list, err := w.App.ListWithholdings(as(softcat), app.WithholdingFilter{SubscriptionID: s.SubscriptionID}, "", 10)
		must(t, err)
		texts := []string{}
		for _, h := range list {
			texts = append(texts, strings.Replace(h.SourceID, s.ID, "order", 1)+" "+h.Amount().Decimal()+" of "+h.Agreed.Decimal()+" "+string(h.State))
		}
		slices.Sort(texts)
		return strings.Join(texts, "; ")
	}
	if got := held(); got != "" {
		t.Errorf("withheld %q of a clean order", got)
	}
	w.Conduct.Decide("cas_"+s.ID, appealed("2027-03-02"))
	w.Hear()
	if got := held(); got != "order 10800.00 of 14400.00 HELD; order:reward 2400.00 of 2400.00 HELD" {
		t.Errorf("withheld %q", got)
	}
	w.Conduct.Decide("cas_"+s.ID, final(clean))
	w.Hear()
	if got := held(); got != "order 10800.00 of 14400.00 RELEASED; order:reward 2400.00 of 2400.00 RELEASED" {
		t.Errorf("withheld %q", got)
	}
}

func TestPullVerdicts_ByManyReplicasAppliesEachOnce(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, poached("2027-04-01"))
	w.Project()
	_, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	w.Conduct.Decide("cas_trf_1", appealed("2027-04-01"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for position, more := app.FeedStart, true; more; {
				var err error
				if position, more, err = w.App.PullVerdicts(context.Background(), position); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	list, err := w.App.ListWithholdings(as(cdw), app.WithholdingFilter{}, "", 10)
	must(t, err)
	if len(list) != 1 || list[0].Revision != 2 || list[0].State != records.Held {
		t.Errorf("%+v", list)
	}
}
