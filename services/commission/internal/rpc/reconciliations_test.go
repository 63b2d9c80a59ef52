package rpc_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func (w *world) reconciliations(c auth.Caller) commissionv1.ReconciliationServiceClient {
	return commissionv1.NewReconciliationServiceClient(w.As(c))
}

// earned makes the agent's February: 4,800.00 of I-1, and of I-2 4,800.00 and
// 960.00 taken back; all effective on 2026-02-19 but the credit, of 2026-02-24.
func (w *world) earned() {
	w.t.Helper()
	for i, id := range []string{"I-1", "I-2"} {
		_, err := w.invoice(invoiceOf(id, w.agentSells(fmt.Sprint("sub_", i+1)), "24000.00"))
		must(w.t, err)
		_, err = w.pay(payment("P-"+id, id, "24000.00"))
		must(w.t, err)
	}
	credit := creditNote("C-1", "I-2", "4800.00")
	credit.IssueDate = "2026-02-24"
	_, err := w.credit(credit)
	must(w.t, err)
}

func (w *world) reconcile(c auth.Caller, content string) (*commissionv1.Reconciliation, error) {
	return w.reconciliations(c).CreateReconciliation(servertest.Context(w.t), &commissionv1.CreateReconciliationRequest{
		PartnerId: "agent", Month: "2026-02", CurrencyCode: "GBP", Content: content, FileName: "february.csv", RequestId: requestID(),
	})
}

func (w *world) rowsOf(r *commissionv1.Reconciliation, of *commissionv1.ListReconciliationRowsRequest) []*commissionv1.ReconciliationRow {
	w.t.Helper()
	of.ReconciliationId = r.GetReconciliationId()
	answer, err := w.reconciliations(agent).ListReconciliationRows(servertest.Context(w.t), of)
	must(w.t, err)
	return answer.GetRows()
}

const february = "reference;date;amount;rate;customer;our own\n" +
	"I-1;2026-02-19;4800.00;20%;Customer;x\n" +
	"sub_2;2026-02-20;4700.00;17.5;Customer;y\n" +
	"PO-9;2026-02-28;12.50;;Somebody;z\n"

