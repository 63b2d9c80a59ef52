package rpc_test

import (
	"strings"
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestPayoutAccountService_RefusesWithItsReasons(t *testing.T) {
	var waiting, approved, rejected, closed *partnerv1.PayoutAccount
	propose := func(c auth.Caller, change func(*partnerv1.ProposePayoutAccountRequest)) func(*world) error {
		return func(w *world) error {
			r := account()
			change(r)
			_, err := w.accounts(c).ProposePayoutAccount(w.ctx(), r)
			return err
		}
	}
	approve := func(c auth.Caller, a **partnerv1.PayoutAccount, etag string) func(*world) error {
		return func(w *world) error {
			_, err := w.accounts(c).ApprovePayoutAccount(w.ctx(),
				&partnerv1.ApprovePayoutAccountRequest{PayoutAccountId: (*a).GetPayoutAccountId(), Etag: etag, RequestId: key()})
			return err
		}
	}
	reject := func(a **partnerv1.PayoutAccount, note string) func(*world) error {
		return func(w *world) error {
			_, err := w.accounts(sam).RejectPayoutAccount(w.ctx(),
				&partnerv1.RejectPayoutAccountRequest{PayoutAccountId: (*a).GetPayoutAccountId(), Note: note, RequestId: key()})
			return err
		}
	}
	shut := func(c auth.Caller, a **partnerv1.PayoutAccount, note string) func(*world) error {
		return func(w *world) error {
			_, err := w.accounts(c).ClosePayoutAccount(w.ctx(),
				&partnerv1.ClosePayoutAccountRequest{PayoutAccountId: (*a).GetPayoutAccountId(), Note: note, RequestId: key()})
			return err
		}
	}
	list := func(r *partnerv1.ListPayoutAccountsRequest) func(*world) error {
		return func(w *world) error { _, err := w.accounts(eve).ListPayoutAccounts(w.ctx(), r); return err }
	}
	program := servertest.Program("robot", auth.Finance)
	unknown := &partnerv1.PayoutAccount{PayoutAccountId: "pac_unknown"}
	checkRefusals(t, func(w *world) {
		w.prepareDeals()
		w.enrolAs("acme", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER)
		waiting, approved, rejected, closed = w.proposed(asIs), w.approveAccount(w.proposed(asIs)), w.proposed(asIs), w.approveAccount(w.proposed(asIs))
		w.check(reject(&rejected, "No.")(w))
		w.check(shut(eve, &closed, "")(w))
	}, []refusal{
		{"an unknown partner", "NOT_FOUND", "partner_id", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.PartnerId = "nobody" })},
		{"no partner", "REQUEST_INVALID", "partner_id", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.PartnerId = "" })},
		{"a supplier", "PARTNER_NOT_SELLING", "partner_id", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.PartnerId = "acme" })},
		{"the vendor", "PARTNER_NOT_SELLING", "partner_id", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.PartnerId = "direct" })},
		{"gold", "CURRENCY_UNSUPPORTED", "currency_code", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.CurrencyCode = "XAU" })},
		{"a blank holder", "REQUEST_INVALID", "holder_name", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.HolderName = " " })},
		{"a holder of 71 characters", "REQUEST_INVALID", "holder_name", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.HolderName = strings.Repeat("é", 71) })},
		{"a slip in the IBAN", "IBAN_INVALID", "iban", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.Iban = "GB82WEST12345698765423" })},
		{"another country than the IBAN's", "IBAN_INVALID", "country_code", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.CountryCode = "IE" })},
		{"an IBAN and a number", "BANK_ACCOUNT_INVALID", "account_number", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.AccountNumber = "98765432" })},
		{"a wrong BIC", "BANK_ACCOUNT_INVALID", "bic", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.Bic = "WEST" })},
		{"neither IBAN nor number", "BANK_ACCOUNT_INVALID", "iban", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.Iban = "" })},
		{"a number without a country", "COUNTRY_UNKNOWN", "country_code", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) {
			r.Iban, r.AccountNumber = "", "98765432"
		})},
		{"proposing by a program", "HUMAN_REQUIRED", "", propose(program, asIs)},
		{"proposing by channel operations", "PERMISSION_DENIED", "", propose(ann, asIs)},
		{"proposing by the partner", "PERMISSION_DENIED", "", propose(softcat, asIs)},
		{"no request id", "IDEMPOTENCY_KEY_REQUIRED", "request_id", propose(eve, func(r *partnerv1.ProposePayoutAccountRequest) { r.RequestId = "" })},
		{"approving one's own", "SAME_DECIDER", "", approve(eve, &waiting, "")},
		{"approving a stale one", "ETAG_MISMATCH", "etag", approve(sam, &waiting, "9")},
		{"approving what is not there", "NOT_FOUND", "", approve(sam, &unknown, "")},
		{"approving again", "STATE_INVALID", "", approve(sam, &approved, "")},
		{"approving what is rejected", "STATE_INVALID", "", approve(sam, &rejected, "")},
		{"approving what is closed", "STATE_INVALID", "", approve(sam, &closed, "")},
		{"approving by a program", "HUMAN_REQUIRED", "", approve(program, &waiting, "")},
		{"rejecting without a word", "REASON_TEXT_REQUIRED", "note", reject(&waiting, " ")},
		{"rejecting at length", "REQUEST_INVALID", "note", reject(&waiting, strings.Repeat("x", 4001))},
		{"rejecting what is approved", "STATE_INVALID", "", reject(&approved, "No.")},
		{"closing what waits", "STATE_INVALID", "", shut(eve, &waiting, "")},
		{"closing again", "STATE_INVALID", "", shut(eve, &closed, "")},
		{"closing at length", "REQUEST_INVALID", "note", shut(eve, &approved, strings.Repeat("x", 4001))},
		{"closing by the partner", "PERMISSION_DENIED", "", shut(softcat, &approved, "")},
		{"another's", "NOT_FOUND", "", func(w *world) error {
			_, err := w.accounts(cdw).GetPayoutAccount(w.ctx(), &partnerv1.GetPayoutAccountRequest{PayoutAccountId: approved.GetPayoutAccountId()})
			return err
		}},
		{"without the scope", "SCOPE_MISSING", "", func(w *world) error {
			_, err := w.accounts(servertest.Partner("softcat", "deals:read")).ListPayoutAccounts(w.ctx(), &partnerv1.ListPayoutAccountsRequest{})
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID", "page_size", list(&partnerv1.ListPayoutAccountsRequest{PageSize: -1})},
		{"a foreign token", "PAGE_TOKEN_INVALID", "page_token", list(&partnerv1.ListPayoutAccountsRequest{PageToken: "bogus"})},
		{"an unknown state", "REQUEST_INVALID", "state", list(&partnerv1.ListPayoutAccountsRequest{State: 99})},
	})
}

