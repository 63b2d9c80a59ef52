package rpc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestPayoutBatch_RefusesWithItsReason(t *testing.T) {
	w := newPayoutWorld(t)
	ctx := servertest.Context(t)
	w.dueTo("softcat", "GBP", 18_000)
	b, err := w.proposeBatch(fiona, "GBP")
	must(t, err)
	create := func(c auth.Caller, r *commissionv1.CreatePayoutBatchRequest) func() error {
		return func() error {
			_, err := w.payouts(c).CreatePayoutBatch(ctx, r)
			return err
		}
	}
	approve := func(c auth.Caller, r *commissionv1.ApprovePayoutBatchRequest) func() error {
		return func() error {
			r.RequestId = requestID()
			_, err := w.payouts(c).ApprovePayoutBatch(ctx, r)
			return err
		}
	}
	cancel := func(id, etag string) func() error {
		return func() error {
			_, err := w.payouts(fiona).CancelPayoutBatch(ctx, &commissionv1.CancelPayoutBatchRequest{PayoutBatchId: id, Etag: etag, RequestId: requestID()})
			return err
		}
	}
	export := func(c auth.Caller, r *commissionv1.ExportPayoutBatchRequest) func() error {
		return func() error {
			_, err := w.payouts(c).ExportPayoutBatch(ctx, r)
			return err
		}
	}
	csv := commissionv1.PayoutFormat_PAYOUT_FORMAT_CSV
	for _, tt := range []struct {
		name   string
		reason fault.Reason
		field  string
		call   func() error
	}{
		{"nothing left to pay", "NOTHING_PAYABLE", "", func() error { _, err := w.proposeBatch(fiona, "GBP"); return err }},
		{"nothing in euro", "NOTHING_PAYABLE", "", func() error { _, err := w.proposeBatch(fiona, "EUR"); return err }},
		{"gold", "CURRENCY_UNSUPPORTED", "currency_code", func() error { _, err := w.proposeBatch(fiona, "XAU"); return err }},
		{"no day", "DATE_INVALID", "execution_date", create(fiona, &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", RequestId: requestID()})},
		{"yesterday", "DATE_INVALID", "execution_date", create(fiona, &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", ExecutionDate: "2026-03-01", RequestId: requestID()})},
		{"in half a year", "DATE_INVALID", "execution_date", create(fiona, &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", ExecutionDate: "2026-09-01", RequestId: requestID()})},
		{"no key", "IDEMPOTENCY_KEY_REQUIRED", "request_id", create(fiona, &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", ExecutionDate: payday})},
		{"proposed by a program", "HUMAN_REQUIRED", "", create(servertest.Program("cron", auth.Finance), &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", ExecutionDate: payday, RequestId: requestID()})},
		{"proposed by channel", "PERMISSION_DENIED", "", func() error { _, err := w.proposeBatch(anna, "GBP"); return err }},
		{"approved by its proposer", "SAME_DECIDER", "", approve(fiona, &commissionv1.ApprovePayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId()})},
		{"approved by a program", "HUMAN_REQUIRED", "", approve(servertest.Program("cron", auth.Finance), &commissionv1.ApprovePayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId()})},
		{"an old etag", "ETAG_MISMATCH", "etag", approve(grace, &commissionv1.ApprovePayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId(), Etag: "7"})},
		{"no such batch", "NOT_FOUND", "", approve(grace, &commissionv1.ApprovePayoutBatchRequest{PayoutBatchId: "pob-none"})},
		{"cancelled at an old etag", "ETAG_MISMATCH", "etag", cancel(b.GetPayoutBatchId(), "7")},
		{"no such batch to cancel", "NOT_FOUND", "", cancel("pob-none", "")},
		{"read by a partner", "PERMISSION_DENIED", "", func() error {
			_, err := w.payouts(payee).GetPayoutBatch(ctx, &commissionv1.GetPayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId()})
			return err
		}},
		{"exported before it is approved", "STATE_INVALID", "", export(fiona, &commissionv1.ExportPayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId(), Format: csv})},
		{"exported as nothing", "REQUEST_INVALID", "format", export(fiona, &commissionv1.ExportPayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId()})},
		{"exported by billing", "PERMISSION_DENIED", "", export(billing, &commissionv1.ExportPayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId(), Format: csv})},
		{"no such batch to export", "NOT_FOUND", "", export(fiona, &commissionv1.ExportPayoutBatchRequest{PayoutBatchId: "pob-none", Format: csv})},
		{"a payout that is not approved", "NOT_FOUND", "", func() error {
			_, err := w.payouts(payee).GetPayout(ctx, &commissionv1.GetPayoutRequest{PayoutId: b.GetPayouts()[0].GetPayoutId()})
			return err
		}},
		{"a partner that may not read", "SCOPE_MISSING", "", func() error {
			_, err := w.payouts(softcat).ListPayouts(ctx, &commissionv1.ListPayoutsRequest{})
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID", "page_size", func() error {
			_, err := w.payouts(fiona).ListPayoutBatches(ctx, &commissionv1.ListPayoutBatchesRequest{PageSize: -1})
			return err
		}},
		{"a made-up page", "PAGE_TOKEN_INVALID", "page_token", func() error {
			_, err := w.payouts(payee).ListPayouts(ctx, &commissionv1.ListPayoutsRequest{PageToken: "x"})
			return err
		}},
		{"answers of a program of finance", "HUMAN_REQUIRED", "", func() error {
			_, err := w.record(servertest.Program("cron", auth.Finance), paid(b.GetPayouts()[0].GetPayoutId()))
			return err
		}},
		{"answers of another service", "PERMISSION_DENIED", "", func() error { _, err := w.record(crm, paid("x")); return err }},
		{"no answers", "REQUEST_INVALID", "results", func() error { _, err := w.record(billing); return err }},
	} {
		t.Run(tt.name, func(t *testing.T) { wantReason(t, tt.call(), tt.reason, tt.field) })
	}
	must(t, cancel(b.GetPayoutBatchId(), "1")())
	wantReason(t, cancel(b.GetPayoutBatchId(), "")(), "STATE_INVALID", "")
}

func TestExportPayoutBatch_RefusesWithoutAnAccountToPayTo(t *testing.T) {
	w := newPayoutWorld(t)
	w.dueTo("softcat", "GBP", 18_000)
	b := w.postedBatch("GBP")
	w.accounts.set("softcat", "GBP", nil)
	_, err := w.payouts(fiona).ExportPayoutBatch(servertest.Context(t), &commissionv1.ExportPayoutBatchRequest{
		PayoutBatchId: b.GetPayoutBatchId(), Format: commissionv1.PayoutFormat_PAYOUT_FORMAT_PAIN_001,
	})
	wantReason(t, err, "PAYOUT_ACCOUNT_CHANGED", "")
}

func TestRecordPayoutResults_AnswersEachOfThem(t *testing.T) {
	w := newPayoutWorld(t)
	w.dueTo("softcat", "GBP", 18_000)
	w.dueTo("cdw", "GBP", 20_000)
	w.dueTo("direct", "EUR", 20_000)
	ids := map[string]string{}
	for _, p := range w.postedBatch("GBP").GetPayouts() {
		ids[p.GetPartnerId()] = p.GetPayoutId()
	}
	waiting, err := w.proposeBatch(fiona, "EUR")
	must(t, err)
	noReason := returned(ids["cdw"])
	noReason.ReasonText = ""
	tomorrow, noDay, nothing := paid(ids["cdw"]), paid(ids["cdw"]), &commissionv1.PayoutResult{PayoutId: ids["cdw"], ValueDate: "2026-03-02"}
	tomorrow.ValueDate, noDay.ValueDate = "2026-03-03", ""
	other := paid(ids["softcat"])
	other.BankReference = "B-2"
	long := paid(ids["cdw"])
	long.BankReference = strings.Repeat("x", 101)
	got, err := w.record(fiona, paid(ids["softcat"]), other, paid(ids["softcat"]), returned(ids["softcat"]), paid("pay-none"), noReason, tomorrow, noDay, nothing, long,
		paid(waiting.GetPayouts()[0].GetPayoutId()), returned(ids["cdw"]))
	must(t, err)
	var outcomes []string
	for _, r := range got {
		if r.GetError() == nil {
			outcomes = append(outcomes, strings.TrimPrefix(r.GetPayout().GetState().String(), "PAYOUT_STATE_"))
			continue
		}
		outcomes = append(outcomes, strings.TrimSpace(r.GetError().GetReason()+" "+r.GetError().GetField()))
	}
	want := []string{
		"PAID", "PAYOUT_ALREADY_DECIDED", "PAID", "RETURNED", "NOT_FOUND payout_id", "REASON_TEXT_REQUIRED reason_text", "DATE_INVALID value_date",
		"DATE_INVALID value_date", "REQUEST_INVALID outcome", "REQUEST_INVALID bank_reference", "STATE_INVALID", "RETURNED",
	}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