func TestCreateReconciliation_AnswersWithSumsThatAddUp(t *testing.T) {
	w := newWorld(t)
	w.earned()
	statement := w.shut("agent", "2026-02")
	got, err := w.reconcile(agent, february)
	must(t, err)
	digest := sha256.Sum256([]byte(february))
	sum := func(o commissionv1.ReconciliationOutcome, n int32, file, stated, difference string) *commissionv1.ReconciliationSum {
		return &commissionv1.ReconciliationSum{Outcome: o, RowCount: n, FileTotal: gbp(file), StatementTotal: gbp(stated), Difference: gbp(difference)}
	}
	differs := func(d commissionv1.ReconciliationDifference, n int32, file, stated, difference string) *commissionv1.ReconciliationDifferenceSum {
		return &commissionv1.ReconciliationDifferenceSum{Kind: d, RowCount: n, FileTotal: gbp(file), StatementTotal: gbp(stated), Difference: gbp(difference)}
	}
	want := &commissionv1.Reconciliation{
		ReconciliationId: got.GetReconciliationId(), PartnerId: "agent", Month: "2026-02", CurrencyCode: "GBP", StatementId: statement.GetStatementId(),
		FileName: "february.csv", ContentSha256: hex.EncodeToString(digest[:]), FileRowCount: 3, StatementLineCount: 3, RowCount: 4,
		FileTotal: gbp("9512.50"), StatementTotal: gbp("8640.00"), Difference: gbp("872.50"),
		Sums: []*commissionv1.ReconciliationSum{
			sum(commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_MATCHED, 1, "4800.00", "4800.00", "0.00"),
			sum(commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_DIFFERENT, 1, "4700.00", "4800.00", "-100.00"),
			sum(commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_MISSING, 1, "12.50", "0.00", "12.50"),
			sum(commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_EXTRA, 1, "0.00", "-960.00", "960.00"),
		},
		DifferenceSums: []*commissionv1.ReconciliationDifferenceSum{
			differs(commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_AMOUNT, 1, "4700.00", "4800.00", "-100.00"),
			differs(commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_DATE, 1, "4700.00", "4800.00", "-100.00"),
			differs(commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_RATE, 1, "4700.00", "4800.00", "-100.00"),
		},
		IgnoredColumns: []string{"our own"}, Creator: got.GetCreator(), CreateTime: timestamppb.New(monday),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || got.GetCreator() == "" {
		t.Error(diff)
	}
	read, err := w.reconciliations(fiona).GetReconciliation(servertest.Context(t), &commissionv1.GetReconciliationRequest{ReconciliationId: got.GetReconciliationId()})
	must(t, err)
	if diff := cmp.Diff(got, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestListReconciliationRows_ShowsBothSides(t *testing.T) {
	w := newWorld(t)
	w.earned()
	w.shut("agent", "2026-02")
	r, err := w.reconcile(agent, february)
	must(t, err)
	rows := w.rowsOf(r, &commissionv1.ListReconciliationRowsRequest{})
	if len(rows) != 4 {
		t.Fatalf("got %v", rows)
	}
	want := &commissionv1.ReconciliationRow{
		Number: 2, Outcome: commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_DIFFERENT,
		Differences: []commissionv1.ReconciliationDifference{
			commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_AMOUNT, commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_DATE,
			commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_RATE,
		},
		FileRow: &commissionv1.ReconciliationFileRow{
			LineNumber: 3, Reference: "sub_2", Date: "2026-02-20", Amount: gbp("4700.00"), RateBps: proto.Int32(1750), Customer: "Customer",
		},
		Line: rows[1].GetLine(), Difference: gbp("-100.00"),
	}
	if diff := cmp.Diff(want, rows[1], protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if l := rows[1].GetLine(); l.GetInvoiceId() != "I-2" || l.GetAmount().GetAmount() != "4800.00" || l.GetEffectiveDate() != "2026-02-19" || l.GetRateBps() != 2000 {
		t.Errorf("line %v", l)
	}
	if rows[2].GetLine() != nil || rows[2].GetFileRow().RateBps != nil || rows[3].GetFileRow() != nil || rows[3].GetDifference().GetAmount() != "960.00" {
		t.Errorf("what is alone: %v, %v", rows[2], rows[3])
	}
}

func TestListReconciliationRows_FiltersAndPages(t *testing.T) {
	w := newWorld(t)
	w.earned()
	r, err := w.reconcile(agent, february)
	must(t, err)
	for name, tt := range map[string]struct {
		of   *commissionv1.ListReconciliationRowsRequest
		want []int32
	}{
		"matched": {&commissionv1.ListReconciliationRowsRequest{Outcome: commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_MATCHED}, []int32{1}},
		"extra":   {&commissionv1.ListReconciliationRowsRequest{Outcome: commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_EXTRA}, []int32{4}},
		"by rate": {&commissionv1.ListReconciliationRowsRequest{Difference: commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_RATE}, []int32{2}},
		"both": {&commissionv1.ListReconciliationRowsRequest{
			Outcome:    commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_MISSING,
			Difference: commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_DATE}, nil},
	} {
		var got []int32
		for _, row := range w.rowsOf(r, tt.of) {
			got = append(got, row.GetNumber())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	request := &commissionv1.ListReconciliationRowsRequest{ReconciliationId: r.GetReconciliationId(), PageSize: 3}
	var got []int32
	for {
		answer, err := w.reconciliations(agent).ListReconciliationRows(servertest.Context(t), request)
		must(t, err)
		for _, row := range answer.GetRows() {
			got = append(got, row.GetNumber())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]int32{1, 2, 3, 4}, got); diff != "" {
		t.Error(diff)
	}
}

// What a statement exports is the statement.
func TestCreateReconciliation_AStatementsOwnExportMatchesIt(t *testing.T) {
	w := newWorld(t)
	w.earned()
	statement := w.shut("agent", "2026-02")
	file, err := w.statements(agent).ExportStatement(servertest.Context(t), &commissionv1.ExportStatementRequest{
		StatementId: statement.GetStatementId(), Format: commissionv1.ExportFormat_EXPORT_FORMAT_CSV,
	})
	must(t, err)
	got, err := w.reconcile(agent, string(file.GetContent()))
	must(t, err)
	if got.GetSums()[0].GetRowCount() != 3 || got.GetRowCount() != 3 || got.GetStatementTotal().GetAmount() != "8640.00" || got.GetDifference().GetAmount() != "0.00" {
		t.Errorf("got %v", got)
	}
}

func TestCreateReconciliation_KnowsTheDigitsOfCurrencies(t *testing.T) {
	w := newWorld(t)
	for currency, amount := range map[string]string{"JPY": "1005", "KWD": "216.049"} {
		line := w.owed("agent", currency, amount, "2026-02-07")
		got, err := w.reconciliations(agent).CreateReconciliation(servertest.Context(t), &commissionv1.CreateReconciliationRequest{
			Month: "2026-02", CurrencyCode: currency, Content: "line_id,amount\n" + line + "," + amount + "\n", RequestId: requestID(),
		})
		must(t, err)
		if got.GetSums()[0].GetRowCount() != 1 || got.GetRowCount() != 1 || got.GetFileTotal().GetAmount() != amount || got.GetFileTotal().GetCurrencyCode() != currency {
			t.Errorf("%s: %v", currency, got)
		}
	}
}

// While a month is open it is compared as it stands, and the result stays.
func TestCreateReconciliation_OfAnOpenMonthSaysSo(t *testing.T) {
	w := newWorld(t)
	w.earned()
	early, err := w.reconcile(agent, february)
	must(t, err)
	if early.GetStatementId() != "" || early.GetStatementTotal().GetAmount() != "8640.00" {
		t.Errorf("got %v", early)
	}
	w.shut("agent", "2026-02")
	read, err := w.reconciliations(agent).GetReconciliation(servertest.Context(t), &commissionv1.GetReconciliationRequest{ReconciliationId: early.GetReconciliationId()})
	must(t, err)
	if diff := cmp.Diff(early, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	// What is on the statement of February is not on the open one of March.
	march, err := w.reconciliations(agent).CreateReconciliation(servertest.Context(t), &commissionv1.CreateReconciliationRequest{
		Month: "2026-03", CurrencyCode: "GBP", Content: "reference,amount\n", RequestId: requestID(),
	})
	must(t, err)
	if march.GetPartnerId() != "agent" || march.GetRowCount() != 0 || march.GetStatementTotal().GetAmount() != "0.00" {
		t.Errorf("got %v", march)
	}
}

func TestCreateReconciliation_AgainAnswersTheSame(t *testing.T) {
	w := newWorld(t)
	w.earned()
	request := &commissionv1.CreateReconciliationRequest{Month: "2026-02", CurrencyCode: "GBP", Content: february, RequestId: requestID()}
	first, err := w.reconciliations(agent).CreateReconciliation(servertest.Context(t), request)
	must(t, err)
	w.shut("agent", "2026-02")
	w.clock.advance(time.Hour)
	again, err := w.reconciliations(agent).CreateReconciliation(servertest.Context(t), request)
	must(t, err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	request.Content += "PO-10;2026-02-28;1.00;;;\n"
	_, err = w.reconciliations(agent).CreateReconciliation(servertest.Context(t), request)
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED", "")
}

func TestListReconciliations_NewestFirstAndEachPartnersOwn(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	var ids []string
	for _, month := range []string{"2026-01", "2026-02", "2026-02"} {
		made, err := w.reconciliations(fiona).CreateReconciliation(ctx, &commissionv1.CreateReconciliationRequest{
			PartnerId: "agent", Month: month, CurrencyCode: "GBP", Content: "reference,amount\nPO-1,1.00\n", RequestId: requestID(),
		})
		must(t, err)
		ids = append([]string{made.GetReconciliationId()}, ids...)
		w.clock.advance(time.Millisecond)
	}
	list := func(c auth.Caller, r *commissionv1.ListReconciliationsRequest) (got []string) {
		for {
			answer, err := w.reconciliations(c).ListReconciliations(ctx, r)
			must(t, err)
			for _, one := range answer.GetReconciliations() {
				got = append(got, one.GetReconciliationId())
			}
			if r.PageToken = answer.GetNextPageToken(); r.PageToken == "" {
				return got
			}
		}
	}
	for name, tt := range map[string]struct {
		got, want []string
	}{
		"own, by pages":    {list(agent, &commissionv1.ListReconciliationsRequest{PageSize: 2}), ids},
		"of a month":       {list(agent, &commissionv1.ListReconciliationsRequest{Month: "2026-02"}), ids[:2]},
		"in a currency":    {list(fiona, &commissionv1.ListReconciliationsRequest{PartnerId: "agent", CurrencyCode: "USD"}), nil},
		"another partners": {list(another, &commissionv1.ListReconciliationsRequest{}), nil},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, err := range map[string]error{
		"get":    second(w.reconciliations(another).GetReconciliation(ctx, &commissionv1.GetReconciliationRequest{ReconciliationId: ids[0]})),
		"rows":   second(w.reconciliations(another).ListReconciliationRows(ctx, &commissionv1.ListReconciliationRowsRequest{ReconciliationId: ids[0]})),
		"export": second(w.reconciliations(another).ExportReconciliation(ctx, &commissionv1.ExportReconciliationRequest{ReconciliationId: ids[0]})),
	} {
		if refusal, _ := fault.Of(err); refusal == nil || refusal.Reason != "NOT_FOUND" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestExportReconciliation_HasARowForEach(t *testing.T) {
	w := newWorld(t)
	w.earned()
	r, err := w.reconcile(agent, february)
	must(t, err)
	file, err := w.reconciliations(agent).ExportReconciliation(servertest.Context(t), &commissionv1.ExportReconciliationRequest{ReconciliationId: r.GetReconciliationId()})
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(file.GetContent())), "\r\n")
	if len(lines) != 5 || !strings.Contains(lines[2], ",2,DIFFERENT,AMOUNT DATE RATE,-100.00,3,,sub_2,2026-02-20,4700.00,1750,Customer,ent_") {
		t.Errorf("got %s", file.GetContent())
	}
	if want := "reconciliation-" + r.GetReconciliationId() + "-agent-GBP-2026-02.csv"; file.GetFileName() != want {
		t.Errorf("%s, want %s", file.GetFileName(), want)
	}
}

func TestCreateReconciliation_TellsTheFeed(t *testing.T) {
	w := newWorld(t)
	made, err := w.reconcile(agent, february)
	must(t, err)
	_, err = events.SequenceOnce(servertest.Context(t), w.db.SystemPool())
	must(t, err)
	answer, err := commissionv1.NewEventServiceClient(w.As(billing)).ListEvents(servertest.Context(t), &commissionv1.ListEventsRequest{})
	must(t, err)
	if len(answer.GetEvents()) != 1 || answer.GetEvents()[0].GetKind() != "reconciliation.created" {
		t.Fatalf("got %v", answer)
	}
	if diff := cmp.Diff(made, answer.GetEvents()[0].GetReconciliation(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestReconciliationService_RefusesWithItsReasons(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	create := func(c auth.Caller, change func(*commissionv1.CreateReconciliationRequest)) error {
		r := &commissionv1.CreateReconciliationRequest{PartnerId: "agent", Month: "2026-02", CurrencyCode: "GBP", Content: february, RequestId: requestID()}
		change(r)
		return second(w.reconciliations(c).CreateReconciliation(ctx, r))
	}
	mayRead := servertest.Partner("agent", "statements:read")
	for name, tt := range map[string]struct {
		reason fault.Reason
		field  string
		err    error
	}{
		"another partner":       {"NOT_FOUND", "partner_id", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.PartnerId = "softcat" })},
		"a partner without one": {"NOT_FOUND", "partner_id", create(fiona, func(r *commissionv1.CreateReconciliationRequest) { r.PartnerId = "nobody" })},
		"nobody's":              {"REQUEST_INVALID", "partner_id", create(fiona, func(r *commissionv1.CreateReconciliationRequest) { r.PartnerId = "" })},
		"no month":              {"DATE_INVALID", "month", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.Month = "2026-13" })},
		"a month to come":       {"DATE_INVALID", "month", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.Month = "2026-04" })},
		"gold":                  {"CURRENCY_UNSUPPORTED", "currency_code", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.CurrencyCode = "XAU" })},
		"another file":          {"FILE_INVALID", "content[1]", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.Content = "%PDF-1.7" })},
		"no file":               {"REQUEST_INVALID", "content", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.Content = "" })},
		"a large file": {"REQUEST_INVALID", "content", create(agent, func(r *commissionv1.CreateReconciliationRequest) {
			r.Content = "reference,amount\n" + strings.Repeat("x", 2<<20)
		})},
		"a long name":   {"REQUEST_INVALID", "file_name", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.FileName = strings.Repeat("x", 201) })},
		"a reader":      {"SCOPE_MISSING", "", create(mayRead, func(*commissionv1.CreateReconciliationRequest) {})},
		"channel":       {"PERMISSION_DENIED", "", create(anna, func(*commissionv1.CreateReconciliationRequest) {})},
		"without a key": {"IDEMPOTENCY_KEY_REQUIRED", "request_id", create(agent, func(r *commissionv1.CreateReconciliationRequest) { r.RequestId = "" })},
		"get nothing":   {"NOT_FOUND", "", second(w.reconciliations(fiona).GetReconciliation(ctx, &commissionv1.GetReconciliationRequest{ReconciliationId: "rcn_absent"}))},
		"rows of nothing": {"NOT_FOUND", "", second(w.reconciliations(fiona).ListReconciliationRows(ctx,
			&commissionv1.ListReconciliationRowsRequest{ReconciliationId: "rcn_absent"}))},
		"a file of nothing": {"NOT_FOUND", "", second(w.reconciliations(fiona).ExportReconciliation(ctx,
			&commissionv1.ExportReconciliationRequest{ReconciliationId: "rcn_absent"}))},
		"a list of no month": {"DATE_INVALID", "month", second(w.reconciliations(fiona).ListReconciliations(ctx, &commissionv1.ListReconciliationsRequest{Month: "March"}))},
		"an outcome that is none": {"REQUEST_INVALID", "outcome", second(w.reconciliations(fiona).ListReconciliationRows(ctx,
			&commissionv1.ListReconciliationRowsRequest{ReconciliationId: "rcn_absent", Outcome: 99}))},
	} {
		t.Run(name, func(t *testing.T) { wantReason(t, tt.err, tt.reason, tt.field) })
	}
}

func TestCreateReconciliation_NamesEachMistakeByItsLine(t *testing.T) {
	w := newWorld(t)
	_, err := w.reconcile(agent, "reference,amount,date,rate_bps\nPO-1,\"1,000.00\",2026-02-01,2000\nPO-2,10.00,1.2.2026,20 %\n")
	wantReason(t, err, "FILE_INVALID", "content[2].amount")
	var got []string
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				got = append(got, v.GetField()+" "+v.GetReason())
			}
		}
	}
	want := []string{"content[2].amount AMOUNT_INVALID", "content[3].date DATE_INVALID", "content[3].rate MARGIN_BPS_OUT_OF_RANGE"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
