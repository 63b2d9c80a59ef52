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
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
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

// What a challenger can observe must not depend on whether there is a customer,
// nor on who serves it.
func TestRequestTransfer_IsAnsweredTheSameWhateverThereIs(t *testing.T) {
	w := beginTransfers(t)
	w.customer.addCustomer("cus_2", "", "nothing.example")
	w.customer.addCustomer("cus_3", "", "others.example")
	w.customer.addSubscription("cus_3", "bytes", "2025-04-01", "2026-04-01")
	w.customer.addSubscription("cus_3", "bytes", "2025-06-01", "2026-06-01")
	w.calls.take()
	var want *partnerv1.Transfer
	var calls []call
	for _, domain := range []string{"nobody.example", harbour, "nothing.example", "others.example"} {
		x := w.request(cdw, func(r *partnerv1.RequestTransferRequest) { r.Domain, r.ContactEmail = domain, "bob@"+domain })
		made := w.calls.take()
		for name, deliver := range map[string]bool{"before": false, "after": true} {
			if deliver {
				w.deliver(x)
			}
			got := w.transfer(cdw, x)
			if got.GetEtag() != x.GetEtag() {
				t.Errorf("%s: the etag changes %s the delivery", domain, name)
			}
			got.TransferId, got.Domain, got.Etag, got.CreateTime = "", "", "", nil
			if want == nil {
				want, calls = got, made
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s, %s the delivery: %s", domain, name, diff)
			}
		}
		w.calls.take()
		if diff := cmp.Diff(calls, made, cmp.AllowUnexported(call{})); diff != "" {
			t.Errorf("%s: the calls on the way differ: %s", domain, diff)
		}
	}
}

