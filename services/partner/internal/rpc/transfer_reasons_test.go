package rpc_test

import (
	"strings"
	"testing"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

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
		{"no domain", "DOMAIN_INVALID", "domain", request(cdw, from("harbour", "", family, ""))},
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
		{"a side of nobody", "REQUEST_INVALID", "partner_id", func(w *world) error {
			_, err := w.transfers(ann).ListTransfers(w.ctx(), &partnerv1.ListTransfersRequest{Side: partnerv1.Side_SIDE_INCUMBENT})
			return err
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
