package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func (w *world) disputes(c auth.Caller) commissionv1.DisputeServiceClient {
	return commissionv1.NewDisputeServiceClient(w.As(c))
}

// object opens a dispute of softcat's about a line.
func (w *world) object(line string) *commissionv1.Dispute {
	w.t.Helper()
	d, err := w.disputes(reader).OpenDispute(servertest.Context(w.t), &commissionv1.OpenDisputeRequest{
		LineId: line, ReasonText: "It should be 200.00.", Claimed: gbp("200.00"), RequestId: requestID(),
	})
	must(w.t, err)
	return d
}

// statement is one as softcat sees it.
func (w *world) statement(id string) *commissionv1.Statement {
	w.t.Helper()
	s, err := w.statements(reader).GetStatement(servertest.Context(w.t), &commissionv1.GetStatementRequest{StatementId: id})
	must(w.t, err)
	return s
}

// open is softcat's open statement in pounds.
func (w *world) open() *commissionv1.Statement {
	w.t.Helper()
	s, err := w.statements(reader).GetOpenStatement(servertest.Context(w.t), &commissionv1.GetOpenStatementRequest{PartnerId: "softcat", CurrencyCode: "GBP"})
	must(w.t, err)
	return s
}

func TestOpenDispute_HoldsTheLineAndLeavesTheRestPayable(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	w.owed("softcat", "GBP", "60.00", "2026-02-08")
	february := w.shut("softcat", "2026-02")
	ctx := servertest.Context(t)
	request := &commissionv1.OpenDisputeRequest{LineId: line, ReasonText: "It should be 200.00.", Claimed: gbp("200.00"), RequestId: requestID()}
	got, err := w.disputes(reader).OpenDispute(ctx, request)
	must(t, err)
	want := &commissionv1.Dispute{
		DisputeId: got.GetDisputeId(), LineId: line, StatementId: february.GetStatementId(), PartnerId: "softcat", State: commissionv1.DisputeState_DISPUTE_STATE_OPEN,
		LineAmount: gbp("130.00"), Held: gbp("130.00"), Claimed: gbp("200.00"), ReasonText: "It should be 200.00.", HoldEntryId: got.GetHoldEntryId(),
		Opener: "partner:softcat", OpenTime: timestamppb.New(monday), Etag: "1",
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || got.GetHoldEntryId() == "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	replayed, err := w.disputes(reader).OpenDispute(ctx, request)
	must(t, err)
	if diff := cmp.Diff(got, replayed, protocmp.Transform()); diff != "" {
		t.Errorf("replayed: %s", diff)
	}
	s, running := w.statement(february.GetStatementId()), w.open()
	if s.GetClosing().GetAmount() != "190.00" || s.GetHeld().GetAmount() != "130.00" || s.GetPayable().GetAmount() != "60.00" {
		t.Errorf("the statement: %v", s)
	}
	if running.GetLineCount() != 1 || running.GetCurrent().GetAmount() != "-130.00" || running.GetClosing().GetAmount() != "60.00" {
		t.Errorf("the open one: %v", running)
	}
	for _, c := range []auth.Caller{reader, fiona, billing} {
		read, err := w.disputes(c).GetDispute(ctx, &commissionv1.GetDisputeRequest{DisputeId: got.GetDisputeId()})
		must(t, err)
		if diff := cmp.Diff(want, read, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c, diff)
		}
	}
	_, err = w.disputes(another).GetDispute(ctx, &commissionv1.GetDisputeRequest{DisputeId: got.GetDisputeId()})
	wantReason(t, err, "NOT_FOUND", "")
}

