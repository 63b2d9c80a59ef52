package rpc_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var (
	reader  = servertest.Partner("softcat", "statements:read", "statements:write")
	agent   = servertest.Partner("agent", "statements:read", "statements:write")
	another = servertest.Partner("cdw", "statements:read", "statements:write")
)

func (w *world) statements(c auth.Caller) commissionv1.StatementServiceClient {
	return commissionv1.NewStatementServiceClient(w.As(c))
}

// owed adds an amount to what a partner is owed, as of a day on which it was
// written too, and returns its line.
func (w *world) owed(partner, currency, amount, day string) string {
	w.t.Helper()
	return w.owedLate(partner, currency, amount, day, day)
}

// owedLate is owed for what was written on a later day.
func (w *world) owedLate(partner, currency, amount, effective, written string) string {
	w.t.Helper()
	sum, err := money.Parse(currency, amount)
	must(w.t, err)
	on, err := calendar.ParseDate(effective)
	must(w.t, err)
	at, err := time.Parse(time.DateOnly, written)
	must(w.t, err)
	entry := ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: partner, Currency: sum.Currency, Effective: on, Posted: at.Add(9 * time.Hour),
		Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "person:staff:fiona", Postings: ledger.Transfer(ledger.Expense, ledger.Payable, sum.Minor),
	}
	ctx := pg.WithScope(context.Background(), pg.System())
	must(w.t, postgres.New(w.db).InTx(ctx, func(tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }))
	return entry.ID
}

// on sets the clock to nine in the morning of a day.
func (w *world) on(day string) {
	w.t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	must(w.t, err)
	w.clock.advance(at.Add(9 * time.Hour).Sub(w.clock.now()))
}

// shut closes a month of one partner in pounds and returns its statement.
func (w *world) shut(partner, month string) *commissionv1.Statement {
	w.t.Helper()
	answer, err := w.statements(fiona).CloseStatements(servertest.Context(w.t), &commissionv1.CloseStatementsRequest{
		Month: month, PartnerId: partner, CurrencyCode: "GBP", RequestId: requestID(),
	})
	must(w.t, err)
	if len(answer.GetStatements()) != 1 {
		w.t.Fatalf("%s of %s: %v", month, partner, answer)
	}
	return answer.GetStatements()[0]
}

func TestCloseStatements_ClosesWhateverIsDueAndAnswersTheSameAgain(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "180.00", "2026-02-07")
	w.owed("softcat", "JPY", "1005", "2026-02-08")
	w.owed("cdw", "KWD", "216.049", "2026-02-09")
	w.owed("ghost", "GBP", "1.00", "2026-02-09") // of whom the partner service knows nothing
	w.owed("agent", "GBP", "1.00", "2026-03-01") // of a month that is not asked for
	ctx := servertest.Context(t)
	request := &commissionv1.CloseStatementsRequest{Month: "2026-02", RequestId: requestID()}
	first, err := w.statements(fiona).CloseStatements(ctx, request)
	must(t, err)
	var closed []string
	for _, s := range first.GetStatements() {
		closed = append(closed, fmt.Sprintf("%s %s %s %s", s.GetPartnerId(), s.GetCurrencyCode(), s.GetClosing().GetAmount(), s.GetState()))
	}
	want := []string{
		"cdw KWD 216.049 STATEMENT_STATE_CLOSED", "softcat GBP 180.00 STATEMENT_STATE_CLOSED", "softcat JPY 1005 STATEMENT_STATE_CLOSED",
	}
	if diff := cmp.Diff(want, closed); diff != "" || first.GetClosedCount() != 3 {
		t.Errorf("%d closed: %s", first.GetClosedCount(), diff)
	}
	refusals := first.GetRefusals()
	if len(refusals) != 1 || refusals[0].GetPartnerId() != "ghost" || refusals[0].GetCurrencyCode() != "GBP" || refusals[0].GetError().GetReason() != "NOT_FOUND" {
		t.Errorf("refused: %v", refusals)
	}
	replayed, err := w.statements(fiona).CloseStatements(ctx, request)
	must(t, err)
	if diff := cmp.Diff(first, replayed, protocmp.Transform()); diff != "" {
		t.Errorf("replayed: %s", diff)
	}
	request.RequestId = requestID()
	again, err := w.statements(fiona).CloseStatements(ctx, request)
	must(t, err)
	if again.GetClosedCount() != 0 || len(again.GetRefusals()) != 1 {
		t.Errorf("again: %v", again)
	}
}

