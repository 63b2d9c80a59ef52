package rpc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

const (
	isRequested  = partnerv1.TransferState_TRANSFER_STATE_REQUESTED
	isConsented  = partnerv1.TransferState_TRANSFER_STATE_CONSENTED
	isCompleted  = partnerv1.TransferState_TRANSFER_STATE_COMPLETED
	isExpired    = partnerv1.TransferState_TRANSFER_STATE_EXPIRED
	isCancelled  = partnerv1.TransferState_TRANSFER_STATE_CANCELLED
	isSuperseded = partnerv1.TransferState_TRANSFER_STATE_SUPERSEDED
	isFailed     = partnerv1.TransferState_TRANSFER_STATE_FAILED
)

func TestTransfer_GoesFromTheRequestToTheNewPartner(t *testing.T) {
	w := beginTransfers(t)
	queue := w.useQueue()
	w.outbox.sent = make(chan struct{})
	x := w.request(cdw, func(r *partnerv1.RequestTransferRequest) {
		r.PartnerReference, r.ContactEmail = "our 7", "cid@"+harbour
	})
	ctx, stop := context.WithCancel(w.ctx())
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx) }()
	select {
	case <-w.outbox.sent:
	case <-w.ctx().Done():
		t.Fatal("no mail was sent")
	}
	stop()
	w.check(<-ended)
	mail := w.outbox.all()[0]
	if mail.To != "cid@"+harbour || mail.Partner != "cdw" || mail.Customer != "cus_1" || mail.URL != consentPage+mail.Token {
		t.Errorf("sent: %+v", mail)
	}
	asked, err := w.anyone().GetConsent(w.ctx(), &partnerv1.GetConsentRequest{Token: mail.Token})
	w.check(err)
	want := &partnerv1.Consent{
		PartnerDisplayName: "cdw", CustomerDisplayName: "cus_1", ProductDisplayNames: []string{"Mail Security"},
		EffectiveDate: "2026-04-01", ExpireDate: "2026-03-08",
	}
	if diff := cmp.Diff(want, asked, protocmp.Transform()); diff != "" {
		t.Errorf("asked: %s", diff)
	}
	given, err := w.give(mail.Token, choice)
	w.check(err)
	want.Given, want.Reason = true, choice
	if diff := cmp.Diff(want, given, protocmp.Transform()); diff != "" {
		t.Errorf("given: %s", diff)
	}
	w.wantState(cdw, x, isCompleted)
	last := w.contract(sub1).GetPartnersOfRecord()[1]
	if last.GetPartnerId() != "cdw" || last.GetFromDate() != "2026-04-01" || last.GetTransferId() != x.GetTransferId() {
		t.Errorf("the contract has %v", last)
	}
	var kinds []string
	for _, e := range w.feed() {
		if e.GetTransfer() != nil || e.GetCase() != nil {
			kinds = append(kinds, e.GetKind())
		}
	}
	if diff := cmp.Diff([]string{"transfer.requested", "case.opened", "transfer.consented", "transfer.completed"}, kinds); diff != "" {
		t.Errorf("events: %s", diff)
	}
}

func TestTransfer_ShowsEachSideItsOwn(t *testing.T) {
	w := beginTransfers(t)
	w.customer.addSubscription("cus_1", "bytes", "2025-05-01", "2026-05-01")
	x := w.consented(serviceFailure, func(r *partnerv1.RequestTransferRequest) { r.PartnerReference = "our 7" })
	if x.GetConsentText() != "said the customer" || len(x.GetMoves()) != 2 || x.GetMoves()[0].GetIncumbentPartnerId() != "softcat" || x.GetPartnerId() != "cdw" {
		t.Errorf("the vendor sees %v", x)
	}
	_, err := w.transfers(softcat).ContestTransfer(w.ctx(), &partnerv1.ContestTransferRequest{
		TransferId: x.GetTransferId(), ReasonText: "there was no outage", RequestId: key(),
	})
	w.check(err)
	for _, tt := range []struct {
		caller    auth.Caller
		side      partnerv1.Side
		moves     int
		contested bool
		forbidden []string
	}{
		{cdw, partnerv1.Side_SIDE_CHALLENGER, 2, false, []string{"softcat", "bytes", "said the customer"}},
		{softcat, partnerv1.Side_SIDE_INCUMBENT, 1, true, []string{"cdw", "bytes", "our 7", "said the customer", "sub_2"}},
		{bytes, partnerv1.Side_SIDE_INCUMBENT, 1, false, []string{"cdw", "softcat", "our 7", "said the customer", sub1}},
	} {
		got := w.transfer(tt.caller, x)
		if got.GetSide() != tt.side || len(got.GetMoves()) != tt.moves || got.GetMoves()[0].GetContested() != tt.contested {
			t.Errorf("%s sees %v", tt.caller, got)
		}
		if got.GetMoves()[0].GetContestByDate() != "2026-03-13" || got.GetMoves()[0].GetCaseId() == "" || got.GetState() != isCompleted {
			t.Errorf("%s sees %v", tt.caller, got)
		}
		for _, word := range tt.forbidden {
			if strings.Contains(protojson.Format(got), word) {
				t.Errorf("%s reads %s", tt.caller, word)
			}
		}
	}
}