func TestOpenDispute_RefusesByReason(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	free := w.owed("softcat", "GBP", "60.00", "2026-02-08")
	february := w.shut("softcat", "2026-02")
	running := w.owed("softcat", "GBP", "60.00", "2026-03-01")
	first := w.object(line)
	ctx := servertest.Context(t)
	open := func(c auth.Caller, line, text string, claimed *typev1.Money) error {
		_, err := w.disputes(c).OpenDispute(ctx, &commissionv1.OpenDisputeRequest{LineId: line, ReasonText: text, Claimed: claimed, RequestId: requestID()})
		return err
	}
	for _, c := range []struct {
		caller     auth.Caller
		line, text string
		claimed    *typev1.Money
		reason     fault.Reason
		field      string
	}{
		{another, free, "X", nil, "NOT_FOUND", "line_id"},
		{reader, "ent_none", "X", nil, "NOT_FOUND", "line_id"},
		{reader, "", "X", nil, "REQUEST_INVALID", "line_id"},
		{reader, free, " ", nil, "REASON_TEXT_REQUIRED", "reason_text"},
		{reader, free, "X", &typev1.Money{CurrencyCode: "USD", Amount: "1.00"}, "CURRENCY_MISMATCH", "claimed"},
		{reader, free, "X", gbp("1.001"), "AMOUNT_TOO_PRECISE", "claimed"},
		{reader, line, "X", nil, "LINE_ALREADY_DISPUTED", "line_id"},
		{reader, running, "X", nil, "STATE_INVALID", "line_id"},
		{reader, first.GetHoldEntryId(), "X", nil, "STATE_INVALID", "line_id"},
		{fiona, free, "X", nil, "PERMISSION_DENIED", ""},
	} {
		err := open(c.caller, c.line, c.text, c.claimed)
		t.Run(string(c.reason), func(t *testing.T) { wantReason(t, err, c.reason, c.field) })
	}
	refusal, _ := fault.Of(open(reader, line, "X", nil))
	if refusal.Facts["dispute_id"] != first.GetDisputeId() {
		t.Errorf("the refusal names %q", refusal.Facts["dispute_id"])
	}
	w.on("2026-04-01") // day 30
	must(t, open(reader, free, "X", nil))
	w.on("2026-04-02")
	wantReason(t, open(reader, w.lineOf(february, 0), "X", nil), "LINE_ALREADY_DISPUTED", "line_id")
	_, err := w.disputes(reader).WithdrawDispute(ctx, &commissionv1.WithdrawDisputeRequest{DisputeId: first.GetDisputeId(), RequestId: requestID()})
	must(t, err)
	wantReason(t, open(reader, line, "X", nil), "DISPUTE_WINDOW_CLOSED", "line_id")
}

// lineOf is a line of a statement by its place.
func (w *world) lineOf(s *commissionv1.Statement, n int) string {
	w.t.Helper()
	answer, err := w.statements(fiona).ListStatementLines(servertest.Context(w.t), &commissionv1.ListStatementLinesRequest{StatementId: s.GetStatementId()})
	must(w.t, err)
	return answer.GetLines()[n].GetLineId()
}

func TestCommentDispute_BothSidesAreHeard(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	w.shut("softcat", "2026-02")
	d := w.object(line)
	ctx := servertest.Context(t)
	comment := func(c auth.Caller, id, text string) (*commissionv1.Dispute, error) {
		return w.disputes(c).CommentDispute(ctx, &commissionv1.CommentDisputeRequest{DisputeId: id, Text: text, RequestId: requestID()})
	}
	_, err := comment(reader, d.GetDisputeId(), "Our order says 20 seats.")
	must(t, err)
	said, err := comment(fiona, d.GetDisputeId(), "Thank you, we look at it.")
	must(t, err)
	want := []*commissionv1.DisputeComment{
		{Number: 1, Side: commissionv1.DisputeSide_DISPUTE_SIDE_PARTNER, Author: "partner:softcat", Text: "Our order says 20 seats.", CreateTime: timestamppb.New(monday)},
		{Number: 2, Side: commissionv1.DisputeSide_DISPUTE_SIDE_VENDOR, Author: "person:staff:fiona", Text: "Thank you, we look at it.", CreateTime: timestamppb.New(monday)},
	}
	if diff := cmp.Diff(want, said.GetComments(), protocmp.Transform()); diff != "" || said.GetEtag() != "3" {
		t.Errorf("etag %s (-want +got):\n%s", said.GetEtag(), diff)
	}
	for _, c := range []struct {
		caller   auth.Caller
		id, text string
		reason   fault.Reason
		field    string
	}{
		{another, d.GetDisputeId(), "X", "NOT_FOUND", ""}, {reader, "dsp_none", "X", "NOT_FOUND", ""}, {reader, d.GetDisputeId(), " ", "REASON_TEXT_REQUIRED", "text"},
		{anna, d.GetDisputeId(), "X", "PERMISSION_DENIED", ""},
	} {
		_, err := comment(c.caller, c.id, c.text)
		wantReason(t, err, c.reason, c.field)
	}
	_, err = w.disputes(reader).WithdrawDispute(ctx, &commissionv1.WithdrawDisputeRequest{DisputeId: d.GetDisputeId(), Etag: "3", RequestId: requestID()})
	must(t, err)
	_, err = comment(reader, d.GetDisputeId(), "X")
	wantReason(t, err, "STATE_INVALID", "")
}

