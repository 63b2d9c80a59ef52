package rpc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Two people of finance, and the service that pays out.
var (
	eve   = servertest.Person("eve", auth.Finance)
	sam   = servertest.Person("sam", auth.Admin)
	payer = servertest.Service("commission")
)

const iban = "GB82WEST12345698765432"

func (w *world) accounts(c auth.Caller) partnerv1.PayoutAccountServiceClient {
	return partnerv1.NewPayoutAccountServiceClient(w.env.As(c))
}

// account is a proposal of an account of softcat's.
func account() *partnerv1.ProposePayoutAccountRequest {
	return &partnerv1.ProposePayoutAccountRequest{
		PartnerId: "softcat", CurrencyCode: "GBP", HolderName: "Softcat plc", Iban: "GB82 WEST 1234 5698 7654 32", Bic: "WESTGB2L", RequestId: key(),
	}
}

// proposed proposes an account as eve, changed.
func (w *world) proposed(change func(*partnerv1.ProposePayoutAccountRequest)) *partnerv1.PayoutAccount {
	w.t.Helper()
	r := account()
	change(r)
	a, err := w.accounts(eve).ProposePayoutAccount(w.ctx(), r)
	w.check(err)
	return a
}

func asIs(*partnerv1.ProposePayoutAccountRequest) {}

func (w *world) approveAccount(a *partnerv1.PayoutAccount) *partnerv1.PayoutAccount {
	w.t.Helper()
	a, err := w.accounts(sam).ApprovePayoutAccount(w.ctx(), &partnerv1.ApprovePayoutAccountRequest{PayoutAccountId: a.GetPayoutAccountId(), RequestId: key()})
	w.check(err)
	return a
}

func (w *world) destination(on string) (*partnerv1.PayoutDestination, error) {
	return w.accounts(payer).FindPayoutDestination(w.ctx(), &partnerv1.FindPayoutDestinationRequest{PartnerId: "softcat", CurrencyCode: "GBP", OnDate: on})
}

func TestPayoutAccount_IsProposedApprovedAndUsedAfterAWeek(t *testing.T) {
	w := begin(t)
	w.prepareDeals()
	proposed := w.proposed(asIs)
	want := &partnerv1.PayoutAccount{
		PayoutAccountId: proposed.GetPayoutAccountId(), PartnerId: "softcat", CurrencyCode: "GBP", HolderName: "Softcat plc", CountryCode: "GB",
		MaskedIban: "****5432", Bic: "WESTGB2L", State: partnerv1.PayoutAccountState_PAYOUT_ACCOUNT_STATE_PROPOSED,
		Proposer: "person:staff:eve", Etag: "1", CreateTime: timestamppb.New(noon),
	}
	checkSame(t, "proposed", want, proposed)
	w.wait(time.Hour)
	approved := w.approveAccount(proposed)
	want.State, want.Approver, want.Etag = partnerv1.PayoutAccountState_PAYOUT_ACCOUNT_STATE_APPROVED, "person:staff:sam", "2"
	want.ApproveDate, want.UsableFromDate, want.ApproveTime = "2026-03-01", "2026-03-08", timestamppb.New(noon.Add(time.Hour))
	want.CodeVersionId = approved.GetCodeVersionId()
	checkSame(t, "approved", want, approved)
	found, err := w.destination("2026-03-08")
	w.check(err)
	checkSame(t, "destination", &partnerv1.PayoutDestination{PayoutAccount: want, Iban: iban}, found)
	closed, err := w.accounts(eve).ClosePayoutAccount(w.ctx(), &partnerv1.ClosePayoutAccountRequest{
		PayoutAccountId: want.GetPayoutAccountId(), Note: "Moved.", Etag: "2", RequestId: key(),
	})
	w.check(err)
	want.State, want.Note, want.Etag, want.EndTime = partnerv1.PayoutAccountState_PAYOUT_ACCOUNT_STATE_CLOSED, "Moved.", "3", want.GetApproveTime()
	checkSame(t, "closed", want, closed)
}