func TestCloseStatements_RefusesByReason(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "180.00", "2026-01-07")
	w.owed("softcat", "GBP", "20.00", "2026-02-07")
	w.owed("cdw", "GBP", "20.00", "2026-01-07")
	w.owed("cdw", "GBP", "20.00", "2026-02-07")
	w.shut("softcat", "2026-01")
	ctx := servertest.Context(t)
	for _, c := range []struct {
		month, partner string
		caller         auth.Caller
		reason         fault.Reason
		field          string
	}{
		{"2026-03", "", fiona, "PERIOD_NOT_OVER", "month"},
		{"2026-03", "softcat", fiona, "PERIOD_NOT_OVER", "month"},
		{"2026-01", "softcat", fiona, "PERIOD_CLOSED", "month"},
		{"2025-12", "softcat", fiona, "PERIOD_CLOSED", "month"},
		{"2026-02", "cdw", fiona, "PREDECESSOR_OPEN", "month"},
		{"2026-02", "nobody", fiona, "NOT_FOUND", ""},
		{"2026-02-01", "", fiona, "DATE_INVALID", "month"},
		{"", "", fiona, "REQUEST_INVALID", "month"},
		{"2026-02", "", reader, "PERMISSION_DENIED", ""},
		{"2026-02", "", anna, "PERMISSION_DENIED", ""},
	} {
		_, err := w.statements(c.caller).CloseStatements(ctx, &commissionv1.CloseStatementsRequest{
			Month: c.month, PartnerId: c.partner, CurrencyCode: "GBP", RequestId: requestID(),
		})
		t.Run(c.month+" "+c.partner+" "+c.caller.String(), func(t *testing.T) { wantReason(t, err, c.reason, c.field) })
	}
}

func TestGetStatement_ShowsItToItsPartnerAndToTheVendor(t *testing.T) {
	w := newWorld(t)
	terms := w.partner.terms["agent"]
	terms.Partner.DisplayName, terms.Agreement.SelfBilling, terms.Agreement.TaxId = "Agent & Sons", true, "GB123456789"
	w.owed("agent", "GBP", "-120.00", "2026-01-31")
	january := w.shut("agent", "2026-01")
	w.owed("agent", "GBP", "310.00", "2026-02-28")
	w.owedLate("agent", "GBP", "-10.00", "2026-01-30", "2026-02-20")
	february := w.shut("agent", "2026-02")
	want := &commissionv1.Statement{
		StatementId: february.GetStatementId(), PartnerId: "agent", PartnerName: "Agent & Sons", CurrencyCode: "GBP", Month: "2026-02", StatementDate: "2026-02-28",
		State: commissionv1.StatementState_STATEMENT_STATE_CLOSED, Opening: gbp("-120.00"), Current: gbp("310.00"), PriorPeriods: gbp("-10.00"),
		Closing: gbp("180.00"), LineCount: 2, MinimumPayout: gbp("50.00"), Held: gbp("0.00"), Payable: gbp("180.00"), Paid: gbp("0.00"), SelfBilled: true,
		DocumentNumber: "SB-000002", AgreementId: "agr_agent", TaxId: "GB123456789", PreviousStatementId: january.GetStatementId(),
		DisputeUntilDate: "2026-04-01", CodeVersionId: "cod_1", CloseTime: timestamppb.New(monday), Closer: "person:staff:fiona", Etag: "1",
	}
	ctx := servertest.Context(t)
	for _, c := range []auth.Caller{agent, fiona, billing} {
		got, err := w.statements(c).GetStatement(ctx, &commissionv1.GetStatementRequest{StatementId: february.GetStatementId()})
		must(t, err)
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c, diff)
		}
	}
	_, err := w.statements(another).GetStatement(ctx, &commissionv1.GetStatementRequest{StatementId: february.GetStatementId()})
	wantReason(t, err, "NOT_FOUND", "")
	_, err = w.statements(softcat).GetStatement(ctx, &commissionv1.GetStatementRequest{StatementId: february.GetStatementId()})
	wantReason(t, err, "SCOPE_MISSING", "")
}

