package app_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var insight = servertest.Partner("insight", "margin:read")

// ask lets cdw ask for the subscription; with a day, the customer has consented.
func (w *world) ask(effective string) {
	t := &partnerv1.Transfer{
		TransferId: "trf_1", PartnerId: "cdw", FamilyId: "email-security", State: partnerv1.TransferState_TRANSFER_STATE_REQUESTED,
		CreateTime: timestamppb.New(monday),
	}
	if effective != "" {
		t.State = partnerv1.TransferState_TRANSFER_STATE_CONSENTED
		t.Moves = []*partnerv1.Move{{SubscriptionId: subscription, EffectiveDate: effective, IncumbentPartnerId: "softcat", CaseId: "cas_trf_1"}}
	}
	w.Conduct.Request(t)
}

func (w *world) previewTransfer(c auth.Caller) app.TransferMargin {
	w.t.Helper()
	p, err := w.App.PreviewTransferMargin(as(c), app.TransferQuestion{TransferID: "trf_1"})
	must(w.t, err)
	if len(p.Margins) != 1 {
		w.t.Fatalf("%d margins", len(p.Margins))
	}
	return p.Margins[0]
}

func TestPreviewTransferMargin_EstimatesUntilTheCustomerConsents(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.ask("")
	estimate := app.TransferQuestion{TransferID: "trf_1", Net: money.Amount{Minor: 2_400_000, Currency: "GBP"}, Segment: "ENTERPRISE"}
	p, err := w.App.PreviewTransferMargin(as(cdw), estimate)
	must(t, err)
	m := p.Margins[0]
	if p.Side != partnerv1.Side_SIDE_CHALLENGER || m.SubscriptionID != "" || m.IfClean.Margin.Decimal() != "4800.00" ||
		m.IfPoached.Margin.Decimal() != "1200.00" || m.IfPoached.Locked != 2000 || m.IfPoached.Effective != 500 {
		t.Errorf("%s: %+v, or %+v", p.Side, m.IfClean, m.IfPoached)
	}
	_, err = w.App.PreviewTransferMargin(as(cdw), app.TransferQuestion{TransferID: "trf_1", Segment: "ENTERPRISE"})
	wantReason(t, err, "REQUEST_INVALID")
	for _, c := range []auth.Caller{softcat, insight} { // the customer has not consented: there is nothing to see
		_, err = w.App.PreviewTransferMargin(as(c), estimate)
		wantReason(t, err, "NOT_FOUND")
	}
}

func TestPreviewTransferMargin_ShowsEachSideItsOwn(t *testing.T) {
	w := newWorld(t)
	w.Card(1500)
	w.Subscribe(subscription)
	w.ask("2026-03-20")
	for _, booked := range []bool{false, true} {
		if booked {
			w.Transfer("trf_1", subscription, "cdw", "2026-03-20", poached("2027-03-20"))
			w.On("2026-03-20")
			must(t, w.App.DivideTerms(t.Context(), subscription))
		}
		for _, c := range []auth.Caller{cdw, anna} {
			m := w.previewTransfer(c)
			if m.SubscriptionID != subscription || m.Effective.String() != "2026-03-20" || m.IfClean.Net.Decimal() != "789.04" ||
				m.IfClean.Margin.Decimal() != "118.36" || m.IfPoached.Margin.Decimal() != "39.45" || m.KeptNet.Currency != "" {
				t.Errorf("%s sees %+v: %s or %s", c, m, m.IfClean.Margin, m.IfPoached.Margin)
			}
		}
		m := w.previewTransfer(softcat)
		if m.KeptNet.Decimal() != "23210.96" || m.KeptMargin.Decimal() != "4642.19" || m.IfClean != nil || m.IfPoached != nil {
			t.Errorf("the incumbent sees %+v", m)
		}
		_, err := w.App.PreviewTransferMargin(as(insight), app.TransferQuestion{TransferID: "trf_1"})
		wantReason(t, err, "NOT_FOUND")
	}
	w.wantShares(cdw, "[2026-03-20, 2026-04-01) cdw 789.04 39.45")
}

func TestPreviewTransferMargin_AtTheEndOfTheTermIsAboutTheNext(t *testing.T) {
	w := newWorld(t)
	w.Card(1500)
	w.Subscribe(subscription)
	w.ask(due)
	m := w.previewTransfer(cdw)
	if m.IfClean.Net.Decimal() != "25200.00" || m.IfClean.Margin.Decimal() != "3780.00" || m.IfPoached.Margin.Decimal() != "1260.00" ||
		m.IfClean.Term.String() != "[2026-04-01, 2027-04-01)" {
		t.Errorf("the challenger sees %s of %s, or %s", m.IfClean.Margin, m.IfClean.Net, m.IfPoached.Margin)
	}
	if m := w.previewTransfer(softcat); m.KeptNet.Decimal() != "24000.00" || m.KeptMargin.Decimal() != "4800.00" {
		t.Errorf("the incumbent keeps %s of %s", m.KeptMargin, m.KeptNet)
	}
	_, err := w.Submit(order(renewalID)) // booked before the transfer: all of it is the challenger's
	must(t, err)
	if m := w.previewTransfer(cdw); m.IfClean.Net.Decimal() != "25200.00" || m.IfPoached.Margin.Decimal() != "1260.00" {
		t.Errorf("the challenger sees %s of %s", m.IfPoached.Margin, m.IfPoached.Net)
	}
	if m := w.previewTransfer(softcat); m.KeptMargin.Decimal() != "4800.00" {
		t.Errorf("the incumbent keeps %s", m.KeptMargin)
	}
}