func checkSame(t *testing.T, name string, want, got proto.Message) {
	t.Helper()
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

// The code of practice in force on the day of the approval says how long.
func TestApprovePayoutAccount_CoolsOffAsTheCodeSays(t *testing.T) {
	w := begin(t)
	v, err := w.codes(ann).CreateCodeVersion(w.ctx(), &partnerv1.CreateCodeVersionRequest{
		CodeVersion: &partnerv1.CodeVersion{DisplayName: "slow", EffectiveDate: "2024-01-01", PayoutCoolingDays: proto.Int32(30)}, RequestId: key(),
	})
	w.check(err)
	w.approve(w.propose(v))
	w.enrol("softcat")
	approved := w.approveAccount(w.proposed(asIs))
	if approved.GetUsableFromDate() != "2026-03-31" || approved.GetCodeVersionId() != v.GetCodeVersionId() {
		t.Errorf("got %s", prototext.Format(approved))
	}
}

// Everyone who may see an account sees its end, in whatever they are told.
func TestPayoutAccounts_ShowTheirNumbersToNobody(t *testing.T) {
	w := begin(t)
	w.prepareDeals()
	request := account()
	first, err := w.accounts(eve).ProposePayoutAccount(w.ctx(), request)
	w.check(err)
	again, err := w.accounts(eve).ProposePayoutAccount(w.ctx(), request)
	w.check(err)
	checkSame(t, "repeated", first, again)
	national := w.proposed(func(r *partnerv1.ProposePayoutAccountRequest) {
		r.Iban, r.CountryCode, r.AccountNumber, r.BankCode = "", "GB", "98765432", "12-34-56"
	})
	if national.GetMaskedAccountNumber() != "****5432" || national.GetMaskedIban() != "" || national.GetBankCode() != "123456" {
		t.Errorf("got %s", prototext.Format(national))
	}
	approved := w.approveAccount(first)
	rejected, err := w.accounts(sam).RejectPayoutAccount(w.ctx(), &partnerv1.RejectPayoutAccountRequest{
		PayoutAccountId: national.GetPayoutAccountId(), Note: "Another holder.", RequestId: key(),
	})
	w.check(err)
	for _, c := range []auth.Caller{ann, eve, sam, softcat, payer, servertest.Service("billing")} {
		got, err := w.accounts(c).GetPayoutAccount(w.ctx(), &partnerv1.GetPayoutAccountRequest{PayoutAccountId: approved.GetPayoutAccountId()})
		w.check(err)
		checkSame(t, c.String(), approved, got)
		list, err := w.accounts(c).ListPayoutAccounts(w.ctx(), &partnerv1.ListPayoutAccountsRequest{PartnerId: "softcat"})
		w.check(err)
		checkSame(t, c.String(), &partnerv1.ListPayoutAccountsResponse{PayoutAccounts: []*partnerv1.PayoutAccount{rejected, approved}}, list)
	}
	w.checkAccountEvents(first, national, approved, rejected)
	w.checkNotKept("98765432", "4569876")
}

// checkAccountEvents looks for these accounts, in this order, in the feed.
func (w *world) checkAccountEvents(want ...*partnerv1.PayoutAccount) {
	w.t.Helper()
	var told []*partnerv1.PayoutAccount
	for _, e := range w.feed() {
		if a := e.GetPayoutAccount(); a != nil {
			told = append(told, a)
			if state := strings.TrimPrefix(a.GetState().String(), "PAYOUT_ACCOUNT_STATE_"); e.GetKind() != "payout_account."+strings.ToLower(state) {
				w.t.Errorf("event %s of what is %s", e.GetKind(), state)
			}
		}
	}
	if diff := cmp.Diff(want, told, protocmp.Transform()); diff != "" {
		w.t.Error(diff)
	}
}

// checkNotKept looks for digits in all that is kept but the accounts, and in
// the log.
func (w *world) checkNotKept(digits ...string) {
	w.t.Helper()
	var kept string
	err := w.db.SystemPool().QueryRow(w.ctx(), `
		SELECT (SELECT string_agg(e::text, ' ') FROM events e) || (SELECT string_agg(k::text, ' ') FROM idempotency_keys k)`).Scan(&kept)
	w.check(err)
	for _, line := range w.env.Logs.All() {
		kept += fmt.Sprint(line.Message, line.ContextMap())
	}
	for _, number := range digits {
		if strings.Contains(kept, number) {
			w.t.Errorf("%s is kept", number)
		}
	}
}

func TestListPayoutAccounts_FiltersAndTurnsPages(t *testing.T) {
	w := begin(t)
	w.prepareDeals()
	first := w.approveAccount(w.proposed(asIs))
	second := w.proposed(func(r *partnerv1.ProposePayoutAccountRequest) { r.CurrencyCode = "EUR" })
	third := w.proposed(func(r *partnerv1.ProposePayoutAccountRequest) { r.PartnerId = "cdw" })
	for _, tt := range []struct {
		caller auth.Caller
		query  *partnerv1.ListPayoutAccountsRequest
		want   []*partnerv1.PayoutAccount
	}{
		{eve, &partnerv1.ListPayoutAccountsRequest{}, []*partnerv1.PayoutAccount{third, second, first}},
		{softcat, &partnerv1.ListPayoutAccountsRequest{}, []*partnerv1.PayoutAccount{second, first}},
		{cdw, &partnerv1.ListPayoutAccountsRequest{PartnerId: "softcat"}, nil},
		{eve, &partnerv1.ListPayoutAccountsRequest{CurrencyCode: "EUR"}, []*partnerv1.PayoutAccount{second}},
		{eve, &partnerv1.ListPayoutAccountsRequest{State: partnerv1.PayoutAccountState_PAYOUT_ACCOUNT_STATE_APPROVED}, []*partnerv1.PayoutAccount{first}},
	} {
		var got []*partnerv1.PayoutAccount
		for tt.query.PageSize = 1; ; {
			page, err := w.accounts(tt.caller).ListPayoutAccounts(w.ctx(), tt.query)
			w.check(err)
			got = append(got, page.GetPayoutAccounts()...)
			if tt.query.PageToken = page.GetNextPageToken(); tt.query.PageToken == "" {
				break
			}
		}
		if diff := cmp.Diff(tt.want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s asks for %s:\n%s", tt.caller, prototext.Format(tt.query), diff)
		}
	}
}

// The survivor of a merger sees the absorbed partner's accounts. Payouts go by
// the id of the partner that earned them.
func TestPayoutAccounts_StayWithTheirPartnerInAMerger(t *testing.T) {
	w := begin(t)
	w.prepareDeals()
	account := w.approveAccount(w.proposed(asIs))
	w.merged("cdw", "softcat")
	survivor := servertest.Partner("cdw", scopes...)
	survivor.PartnerIDs = []string{"cdw", "softcat"}
	got, err := w.accounts(survivor).GetPayoutAccount(w.ctx(), &partnerv1.GetPayoutAccountRequest{PayoutAccountId: account.GetPayoutAccountId()})
	w.check(err)
	checkSame(t, "the survivor's", account, got)
	if _, err := w.destination("2026-03-08"); err != nil {
		t.Errorf("a payout of what the absorbed partner earned: %v", err)
	}
	w.proposed(asIs)
}