func TestTransfer_FromTheVendorIsShownToWhoIsProtected(t *testing.T) {
	w := beginTransfers(t)
	w.customer.with(func() {
		sub := w.customer.subscriptions[0]
		sub.PartnerId = "direct"
		sub.PartnersOfRecord = []*customerv1.PartnerOfRecord{
			{PartnerId: "softcat", FromDate: "2025-04-01", UntilDate: "2026-02-01"}, {PartnerId: "direct", FromDate: "2026-02-01"},
		}
	})
	x := w.consented(choice)
	if got := x.GetMoves()[0].GetIncumbentPartnerId(); got != "direct" || x.GetState() != isCompleted {
		t.Errorf("it leaves %s: %s", got, x.GetState())
	}
	released, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: x.GetTransferId(), RequestId: key()})
	if err != nil || !released.GetMoves()[0].GetReleased() {
		t.Errorf("softcat: %v, %v", released, err)
	}
}

func TestCancelTransfer_TakesTheRequestBack(t *testing.T) {
	w := beginTransfers(t)
	x, token := w.asked(cdw)
	cancel := &partnerv1.CancelTransferRequest{TransferId: x.GetTransferId(), Etag: x.GetEtag(), RequestId: key()}
	cancelled, err := w.transfers(cdw).CancelTransfer(w.ctx(), cancel)
	if err != nil || cancelled.GetState() != isCancelled || cancelled.GetEtag() == x.GetEtag() {
		t.Fatalf("%v, %v", cancelled, err)
	}
	wantRefused(t, "TRANSFER_NOT_OPEN", func() error { _, err := w.give(token, choice); return err })
}