// survivor is cdw after it has absorbed softcat.
func survivor() auth.Caller {
	c := servertest.Partner("cdw", "renewals:read", "renewals:write", "quotes:write")
	c.PartnerIDs = []string{"cdw", "softcat"}
	return c
}

func TestSubmitRenewal_OfASurvivorActsForTheAbsorbedPartner(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	p, err := w.App.PreviewRenewal(as(survivor()), app.Offer{RenewalID: renewalID})
	must(t, err)
	n := app.NewQuote{RenewalID: renewalID}
	q, err := w.App.CreateQuote(keyed(survivor(), "quote", n), n)
	must(t, err)
	s, err := w.SubmitAs(survivor(), app.Order{Offer: app.Offer{RenewalID: renewalID, QuoteID: q.ID, ExpectedFingerprint: p.Calculation.Fingerprint}})
	must(t, err)
	if s.State != "BOOKED" || s.PartnerID != "softcat" || q.PartnerID != "softcat" || s.Calculation.PartnerID != "softcat" || s.Actor != "partner:cdw" {
		t.Errorf("%s for %s by %s, quoted for %s", s.State, s.PartnerID, s.Actor, q.PartnerID)
	}
	list, err := w.App.ListRenewals(as(survivor()), app.RenewalFilter{}, app.ByDueDate, nil, 10)
	must(t, err)
	if len(list) != 1 {
		t.Errorf("the survivor sees %d renewals", len(list))
	}
	_, err = w.App.GetSubmission(as(cdw), s.ID) // once the merger is reverted
	wantReason(t, err, "NOT_FOUND")
}

func TestSubmitRenewal_OfASurvivorIsRefusedWhatIsNeitherPartners(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Customer.Change(subscription, "subscription.reassigned", reassignTo("insight", due))
	_, err := w.SubmitAs(survivor(), order(renewalID)) // the book is behind
	wantReason(t, err, "PARTNER_CHANGED")
	w.Project()
	_, err = w.SubmitAs(survivor(), order(renewalID))
	wantReason(t, err, "NOT_FOUND")
	_, err = w.App.PreviewRenewal(as(survivor()), app.Offer{RenewalID: "rnw_none_20260401"})
	wantReason(t, err, "NOT_FOUND")
}

func TestDeclineRenewal_OfASurvivorStandsForTheAbsorbedPartner(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	n := app.Notice{RenewalID: renewalID, Note: "the customer leaves"}
	r, err := w.App.DeclineRenewal(keyed(survivor(), "decline", n), n)
	must(t, err)
	if r.PartnerID != "softcat" || r.State != "DECLINED" {
		t.Errorf("%s of %s", r.State, r.PartnerID)
	}
}

func TestPreviewTransferMargin_OfASurvivorSeesTheAbsorbedPartnersSide(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Conduct.Request(&partnerv1.Transfer{
		TransferId: "trf_1", PartnerId: "insight", FamilyId: "email-security", CreateTime: timestamppb.New(monday),
		Moves: []*partnerv1.Move{{SubscriptionId: subscription, EffectiveDate: "2026-03-20", IncumbentPartnerId: "softcat"}},
	})
	m := w.previewTransfer(survivor())
	if m.KeptMargin.Decimal() != "4642.19" {
		t.Errorf("keeps %s", m.KeptMargin)
	}
}

// A margin that operations accept for the new partner is capped like any other.
func TestAcceptCardRate_DoesNotEscapeTheVerdict(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, poached("2027-03-02"))
	w.Customer.Change(subscription, "subscription.touched", func(s *customerv1.Subscription) { s.PartnerId, s.PartnerFromDate = "cdw", today })
	r, err := w.App.AcceptCardRate(keyed(anna, "accept", ""), subscription, nil)
	must(t, err)
	if r.Cap == nil || r.Effective != 500 || r.TransferID != "trf_1" || !strings.HasPrefix(r.Case.ID, "cas_") {
		t.Errorf("%+v, cap %+v", r, r.Cap)
	}
	if r.From != calendar.On(2026, 3, 2) {
		t.Errorf("from %s", r.From)
	}
}