func TestApprovePayoutAccount_NeedsACodeOfPractice(t *testing.T) {
	var waiting *partnerv1.PayoutAccount
	checkRefusals(t, func(w *world) { w.enrol("softcat"); waiting = w.proposed(asIs) }, []refusal{
		{"no version", "POLICY_MISSING", "", func(w *world) error {
			_, err := w.accounts(sam).ApprovePayoutAccount(w.ctx(),
				&partnerv1.ApprovePayoutAccountRequest{PayoutAccountId: waiting.GetPayoutAccountId(), RequestId: key()})
			return err
		}},
	})
}

func TestFindPayoutDestination_RefusesWithItsReasons(t *testing.T) {
	find := func(c auth.Caller, partner, currency, on string) func(*world) error {
		return func(w *world) error {
			_, err := w.accounts(c).FindPayoutDestination(w.ctx(),
				&partnerv1.FindPayoutDestinationRequest{PartnerId: partner, CurrencyCode: currency, OnDate: on})
			return err
		}
	}
	checkRefusals(t, func(w *world) {
		w.prepareDeals()
		w.approveAccount(w.proposed(asIs))
	}, []refusal{
		{"before it has cooled off", "PAYOUT_ACCOUNT_MISSING", "", find(payer, "softcat", "GBP", "2026-03-07")},
		{"in another currency", "PAYOUT_ACCOUNT_MISSING", "", find(payer, "softcat", "EUR", "2026-03-08")},
		{"of a partner without", "PAYOUT_ACCOUNT_MISSING", "", find(payer, "cdw", "GBP", "2026-03-08")},
		{"of an unknown partner", "NOT_FOUND", "partner_id", find(payer, "nobody", "GBP", "2026-03-08")},
		{"in gold", "CURRENCY_UNSUPPORTED", "currency_code", find(payer, "softcat", "XAU", "2026-03-08")},
		{"in no currency", "REQUEST_INVALID", "currency_code", find(payer, "softcat", "", "2026-03-08")},
		{"on no day", "DATE_INVALID", "on_date", find(payer, "softcat", "GBP", "")},
		{"by another service", "PERMISSION_DENIED", "", find(servertest.Service("billing"), "softcat", "GBP", "2026-03-08")},
		{"by finance", "PERMISSION_DENIED", "", find(eve, "softcat", "GBP", "2026-03-08")},
		{"by the partner", "PERMISSION_DENIED", "", find(softcat, "softcat", "GBP", "2026-03-08")},
		{"for a partner", "PERMISSION_DENIED", "", find(servertest.ServiceFor("commission", "softcat"), "softcat", "GBP", "2026-03-08")},
	})
}
