package rpc_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestPayoutBatch_IsProposedApprovedInstructedAndCompleted(t *testing.T) {
	w := newPayoutWorld(t)
	w.dueTo("softcat", "GBP", 18_000)
	w.dueTo("cdw", "GBP", 4_999)
	proposed, err := w.proposeBatch(fiona, "GBP")
	must(t, err)
	now := timestamppb.New(monday)
	payout := &commissionv1.Payout{
		PayoutId: proposed.GetPayouts()[0].GetPayoutId(), PayoutBatchId: proposed.GetPayoutBatchId(), PartnerId: "softcat",
		StatementId: proposed.GetPayouts()[0].GetStatementId(), StatementMonth: "2026-02", Amount: gbp("180.00"), PayoutAccountId: "pac_softcat",
		MaskedAccount: "****5432", HolderName: "softcat plc", ExecutionDate: payday, RemittanceText: "Statement 2026-02 softcat",
		State: commissionv1.PayoutState_PAYOUT_STATE_PROPOSED, CreateTime: now, UpdateTime: now,
	}
	want := &commissionv1.PayoutBatch{
		PayoutBatchId: proposed.GetPayoutBatchId(), CurrencyCode: "GBP", ExecutionDate: payday, State: commissionv1.PayoutBatchState_PAYOUT_BATCH_STATE_PROPOSED,
		PayoutCount: 1, Total: gbp("180.00"), Proposer: "staff:fiona", Payouts: []*commissionv1.Payout{payout}, Etag: "1", CreateTime: now,
		Sums: []*commissionv1.PayoutSum{{State: commissionv1.PayoutState_PAYOUT_STATE_PROPOSED, PayoutCount: 1, Total: gbp("180.00")}},
		Omissions: []*commissionv1.PayoutOmission{{
			PartnerId: "cdw", StatementId: proposed.GetOmissions()[0].GetStatementId(), Left: gbp("49.99"),
			Obstacle: commissionv1.PayoutObstacle_PAYOUT_OBSTACLE_BELOW_MINIMUM, Detail: "49.99 GBP is below the minimum of 50.00 GBP and carried to the next statement.",
		}},
	}
	wantSame(t, "proposed", want, proposed)
	_, err = w.approveBatch(grace, want.GetPayoutBatchId())
	must(t, err)
	must(t, w.finance.PostPayouts(t.Context(), want.GetPayoutBatchId()))
	read := func(c auth.Caller) *commissionv1.PayoutBatch {
		b, err := w.payouts(c).GetPayoutBatch(servertest.Context(t), &commissionv1.GetPayoutBatchRequest{PayoutBatchId: want.GetPayoutBatchId()})
		must(t, err)
		return b
	}
	want.State, want.Approver, want.ApproveTime, want.InstructTime, want.Etag = commissionv1.PayoutBatchState_PAYOUT_BATCH_STATE_INSTRUCTED, "staff:grace", now, now, "3"
	payout.State, payout.InstructDate = commissionv1.PayoutState_PAYOUT_STATE_INSTRUCTED, "2026-03-02"
	want.Sums[0].State = payout.State
	wantSame(t, "instructed", want, read(billing))
	recorded, err := w.record(billing, paid(payout.GetPayoutId()))
	must(t, err)
	payout.State = commissionv1.PayoutState_PAYOUT_STATE_PAID
	payout.Paid = &commissionv1.PayoutAnswer{BankReference: "B-1", ValueDate: "2026-03-02", Actor: "service:billing", RecordTime: now}
	wantSame(t, "paid", payout, recorded[0].GetPayout())
	want.State, want.CompleteTime, want.Etag, want.Sums[0].State = commissionv1.PayoutBatchState_PAYOUT_BATCH_STATE_COMPLETED, now, "4", payout.State
	wantSame(t, "completed", want, read(fiona))
	own, err := w.payouts(payee).GetPayout(servertest.Context(t), &commissionv1.GetPayoutRequest{PayoutId: payout.GetPayoutId()})
	must(t, err)
	wantSame(t, "as the partner sees it", payout, own)
	w.wantPayoutEvents("payout_batch.proposed", "payout_batch.approved", "statement.paying", "payout.instructed", "payout_batch.instructed", "statement.paid",
		"payout.paid", "payout_batch.completed")
}

