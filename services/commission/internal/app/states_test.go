package app_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

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
			w.Subscribe(subscription)
			w.On(c.day)
			s, err := w.Submit(order(renewalID))
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
	w.Subscribe(subscription)
	_, err := w.App.ApproveLateRenewal(keyed(anna, "early", ""), app.Notice{RenewalID: renewalID})
	wantReason(t, err, "STATE_INVALID")
	w.On("2026-05-01")
	approved, err := w.App.ApproveLateRenewal(keyed(anna, "approve", ""), app.Notice{RenewalID: renewalID, Note: "the customer was moving"})
	must(t, err)
	if approved.LateApprover != anna.Subject || approved.State != renewal.Lapsed {
		t.Errorf("approved by %q in state %s", approved.LateApprover, approved.State)
	}
	s, err := w.Submit(order(renewalID))
	must(t, err)
	if s.State != records.Booked {
		t.Errorf("%s; want BOOKED", s.State)
	}
}

func TestDeclineRenewal_StandsAgainstSubmissionsUntilUndone(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	before, err := w.App.GetRenewal(as(softcat), renewalID)
	must(t, err)
	declined, err := w.App.DeclineRenewal(keyed(softcat, "decline", ""), app.Notice{RenewalID: renewalID, Note: "closing down", Etag: before.Etag()})
	must(t, err)
	if declined.State != renewal.Declined || declined.DeclinedOn.String() != today {
		t.Errorf("%s on %s", declined.State, declined.DeclinedOn)
	}
	_, err = w.Submit(order(renewalID))
	wantReason(t, err, "RENEWAL_DECLINED")
	_, err = w.App.UndoDecline(keyed(softcat, "stale", ""), app.Notice{RenewalID: renewalID, Etag: before.Etag()})
	wantReason(t, err, "ETAG_MISMATCH")
	undone, err := w.App.UndoDecline(keyed(softcat, "undo", ""), app.Notice{RenewalID: renewalID, Etag: declined.Etag()})
	must(t, err)
	if undone.State != renewal.Open {
		t.Errorf("%s; want OPEN", undone.State)
	}
	_, err = w.Submit(order(renewalID))
	must(t, err)
}

func TestRenewal_OfAnotherPartnerIsLikeNone(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	shown := func(err error) string {
		text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(rpcerr.Status(err).Proto())
		return string(text)
	}
	for name, ask := range map[string]func(id string) error{
		"get":     func(id string) error { _, err := w.App.GetRenewal(as(cdw), id); return err },
		"preview": func(id string) error { _, err := w.App.PreviewRenewal(as(cdw), app.Offer{RenewalID: id}); return err },
		"submit": func(id string) error {
			_, err := w.App.SubmitRenewal(keyed(cdw, "submit "+id, ""), order(id))
			return err
		},
		"quote": func(id string) error {
			_, err := w.App.CreateQuote(keyed(cdw, "quote "+id, ""), app.NewQuote{RenewalID: id})
			return err
		},
		"decline": func(id string) error {
			_, err := w.App.DeclineRenewal(keyed(cdw, "decline "+id, ""), app.Notice{RenewalID: id})
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
	w.Subscribe(subscription)
	w.Partner.Suspended.Store(true)
	_, err := w.Submit(order(renewalID))
	wantReason(t, err, "PARTNER_NOT_SELLING")
	if n := len(w.submissions(renewalID)); n != 0 {
		t.Errorf("%d submissions are stored of a refused order", n)
	}
}