func TestExpireTransfers_TellsTheFeedAndForgets(t *testing.T) {
	w := beginTransfers(t)
	x, token := w.asked(cdw)
	rival := w.request(bytes)
	w.wait(14 * day)
	w.wantState(cdw, x, isRequested)
	w.wait(day)
	w.wantState(cdw, x, isExpired)
	wantRefused(t, "CONSENT_EXPIRED", func() error { _, err := w.give(token, choice); return err })
	if n, err := w.app.ExpireTransfers(t.Context()); n != 2 || err != nil {
		t.Errorf("expired %d, %v", n, err)
	}
	if n, err := w.app.ExpireTransfers(t.Context()); n != 0 || err != nil {
		t.Errorf("expired %d again, %v", n, err)
	}
	w.wantState(bytes, rival, isExpired)
	w.deliver(rival)
	if len(w.outbox.all()) != 1 {
		t.Error("an expired request is still sent")
	}
	var kinds []string
	for _, e := range w.feed() {
		if e.GetTransfer() != nil {
			kinds = append(kinds, e.GetKind())
		}
	}
	if diff := cmp.Diff([]string{"transfer.requested", "transfer.requested", "transfer.expired", "transfer.expired"}, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestListTransfers_HasTwoInboxes(t *testing.T) {
	w := beginTransfers(t)
	first := w.request(cdw)
	moving := w.consented(choice)
	ask := func(c auth.Caller, r *partnerv1.ListTransfersRequest) (ids []string) {
		list, err := w.transfers(c).ListTransfers(w.ctx(), r)
		w.check(err)
		for _, x := range list.GetTransfers() {
			ids = append(ids, x.GetTransferId())
		}
		return ids
	}
	both := []string{moving.GetTransferId(), first.GetTransferId()}
	for name, tt := range map[string]struct {
		caller auth.Caller
		r      *partnerv1.ListTransfersRequest
		want   []string
	}{
		"the challenger's":           {cdw, &partnerv1.ListTransfersRequest{}, both},
		"the incumbent's":            {softcat, &partnerv1.ListTransfersRequest{Side: partnerv1.Side_SIDE_INCUMBENT}, both[:1]},
		"what the incumbent asks":    {softcat, &partnerv1.ListTransfersRequest{Side: partnerv1.Side_SIDE_CHALLENGER}, nil},
		"a stranger's":               {bytes, &partnerv1.ListTransfersRequest{}, nil},
		"of somebody else":           {cdw, &partnerv1.ListTransfersRequest{PartnerId: "softcat"}, nil},
		"all":                        {ann, &partnerv1.ListTransfersRequest{}, both},
		"a partner's, to the vendor": {ann, &partnerv1.ListTransfersRequest{PartnerId: "softcat"}, both[:1]},
		"those that completed":       {cdw, &partnerv1.ListTransfersRequest{State: isCompleted}, both[:1]},
	} {
		if got := ask(tt.caller, tt.r); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	page, err := w.transfers(cdw).ListTransfers(w.ctx(), &partnerv1.ListTransfersRequest{PageSize: 1})
	w.check(err)
	if got := ask(cdw, &partnerv1.ListTransfersRequest{PageSize: 1, PageToken: page.GetNextPageToken()}); !slices.Equal(got, both[1:]) {
		t.Errorf("the second page: %v", got)
	}
}

func TestAssignTransfer_MovesTheCustomerOfAPartnerThatCeased(t *testing.T) {
	w := beginTransfers(t)
	rival, _ := w.asked(bytes)
	_, err := w.partners(ann).SuspendPartner(w.ctx(), &partnerv1.SuspendPartnerRequest{
		PartnerId: "softcat", Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, RequestId: key(),
	})
	w.check(err)
	x, err := w.transfers(ann).AssignTransfer(w.ctx(), &partnerv1.AssignTransferRequest{
		SubscriptionId: sub1, PartnerId: "direct", ReasonText: "insolvent", RequestId: key(),
	})
	w.check(err)
	if x.GetState() != isCompleted || x.GetDomain() != harbour || x.GetFamilyId() != family || x.GetMoves()[0].GetEffectiveDate() != "2026-03-01" || x.GetConsentTime() != nil {
		t.Errorf("assigned: %v", x)
	}
	if got := w.contract(sub1).GetPartnersOfRecord()[1]; got.GetPartnerId() != "direct" {
		t.Errorf("the contract has %v", got)
	}
	verdict, err := partnerv1.NewConductServiceClient(w.env.As(ann)).GetCase(w.ctx(), &partnerv1.GetCaseRequest{CaseId: x.GetMoves()[0].GetCaseId()})
	w.check(err)
	if verdict.GetVerdict().GetOutcome() != partnerv1.Outcome_OUTCOME_CLEAN {
		t.Errorf("the verdict is %v", verdict.GetVerdict())
	}
	w.wantState(ann, rival, isSuperseded)
	w.wantState(bytes, rival, isRequested)
	if moved := w.transfer(softcat, x); moved.GetPartnerId() != "" || len(moved.GetMoves()) != 1 {
		t.Errorf("who ceased sees %v", moved)
	}
}

func TestReleaseTransfer_MakesTheVerdictClean(t *testing.T) {
	w := beginTransfers(t)
	x := w.consented(choice)
	outcome := func() partnerv1.Outcome {
		c, err := partnerv1.NewConductServiceClient(w.env.As(cdw)).GetCase(w.ctx(), &partnerv1.GetCaseRequest{CaseId: x.GetMoves()[0].GetCaseId()})
		w.check(err)
		return c.GetVerdict().GetOutcome()
	}
	if got := outcome(); got != partnerv1.Outcome_OUTCOME_POACHED {
		t.Errorf("before: %s", got)
	}
	w.wait(100 * day)
	for range 2 { // again changes nothing
		released, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: x.GetTransferId(), RequestId: key()})
		if err != nil || !released.GetMoves()[0].GetReleased() {
			t.Errorf("%v, %v", released, err)
		}
	}
	if got := outcome(); got != partnerv1.Outcome_OUTCOME_CLEAN {
		t.Errorf("after: %s", got)
	}
}

// withoutTimes leaves out what differs between two like transfers.
func withoutTimes(x *partnerv1.Transfer) *partnerv1.Transfer {
	x = proto.CloneOf(x)
	x.TransferId, x.Etag, x.CreateTime, x.ConsentTime = "", "", nil, nil
	return x
}

func TestSuperseded_IsNotToBeToldFromOpen(t *testing.T) {
	w := beginTransfers(t)
	early, token := w.asked(bytes)
	unresolved := w.request(bytes)
	w.wait(time.Minute)
	w.consented(choice)
	w.deliver(unresolved) // it finds out too late
	late, err := w.transfers(bytes).RequestTransfer(w.ctx(), requestOf(func(r *partnerv1.RequestTransferRequest) { r.Domain = harbour }))
	w.check(err)
	for _, x := range []*partnerv1.Transfer{early, unresolved} {
		w.wantState(ann, x, isSuperseded)
		if got := w.transfer(bytes, x); got.GetEtag() != x.GetEtag() {
			t.Errorf("the etag tells: %v", got)
		}
		if diff := cmp.Diff(withoutTimes(late), withoutTimes(w.transfer(bytes, x)), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	wantRefused(t, "TRANSFER_NOT_OPEN", func() error { _, err := w.give(token, choice); return err })
	if n := len(w.outbox.all()); n != 2 {
		t.Errorf("%d mails", n)
	}
}