func wantSame[M any](t *testing.T, name string, want, got M) {
	t.Helper()
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// wantPayoutEvents compares the feed since the first batch, each event with its
// resource.
func (w *world) wantPayoutEvents(want ...string) {
	w.t.Helper()
	_, err := events.SequenceOnce(w.t.Context(), w.db.SystemPool())
	must(w.t, err)
	answer, err := commissionv1.NewEventServiceClient(w.As(billing)).ListEvents(servertest.Context(w.t), &commissionv1.ListEventsRequest{})
	must(w.t, err)
	var kinds []string
	for _, e := range answer.GetEvents() {
		if len(kinds) == 0 && e.GetKind() != want[0] {
			continue
		}
		kinds = append(kinds, e.GetKind())
		if id := e.GetPayoutBatch().GetPayoutBatchId() + e.GetPayout().GetPayoutId() + e.GetStatement().GetStatementId(); id != e.GetResourceId() {
			w.t.Errorf("event %s of %s carries %s", e.GetKind(), e.GetResourceId(), id)
		}
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Of a currency without minor units and one with three digits the files have
// exactly these digits.
func TestExportPayoutBatch_WritesTheCurrencysDigits(t *testing.T) {
	w := newPayoutWorld(t)
	for currency, tt := range map[money.Currency]struct {
		minor       int64
		amount, sum string
	}{
		"JPY": {1005, `<InstdAmt Ccy="JPY">1005</InstdAmt>`, "<CtrlSum>2010</CtrlSum>"},
		"KWD": {216_049, `<InstdAmt Ccy="KWD">216.049</InstdAmt>`, "<CtrlSum>432.098</CtrlSum>"},
		"GBP": {5_000, `<InstdAmt Ccy="GBP">50.00</InstdAmt>`, "<CtrlSum>100.00</CtrlSum>"},
	} {
		w.dueTo("softcat", currency, tt.minor)
		w.dueTo("cdw", currency, tt.minor)
		b := w.postedBatch(string(currency))
		file := w.export(b.GetPayoutBatchId(), commissionv1.PayoutFormat_PAYOUT_FORMAT_PAIN_001)
		text := string(file.GetContent())
		for part, times := range map[string]int{
			tt.amount: 2, tt.sum: 2, "<NbOfTxs>2</NbOfTxs>": 2, "<MsgId>" + b.GetPayoutBatchId() + "</MsgId>": 1, "<Dt>" + payday + "</Dt>": 1,
			"<EndToEndId>" + b.GetPayouts()[0].GetPayoutId() + "</EndToEndId>": 1, "<IBAN>GB82WEST12345698765432</IBAN>": 2,
		} {
			if n := strings.Count(text, part); n != times {
				t.Errorf("%s: %d times %s in\n%s", currency, n, part, text)
			}
		}
		if file.GetFileName() != b.GetPayoutBatchId()+".xml" || file.GetContentType() != "application/xml" {
			t.Errorf("file %s of %s", file.GetFileName(), file.GetContentType())
		}
		if again := w.export(b.GetPayoutBatchId(), commissionv1.PayoutFormat_PAYOUT_FORMAT_PAIN_001); !bytes.Equal(file.GetContent(), again.GetContent()) {
			t.Errorf("%s: exported again, the file is another", currency)
		}
		table := w.export(b.GetPayoutBatchId(), commissionv1.PayoutFormat_PAYOUT_FORMAT_CSV)
		if lines := strings.Count(string(table.GetContent()), "\r\n"); lines != 3 || table.GetFileName() != b.GetPayoutBatchId()+".csv" {
			t.Errorf("%d lines in %s", lines, table.GetFileName())
		}
	}
}

func (w *world) export(id string, format commissionv1.PayoutFormat) *typev1.File {
	w.t.Helper()
	file, err := w.payouts(fiona).ExportPayoutBatch(servertest.Context(w.t), &commissionv1.ExportPayoutBatchRequest{PayoutBatchId: id, Format: format})
	must(w.t, err)
	return file
}

func TestListPayouts_FiltersAndPages(t *testing.T) {
	w := newPayoutWorld(t)
	for _, partner := range []string{"agent", "cdw", "softcat"} {
		w.dueTo(partner, "GBP", 18_000)
	}
	w.dueTo("softcat", "EUR", 18_000)
	gbpBatch, eurBatch := w.postedBatch("GBP"), w.postedBatch("EUR")
	list := func(c auth.Caller, r *commissionv1.ListPayoutsRequest) (ids []string) {
		for {
			answer, err := w.payouts(c).ListPayouts(servertest.Context(t), r)
			must(t, err)
			for _, p := range answer.GetPayouts() {
				ids = append(ids, p.GetPayoutId())
			}
			if r.PageToken = answer.GetNextPageToken(); r.PageToken == "" {
				return ids
			}
		}
	}
	own, second, first := gbpBatch.GetPayouts()[2], gbpBatch.GetPayouts()[1].GetPayoutId(), gbpBatch.GetPayouts()[0].GetPayoutId()
	euro := eurBatch.GetPayouts()[0].GetPayoutId()
	for name, tt := range map[string]struct {
		caller  auth.Caller
		request *commissionv1.ListPayoutsRequest
		want    []string
	}{
		"all, in pages":  {fiona, &commissionv1.ListPayoutsRequest{PageSize: 3}, []string{euro, own.GetPayoutId(), second, first}},
		"of a batch":     {billing, &commissionv1.ListPayoutsRequest{PayoutBatchId: eurBatch.GetPayoutBatchId()}, []string{euro}},
		"of a statement": {fiona, &commissionv1.ListPayoutsRequest{StatementId: own.GetStatementId()}, []string{own.GetPayoutId()}},
		"in a state":     {fiona, &commissionv1.ListPayoutsRequest{State: commissionv1.PayoutState_PAYOUT_STATE_PAID}, nil},
		"its own":        {payee, &commissionv1.ListPayoutsRequest{}, []string{euro, own.GetPayoutId()}},
		"another's":      {rival, &commissionv1.ListPayoutsRequest{PartnerId: "softcat"}, nil},
	} {
		if diff := cmp.Diff(tt.want, list(tt.caller, tt.request)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	batches, err := w.payouts(fiona).ListPayoutBatches(servertest.Context(t), &commissionv1.ListPayoutBatchesRequest{
		CurrencyCode: "EUR", State: commissionv1.PayoutBatchState_PAYOUT_BATCH_STATE_INSTRUCTED,
	})
	must(t, err)
	if len(batches.GetPayoutBatches()) != 1 || batches.GetPayoutBatches()[0].GetPayouts() != nil {
		t.Errorf("listed %v", batches)
	}
}

func TestCreatePayoutBatch_OfOnePartnerOnlyToSee(t *testing.T) {
	w := newPayoutWorld(t)
	w.dueTo("softcat", "GBP", 18_000)
	w.dueTo("cdw", "GBP", 20_000)
	preview, err := w.payouts(fiona).CreatePayoutBatch(servertest.Context(t), &commissionv1.CreatePayoutBatchRequest{
		CurrencyCode: "GBP", ExecutionDate: payday, PartnerId: "cdw", ValidateOnly: true, RequestId: requestID(),
	})
	must(t, err)
	if preview.GetPayoutBatchId() != "" || preview.GetPayoutCount() != 1 || preview.GetPayouts()[0].GetPartnerId() != "cdw" || preview.GetPartnerId() != "cdw" {
		t.Errorf("preview %v", preview)
	}
}

func TestPayoutBatch_RequestsAreAnsweredOnce(t *testing.T) {
	w := newPayoutWorld(t)
	w.dueTo("softcat", "GBP", 18_000)
	ctx := servertest.Context(t)
	request := &commissionv1.CreatePayoutBatchRequest{CurrencyCode: "GBP", ExecutionDate: payday, RequestId: requestID()}
	first, err := w.payouts(fiona).CreatePayoutBatch(ctx, request)
	must(t, err)
	var header metadata.MD
	again, err := w.payouts(fiona).CreatePayoutBatch(ctx, request, grpc.Header(&header))
	must(t, err)
	wantSame(t, "again", first, again)
	if header.Get("idempotent-replayed") == nil {
		t.Error("not said to be a replay")
	}
	request.PartnerId = "softcat"
	_, err = w.payouts(fiona).CreatePayoutBatch(ctx, request)
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED", "")
	_, err = w.approveBatch(grace, first.GetPayoutBatchId())
	must(t, err)
	must(t, w.finance.PostPayouts(t.Context(), first.GetPayoutBatchId()))
	results := &commissionv1.RecordPayoutResultsRequest{Results: []*commissionv1.PayoutResult{paid(first.GetPayouts()[0].GetPayoutId())}, RequestId: requestID()}
	once, err := w.payouts(billing).RecordPayoutResults(ctx, results)
	must(t, err)
	twice, err := w.payouts(billing).RecordPayoutResults(ctx, results)
	must(t, err)
	wantSame(t, "results again", once, twice)
}