func TestResolveDispute_ReleasesAndAdjusts(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	february := w.shut("softcat", "2026-02")
	d := w.object(line)
	ctx := servertest.Context(t)
	request := &commissionv1.ResolveDisputeRequest{
		DisputeId: d.GetDisputeId(), Outcome: commissionv1.DisputeOutcome_DISPUTE_OUTCOME_UPHELD, Adjustment: gbp("70.00"),
		ResolutionText: "20 seats it is.", Etag: "1", RequestId: requestID(),
	}
	got, err := w.disputes(fiona).ResolveDispute(ctx, request)
	must(t, err)
	if got.GetState() != commissionv1.DisputeState_DISPUTE_STATE_RESOLVED || got.GetOutcome() != request.GetOutcome() || got.GetAdjustment().GetAmount() != "70.00" ||
		got.GetResolutionText() != "20 seats it is." || got.GetReleaseEntryId() == "" || got.GetAdjustmentEntryId() == "" || got.GetCloser() != "person:staff:fiona" {
		t.Errorf("%v", got)
	}
	replayed, err := w.disputes(fiona).ResolveDispute(ctx, request)
	must(t, err)
	if diff := cmp.Diff(got, replayed, protocmp.Transform()); diff != "" {
		t.Errorf("replayed: %s", diff)
	}
	s, running := w.statement(february.GetStatementId()), w.open()
	if s.GetHeld().GetAmount() != "0.00" || s.GetPayable().GetAmount() != "130.00" || running.GetCurrent().GetAmount() != "70.00" || running.GetLineCount() != 3 {
		t.Errorf("%v, and the open one %v", s, running)
	}
	request.RequestId, request.Etag = requestID(), ""
	_, err = w.disputes(fiona).ResolveDispute(ctx, request)
	wantReason(t, err, "STATE_INVALID", "")
}

func TestResolveDispute_RefusesByReason(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	w.shut("softcat", "2026-02")
	d := w.object(line)
	upheld, rejected := commissionv1.DisputeOutcome_DISPUTE_OUTCOME_UPHELD, commissionv1.DisputeOutcome_DISPUTE_OUTCOME_REJECTED
	for _, c := range []struct {
		caller auth.Caller
		change func(*commissionv1.ResolveDisputeRequest)
		reason fault.Reason
		field  string
	}{
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.DisputeId = "dsp_none" }, "NOT_FOUND", ""},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Etag = "7" }, "ETAG_MISMATCH", "etag"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.ResolutionText = "" }, "REASON_TEXT_REQUIRED", "resolution_text"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Outcome = 0 }, "REQUEST_INVALID", "outcome"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Outcome = upheld }, "AMOUNT_INVALID", "adjustment"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Outcome, r.Adjustment = upheld, gbp("0.00") }, "AMOUNT_INVALID", "adjustment"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Adjustment = gbp("1.00") }, "AMOUNT_INVALID", "adjustment"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) { r.Outcome, r.Adjustment = upheld, gbp("x") }, "AMOUNT_INVALID", "adjustment"},
		{fiona, func(r *commissionv1.ResolveDisputeRequest) {
			r.Outcome, r.Adjustment = upheld, &typev1.Money{CurrencyCode: "USD", Amount: "1.00"}
		}, "CURRENCY_MISMATCH", "adjustment"},
		{reader, func(*commissionv1.ResolveDisputeRequest) {}, "PERMISSION_DENIED", ""},
	} {
		request := &commissionv1.ResolveDisputeRequest{DisputeId: d.GetDisputeId(), Outcome: rejected, ResolutionText: "No.", RequestId: requestID()}
		c.change(request)
		_, err := w.disputes(c.caller).ResolveDispute(servertest.Context(t), request)
		t.Run(string(c.reason), func(t *testing.T) { wantReason(t, err, c.reason, c.field) })
	}
}