func TestRequestTransfer_RepeatedIsAnsweredAsBefore(t *testing.T) {
	w := beginTransfers(t)
	r := requestOf()
	x, err := w.transfers(cdw).RequestTransfer(w.ctx(), r)
	w.check(err)
	w.deliver(x)
	_, err = w.give(w.outbox.all()[0].Token, choice)
	w.check(err)
	w.customer.with(func() { w.customer.subscriptions[0].PartnerId = "cdw" }) // now it would be SAME_PARTNER
	again, err := w.transfers(cdw).RequestTransfer(w.ctx(), r)
	w.check(err)
	if diff := cmp.Diff(x, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestRequestTransfer_LeavesOutWhatTheChallengerServes(t *testing.T) {
	w := beginTransfers(t)
	w.customer.addSubscription("cus_1", "cdw", "2025-06-01", "2026-06-01")
	w.customer.addSubscription("cus_1", "bytes", "2023-01-01", "2024-01-01") // long over
	cancelled := w.customer.addSubscription("cus_1", "bytes", "2025-07-01", "2026-07-01")
	w.customer.with(func() {
		cancelled.State, cancelled.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-02-01"
	})
	w.customer.addCustomer("cus_2", "", "sister.example")
	w.customer.addSubscription("cus_2", "bytes", "2025-07-01", "2026-07-01") // another customer's
	x := w.consented(choice)
	if len(x.GetMoves()) != 1 || x.GetMoves()[0].GetSubscriptionId() != sub1 {
		t.Errorf("moves: %v", x.GetMoves())
	}
}

func TestRequestTransfer_ResolvesMergedPartners(t *testing.T) {
	w := beginTransfers(t)
	_, err := w.partners(ann).MergePartners(w.ctx(), &partnerv1.MergePartnersRequest{PartnerId: "cdw", AbsorbedPartnerId: "softcat", RequestId: key()})
	w.check(err)
	wantRefused(t, "SAME_PARTNER", func() error {
		_, err := w.transfers(cdw).RequestTransfer(w.ctx(), requestOf())
		return err
	})
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

func TestTransfers_AreRefusedForTheirReasons(t *testing.T) {
	var moving, open, claimed *partnerv1.Transfer
	request := func(c auth.Caller, how ...func(*partnerv1.RequestTransferRequest)) func(*world) error {
		return func(w *world) error {
			_, err := w.transfers(c).RequestTransfer(w.ctx(), requestOf(how...))
			return err
		}
	}
	from := func(domain, partner, familyID, on string) func(*partnerv1.RequestTransferRequest) {
		return func(r *partnerv1.RequestTransferRequest) {
			r.Domain, r.PartnerId, r.FamilyId, r.EffectiveDate = domain, partner, familyID, on
		}
	}
	assign := func(c auth.Caller, subscription, partner, on, text string) func(*world) error {
		return func(w *world) error {
			_, err := w.transfers(c).AssignTransfer(w.ctx(), &partnerv1.AssignTransferRequest{
				SubscriptionId: subscription, PartnerId: partner, EffectiveDate: on, ReasonText: text, RequestId: key(),
			})
			return err
		}
	}
	cancel := func(c auth.Caller, x **partnerv1.Transfer, etag string) func(*world) error {
		return func(w *world) error {
			_, err := w.transfers(c).CancelTransfer(w.ctx(), &partnerv1.CancelTransferRequest{TransferId: (*x).GetTransferId(), Etag: etag, RequestId: key()})
			return err
		}
	}
	release := func(c auth.Caller, x **partnerv1.Transfer, subscription string) func(*world) error {
		return func(w *world) error {
			_, err := w.transfers(c).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{
				TransferId: (*x).GetTransferId(), SubscriptionId: subscription, RequestId: key(),
			})
			return err
		}
	}
	contest := func(x **partnerv1.Transfer, text string, after time.Duration) func(*world) error {
		return func(w *world) error {
			w.wait(after)
			defer w.wait(-after)
			_, err := w.transfers(softcat).ContestTransfer(w.ctx(), &partnerv1.ContestTransferRequest{
				TransferId: (*x).GetTransferId(), ReasonText: text, RequestId: key(),
			})
			return err
		}
	}
	reader := servertest.Partner("cdw", "transfers:read")
	checkRefusals(t, func(w *world) {
		w.haveCustomer()
		moving = w.consented(choice)
		w.customer.addCustomer("cus_2", "", "quay.example")
		w.customer.addSubscription("cus_2", "softcat", "2025-04-01", "2026-04-01")
		w.customer.addContact("con_eve", "cus_2", "eve@quay.example", true)
		x, token := w.asked(cdw, from("quay.example", "", family, ""))
		_, err := w.give(token, serviceFailure)
		w.check(err)
		claimed = x
		w.customer.addCustomer("cus_3", "", "pier.example")
		w.customer.addSubscription("cus_3", "cdw", "2025-04-01", "2026-04-01")
		open = w.request(cdw, from("nobody.example", "", family, ""))
		w.enrolAs("maker", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER)
		w.enrol("fresh")
	}, []refusal{
		{"a day before today", "DATE_INVALID", "effective_date", request(cdw, effective("2026-02-28"))},
		{"no day", "DATE_INVALID", "effective_date", request(cdw, effective("2026-02-30"))},
		{"a family that is none", "FAMILY_UNKNOWN", "family_id", request(cdw, from(harbour, "", "teapots", ""))},
		{"a customer of its own", "SAME_PARTNER", "domain", request(cdw, from("pier.example", "", family, ""))},
		{"in the name of another", "NOT_FOUND", "partner_id", request(cdw, from(harbour, "softcat", family, ""))},
		{"in nobody's name", "REQUEST_INVALID", "partner_id", request(ann)},
		{"for a partner that is none", "NOT_FOUND", "partner_id", request(ann, from(harbour, "nobody", family, ""))},
		{"for one that does not sell", "PARTNER_NOT_SELLING", "partner_id", request(ann, from(harbour, "maker", family, ""))},
		{"for one without agreement", "AGREEMENT_MISSING", "partner_id", request(ann, from(harbour, "fresh", family, ""))},
		{"without the scope", "SCOPE_MISSING", "", request(reader)},
		{"a service", "PERMISSION_DENIED", "", request(servertest.Service("commission"))},

		{"assigned while the incumbent sells", "CONSENT_MISSING", "subscription_id", assign(ann, sub1, "direct", "", "why not")},
		{"assigned without a word", "REASON_TEXT_REQUIRED", "reason_text", assign(ann, sub1, "direct", "", " ")},
		{"assigned to who serves it", "SAME_PARTNER", "partner_id", assign(ann, "sub_2", "softcat", "", "why not")},
		{"assigned to nobody", "NOT_FOUND", "partner_id", assign(ann, sub1, "nobody", "", "why not")},
		{"assigned: nothing", "NOT_FOUND", "subscription_id", assign(ann, "sub_0", "direct", "", "why not")},
		{"assigned by a program", "HUMAN_REQUIRED", "", assign(robot, sub1, "direct", "", "why not")},
		{"assigned by a partner", "PERMISSION_DENIED", "", assign(cdw, sub1, "direct", "", "why not")},

		{"another's request", "NOT_FOUND", "", cancel(softcat, &open, "")},
		{"an old etag", "ETAG_MISMATCH", "etag", cancel(cdw, &open, "1")},
		{"taken back after the consent", "TRANSFER_NOT_OPEN", "", cancel(cdw, &moving, "")},
		{"taken back by the incumbent", "TRANSFER_NOT_OPEN", "", cancel(softcat, &moving, "")},
		{"released by the challenger", "NOT_FOUND", "", release(cdw, &moving, "")},
		{"released by a stranger", "NOT_FOUND", "", release(bytes, &moving, "")},
		{"released before the consent", "NOT_FOUND", "", release(softcat, &open, "")},
		{"released: something else", "NOT_FOUND", "", release(softcat, &moving, "sub_9")},
		{"released by the vendor", "PERMISSION_DENIED", "", release(ann, &moving, "")},
		{"nothing claimed", "STATE_INVALID", "", contest(&moving, "no", 0)},
		{"contested without a word", "REASON_TEXT_REQUIRED", "reason_text", contest(&claimed, "", 0)},
		{"contested on the eleventh working day", "CONTEST_WINDOW_CLOSED", "", contest(&claimed, "no", 13*day)},
		{"contested on the tenth, and then again", "STATE_INVALID", "", func(w *world) error {
			w.check(contest(&claimed, "no", 12*day)(w))
			return contest(&claimed, "no", 12*day)(w)
		}},
		{"a transfer that is none", "NOT_FOUND", "", func(w *world) error {
			_, err := w.transfers(ann).GetTransfer(w.ctx(), &partnerv1.GetTransferRequest{TransferId: "trf_0"})
			return err
		}},
	})
}

// wantRefused checks the reason of a refusal that is none of a table.
func wantRefused(t *testing.T, want string, refused func() error) {
	t.Helper()
	err := refused()
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
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