func TestListStatements_BringsEachPageOnce(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "180.00", "2025-11-07")
	for _, month := range []string{"2025-11", "2025-12", "2026-01", "2026-02"} {
		w.shut("softcat", month)
	}
	ctx := servertest.Context(t)
	list := func(c auth.Caller, r *commissionv1.ListStatementsRequest) (months []string) {
		r.PageSize = 2
		for {
			answer, err := w.statements(c).ListStatements(ctx, r)
			must(t, err)
			for _, s := range answer.GetStatements() {
				months = append(months, s.GetMonth())
			}
			if r.PageToken = answer.GetNextPageToken(); r.PageToken == "" {
				return months
			}
		}
	}
	for _, c := range []struct {
		caller  auth.Caller
		request *commissionv1.ListStatementsRequest
		want    []string
	}{
		{reader, &commissionv1.ListStatementsRequest{}, []string{"2026-02", "2026-01", "2025-12", "2025-11"}},
		{fiona, &commissionv1.ListStatementsRequest{PartnerId: "softcat", CurrencyCode: "GBP", FromMonth: "2025-12", UntilMonth: "2026-01"}, []string{"2026-01", "2025-12"}},
		{fiona, &commissionv1.ListStatementsRequest{State: commissionv1.StatementState_STATEMENT_STATE_CLOSED}, []string{"2026-02"}},
		{fiona, &commissionv1.ListStatementsRequest{State: commissionv1.StatementState_STATEMENT_STATE_OPEN}, nil},
		{another, &commissionv1.ListStatementsRequest{PartnerId: "softcat"}, nil},
	} {
		if diff := cmp.Diff(c.want, list(c.caller, c.request)); diff != "" {
			t.Errorf("%s asks for %v: %s", c.caller, c.request, diff)
		}
	}
	for field, r := range map[string]*commissionv1.ListStatementsRequest{
		"from_month": {FromMonth: "2026-1"}, "until_month": {UntilMonth: "2026-99"},
	} {
		_, err := w.statements(fiona).ListStatements(ctx, r)
		wantReason(t, err, "DATE_INVALID", field)
	}
	_, err := w.statements(fiona).ListStatements(ctx, &commissionv1.ListStatementsRequest{PageToken: "x"})
	wantReason(t, err, "PAGE_TOKEN_INVALID", "page_token")
}

func TestGetOpenStatement_IsTheRunningMonthAsItStands(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "30.00", "2026-01-07")
	january := w.shut("softcat", "2026-01")
	w.owed("softcat", "GBP", "5.00", "2026-03-01")
	w.owedLate("softcat", "GBP", "-1.50", "2026-01-30", "2026-02-20")
	ctx := servertest.Context(t)
	request := &commissionv1.GetOpenStatementRequest{PartnerId: "softcat", CurrencyCode: "GBP"}
	got, err := w.statements(reader).GetOpenStatement(ctx, request)
	must(t, err)
	want := &commissionv1.Statement{
		PartnerId: "softcat", CurrencyCode: "GBP", Month: "2026-03", StatementDate: "2026-03-31", State: commissionv1.StatementState_STATEMENT_STATE_OPEN,
		Opening: gbp("30.00"), Current: gbp("5.00"), PriorPeriods: gbp("-1.50"), Closing: gbp("33.50"), LineCount: 2, MinimumPayout: gbp("50.00"),
		Held: gbp("0.00"), Payable: gbp("0.00"), Paid: gbp("0.00"), PreviousStatementId: january.GetStatementId(),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		caller            auth.Caller
		partner, currency string
	}{{another, "softcat", "GBP"}, {fiona, "softcat", "USD"}, {fiona, "nobody", "GBP"}, {fiona, "softcat", "pounds"}} {
		_, err := w.statements(c.caller).GetOpenStatement(ctx, &commissionv1.GetOpenStatementRequest{PartnerId: c.partner, CurrencyCode: c.currency})
		wantReason(t, err, "NOT_FOUND", "")
		_, err = w.statements(c.caller).ListOpenStatementLines(ctx, &commissionv1.ListOpenStatementLinesRequest{PartnerId: c.partner, CurrencyCode: c.currency})
		wantReason(t, err, "NOT_FOUND", "")
	}
}