func TestWithdrawDispute_IsThePartnersAlone(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-02-07")
	february := w.shut("softcat", "2026-02")
	d := w.object(line)
	ctx := servertest.Context(t)
	withdraw := func(c auth.Caller, etag string) (*commissionv1.Dispute, error) {
		return w.disputes(c).WithdrawDispute(ctx, &commissionv1.WithdrawDisputeRequest{DisputeId: d.GetDisputeId(), Etag: etag, RequestId: requestID()})
	}
	for _, c := range []struct {
		caller auth.Caller
		etag   string
		reason fault.Reason
		field  string
	}{{another, "", "NOT_FOUND", ""}, {fiona, "", "PERMISSION_DENIED", ""}, {reader, "9", "ETAG_MISMATCH", "etag"}} {
		_, err := withdraw(c.caller, c.etag)
		wantReason(t, err, c.reason, c.field)
	}
	got, err := withdraw(reader, "1")
	must(t, err)
	if got.GetState() != commissionv1.DisputeState_DISPUTE_STATE_WITHDRAWN || got.GetReleaseEntryId() == "" || got.GetOutcome() != 0 {
		t.Errorf("%v", got)
	}
	if s := w.statement(february.GetStatementId()); s.GetPayable().GetAmount() != "130.00" {
		t.Errorf("%v", s)
	}
	_, err = withdraw(reader, "")
	wantReason(t, err, "STATE_INVALID", "")
	again := w.object(line) // while the time is not over
	list, err := w.disputes(reader).ListDisputes(ctx, &commissionv1.ListDisputesRequest{LineId: line, PageSize: 1})
	must(t, err)
	if len(list.GetDisputes()) != 1 || list.GetDisputes()[0].GetDisputeId() != again.GetDisputeId() || list.GetNextPageToken() == "" {
		t.Errorf("%v", list)
	}
	for _, c := range []struct {
		caller  auth.Caller
		request *commissionv1.ListDisputesRequest
		want    int
	}{
		{fiona, &commissionv1.ListDisputesRequest{StatementId: february.GetStatementId(), PartnerId: "softcat"}, 2},
		{fiona, &commissionv1.ListDisputesRequest{State: commissionv1.DisputeState_DISPUTE_STATE_WITHDRAWN}, 1},
		{fiona, &commissionv1.ListDisputesRequest{State: commissionv1.DisputeState_DISPUTE_STATE_OPEN}, 1},
		{fiona, &commissionv1.ListDisputesRequest{State: commissionv1.DisputeState_DISPUTE_STATE_RESOLVED}, 0},
		{another, &commissionv1.ListDisputesRequest{}, 0},
	} {
		answer, err := w.disputes(c.caller).ListDisputes(ctx, c.request)
		must(t, err)
		if len(answer.GetDisputes()) != c.want {
			t.Errorf("%s asks for %v and gets %v", c.caller, c.request, answer.GetDisputes())
		}
	}
}

func TestListEvents_TellOfStatementsAndDisputes(t *testing.T) {
	w := newWorld(t)
	line := w.owed("softcat", "GBP", "130.00", "2026-01-07")
	january := w.shut("softcat", "2026-01")
	d := w.object(line)
	february := w.shut("softcat", "2026-02")
	ctx := servertest.Context(t)
	_, err := w.disputes(fiona).CommentDispute(ctx, &commissionv1.CommentDisputeRequest{DisputeId: d.GetDisputeId(), Text: "Yes?", RequestId: requestID()})
	must(t, err)
	_, err = w.disputes(reader).WithdrawDispute(ctx, &commissionv1.WithdrawDisputeRequest{DisputeId: d.GetDisputeId(), RequestId: requestID()})
	must(t, err)
	_, err = events.SequenceOnce(ctx, w.db.SystemPool())
	must(t, err)
	answer, err := commissionv1.NewEventServiceClient(w.As(billing)).ListEvents(ctx, &commissionv1.ListEventsRequest{})
	must(t, err)
	var told []string
	for _, e := range answer.GetEvents() {
		switch r := e.GetResource().(type) {
		case *commissionv1.Event_Statement:
			told = append(told, e.GetKind()+" "+r.Statement.GetMonth()+" "+r.Statement.GetState().String()+" by "+e.GetActor())
		case *commissionv1.Event_Dispute:
			told = append(told, e.GetKind()+" "+r.Dispute.GetState().String()+" by "+e.GetActor())
		default:
			t.Errorf("%s has no resource", e.GetKind())
		}
	}
	want := []string{
		"statement.closed 2026-01 STATEMENT_STATE_CLOSED by person:staff:fiona",
		"dispute.opened DISPUTE_STATE_OPEN by partner:softcat",
		"statement.carried 2026-01 STATEMENT_STATE_CARRIED by person:staff:fiona",
		"statement.closed 2026-02 STATEMENT_STATE_CARRIED by person:staff:fiona",
		"dispute.commented DISPUTE_STATE_OPEN by person:staff:fiona",
		"dispute.withdrawn DISPUTE_STATE_WITHDRAWN by partner:softcat",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if january.GetStatementId() == february.GetStatementId() {
		t.Error("two statements have one id")
	}
}
