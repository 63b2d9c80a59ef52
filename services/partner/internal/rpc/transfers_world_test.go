package rpc_test

import (
	"context"
	"testing"

	"go.uber.org/zap"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var bytes = servertest.Partner("bytes", scopes...)

// What most tests of transfers are about: harbour.example's subscription, which
// softcat serves until 2026-04-01 unless it is renewed.
const (
	harbour = "harbour.example"
	family  = "email-security"
	sub1    = "sub_1"
)

func beginTransfers(t *testing.T) *world {
	t.Helper()
	w := begin(t)
	w.haveCustomer()
	return w
}

// haveCustomer makes it a world in which softcat serves a customer that cdw and
// bytes would like to have. Bob and Cid may consent for it.
func (w *world) haveCustomer() {
	w.t.Helper()
	w.useQueue()
	w.approve(w.propose(w.draft("2024-01-01")))
	for _, id := range []string{"softcat", "cdw", "bytes"} {
		w.enrol(id)
		w.agree(id, "2024-01-01", "")
	}
	w.customer.addCustomer("cus_1", "", harbour, "harbour.test")
	w.customer.addContact("con_ann", "cus_1", "ann@"+harbour, false)
	w.customer.addContact("con_bob", "cus_1", "bob@"+harbour, true)
	w.customer.addContact("con_cid", "cus_1", "cid@"+harbour, true)
	w.customer.addSubscription("cus_1", "softcat", "2025-04-01", "2026-04-01")
}

// useQueue gives the app a queue, whose jobs wait until it runs.
func (w *world) useQueue() *jobs.Queue {
	w.t.Helper()
	w.check(queue.Migrate(w.t.Context(), w.urls.OwnerURL))
	queue, err := jobs.NewQueue(w.db.SystemPool(), w.app, zap.NewNop())
	w.check(err)
	w.app.UseJobs(queue)
	return queue
}

// withSender is the app with another way to customers' contacts.
func (w *world) withSender(s app.Sender) *app.App {
	parts := w.parts
	parts.Mail.Sender = s
	return app.New(parts)
}

func (w *world) transfers(c auth.Caller) partnerv1.TransferServiceClient {
	return partnerv1.NewTransferServiceClient(w.env.As(c))
}

// anyone calls without a token.
func (w *world) anyone() partnerv1.TransferServiceClient {
	return partnerv1.NewTransferServiceClient(w.env.Anonymous())
}

// request asks for harbour.example's subscriptions.
func (w *world) request(c auth.Caller, how ...func(*partnerv1.RequestTransferRequest)) *partnerv1.Transfer {
	w.t.Helper()
	x, err := w.transfers(c).RequestTransfer(w.ctx(), requestOf(how...))
	w.check(err)
	return x
}

func requestOf(how ...func(*partnerv1.RequestTransferRequest)) *partnerv1.RequestTransferRequest {
	r := &partnerv1.RequestTransferRequest{Domain: harbour, FamilyId: family, RequestId: key()}
	for _, change := range how {
		change(r)
	}
	return r
}

func effective(day string) func(*partnerv1.RequestTransferRequest) {
	return func(r *partnerv1.RequestTransferRequest) { r.EffectiveDate = day }
}

func idOf(x *partnerv1.Transfer) transfers.ID { return transfers.ID(x.GetTransferId()) }

// deliver asks the customer, as the job does.
func (w *world) deliver(x *partnerv1.Transfer) {
	w.t.Helper()
	w.check(w.app.DeliverConsent(context.Background(), idOf(x)))
}

// asked requests, delivers, and returns the token of the mail.
func (w *world) asked(c auth.Caller, how ...func(*partnerv1.RequestTransferRequest)) (*partnerv1.Transfer, string) {
	w.t.Helper()
	x := w.request(c, how...)
	before := len(w.outbox.all())
	w.deliver(x)
	mails := w.outbox.all()
	if len(mails) != before+1 {
		w.t.Fatalf("%d mails for a request", len(mails)-before)
	}
	return x, mails[before].Token
}

func (w *world) give(token string, reason partnerv1.ConsentReason) (*partnerv1.Consent, error) {
	return w.anyone().GiveConsent(w.ctx(), &partnerv1.GiveConsentRequest{Token: token, Reason: reason, ReasonText: "said the customer"})
}

const (
	choice         = partnerv1.ConsentReason_CONSENT_REASON_CHOICE
	serviceFailure = partnerv1.ConsentReason_CONSENT_REASON_SERVICE_FAILURE
)

// consented is a transfer to cdw that the customer has consented to.
func (w *world) consented(reason partnerv1.ConsentReason, how ...func(*partnerv1.RequestTransferRequest)) *partnerv1.Transfer {
	w.t.Helper()
	x, token := w.asked(cdw, how...)
	_, err := w.give(token, reason)
	w.check(err)
	return w.transfer(ann, x)
}

// transfer reads a transfer as a caller.
func (w *world) transfer(c auth.Caller, x *partnerv1.Transfer) *partnerv1.Transfer {
	w.t.Helper()
	read, err := w.transfers(c).GetTransfer(w.ctx(), &partnerv1.GetTransferRequest{TransferId: x.GetTransferId()})
	w.check(err)
	return read
}

// contract reads a subscription.
func (w *world) contract(id string) *customerv1.Subscription {
	w.t.Helper()
	sub, err := w.customer.GetSubscription(w.ctx(), &customerv1.GetSubscriptionRequest{SubscriptionId: id})
	w.check(err)
	return sub
}

// wantState checks where a transfer stands, as a caller sees it.
func (w *world) wantState(c auth.Caller, x *partnerv1.Transfer, want partnerv1.TransferState) {
	w.t.Helper()
	if got := w.transfer(c, x).GetState(); got != want {
		w.t.Errorf("%s sees %s, want %s", c, got, want)
	}
}