func TestListStatementLines_BringsThemByDateAndSection(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "100.00", "2026-02-07")
	early := w.owedLate("softcat", "GBP", "-10.00", "2026-01-30", "2026-02-20")
	last := w.owed("softcat", "GBP", "90.00", "2026-02-28")
	february := w.shut("softcat", "2026-02")
	open := w.owed("softcat", "GBP", "1.00", "2026-03-01")
	ctx := servertest.Context(t)
	var amounts []string
	request := &commissionv1.ListStatementLinesRequest{StatementId: february.GetStatementId(), PageSize: 2}
	for {
		answer, err := w.statements(reader).ListStatementLines(ctx, request)
		must(t, err)
		for _, l := range answer.GetLines() {
			amounts = append(amounts, l.GetAmount().GetAmount()+" "+strings.TrimPrefix(l.GetSection().String(), "STATEMENT_SECTION_"))
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"-10.00 PRIOR_PERIODS", "100.00 CURRENT", "90.00 CURRENT"}, amounts); diff != "" {
		t.Error(diff)
	}
	prior, err := w.statements(billing).ListStatementLines(ctx, &commissionv1.ListStatementLinesRequest{
		StatementId: february.GetStatementId(), Section: commissionv1.StatementSection_STATEMENT_SECTION_PRIOR_PERIODS,
	})
	must(t, err)
	want := &commissionv1.StatementLine{
		LineId: early, StatementId: february.GetStatementId(), Section: commissionv1.StatementSection_STATEMENT_SECTION_PRIOR_PERIODS,
		Kind: commissionv1.EntryKind_ENTRY_KIND_ADJUSTMENT, Amount: gbp("-10.00"), EffectiveDate: "2026-01-30",
		PostTime: timestamppb.New(time.Date(2026, 2, 20, 9, 0, 0, 0, time.UTC)), Cause: "adjustment:by-hand", Sentence: "Goodwill.",
	}
	if diff := cmp.Diff([]*commissionv1.StatementLine{want}, prior.GetLines(), protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for filter, r := range map[string]*commissionv1.ListOpenStatementLinesRequest{
		"current": {Section: commissionv1.StatementSection_STATEMENT_SECTION_CURRENT}, "none": {},
	} {
		r.PartnerId, r.CurrencyCode = "softcat", "GBP"
		answer, err := w.statements(reader).ListOpenStatementLines(ctx, r)
		must(t, err)
		if len(answer.GetLines()) != 1 || answer.GetLines()[0].GetLineId() != open {
			t.Errorf("%s: %v", filter, answer.GetLines())
		}
	}
	none, err := w.statements(reader).ListStatementLines(ctx, &commissionv1.ListStatementLinesRequest{StatementId: february.GetStatementId(), InvoiceId: "I-1"})
	must(t, err)
	if len(none.GetLines()) != 0 || last == "" {
		t.Errorf("%v are of an invoice", none.GetLines())
	}
	_, err = w.statements(another).ListStatementLines(ctx, &commissionv1.ListStatementLinesRequest{StatementId: february.GetStatementId()})
	wantReason(t, err, "NOT_FOUND", "")
}

func TestExportStatement_IsAFile(t *testing.T) {
	w := newWorld(t)
	w.owed("softcat", "GBP", "100.00", "2026-02-07")
	w.owedLate("softcat", "GBP", "-10.00", "2026-01-30", "2026-02-20")
	february := w.shut("softcat", "2026-02")
	ctx := servertest.Context(t)
	export := func(c auth.Caller, format commissionv1.ExportFormat, billed bool) (*typev1.File, error) {
		return w.statements(c).ExportStatement(ctx, &commissionv1.ExportStatementRequest{
			StatementId: february.GetStatementId(), Format: format, SelfBilledInvoice: billed,
		})
	}
	text, err := export(reader, commissionv1.ExportFormat_EXPORT_FORMAT_CSV, false)
	must(t, err)
	rows, err := csv.NewReader(strings.NewReader(string(text.GetContent()))).ReadAll()
	must(t, err)
	if text.GetFileName() != "statement-softcat-GBP-2026-02.csv" || len(rows) != 3 || rows[1][8] != "-10.00" || rows[2][8] != "100.00" {
		t.Errorf("%s: %v", text.GetFileName(), rows)
	}
	page, err := export(fiona, commissionv1.ExportFormat_EXPORT_FORMAT_HTML, false)
	must(t, err)
	if page.GetContentType() != "text/html; charset=utf-8" || !strings.Contains(string(page.GetContent()), "<h1>Statement</h1>") || strings.Contains(string(page.GetContent()), "elf-bill") {
		t.Errorf("%s: %s", page.GetContentType(), page.GetContent())
	}
	_, err = export(reader, commissionv1.ExportFormat_EXPORT_FORMAT_HTML, true)
	wantReason(t, err, "SELF_BILLING_NOT_AGREED", "self_billed_invoice")
	_, err = export(reader, 0, false)
	wantReason(t, err, "REQUEST_INVALID", "format")
	_, err = export(another, commissionv1.ExportFormat_EXPORT_FORMAT_CSV, false)
	wantReason(t, err, "NOT_FOUND", "")
}
