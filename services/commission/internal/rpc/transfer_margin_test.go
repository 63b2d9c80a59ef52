package rpc_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// conductDouble answers what commission asks of partner about one transfer,
// from softcat to cdw, which is poaching.
type conductDouble struct {
	partnerv1.UnimplementedConductServiceServer
	partnerv1.UnimplementedTransferServiceServer
	partnerv1.UnimplementedCodeServiceServer
}

func (conductDouble) FindCase(_ context.Context, r *partnerv1.FindCaseRequest) (*partnerv1.Case, error) {
	return &partnerv1.Case{
		CaseId: "cas_1", TransferId: "trf_1", SubscriptionId: r.GetSubscriptionId(), PartnerId: "cdw", EffectiveDate: "2026-03-02", Revision: 1,
		State: partnerv1.CaseState_CASE_STATE_DECIDED, AppealByDate: "2026-04-01",
		Verdict: &partnerv1.Verdict{
			Outcome: partnerv1.Outcome_OUTCOME_POACHED, CapBps: new(int32(500)), CapUntilDate: "2027-03-02", CodeVersionId: "cod_1",
			Findings: []*partnerv1.Finding{{Ground: partnerv1.Ground_GROUND_INSIDE_WINDOW, Holds: true, Decisive: true, Sentence: "The customer moved inside the protected window."}},
		},
	}, nil
}

func (conductDouble) GetTransfer(ctx context.Context, r *partnerv1.GetTransferRequest) (*partnerv1.Transfer, error) {
	caller, _ := auth.From(ctx)
	if eyes := caller.Partner(); r.GetTransferId() != "trf_asked" || eyes != "" && eyes != "cdw" {
		return nil, fault.New("NOT_FOUND", "there is no such transfer")
	}
	return &partnerv1.Transfer{
		TransferId: "trf_asked", PartnerId: "cdw", Side: partnerv1.Side_SIDE_CHALLENGER, FamilyId: "email-security", CreateTime: timestamppb.New(monday),
	}, nil
}

func (conductDouble) ListCodeVersions(context.Context, *partnerv1.ListCodeVersionsRequest) (*partnerv1.ListCodeVersionsResponse, error) {
	return &partnerv1.ListCodeVersionsResponse{CodeVersions: []*partnerv1.CodeVersion{{
		CodeVersionId: "cod_1", EffectiveDate: "2020-01-01", State: partnerv1.PolicyState_POLICY_STATE_APPROVED, CapBps: new(int32(500)), CapMonths: new(int32(12)),
	}}}, nil
}

// idle is a queue that forgets: these tests do its work themselves.
type idle struct{ app.Jobs }

func (idle) DivideTerms(context.Context, pgx.Tx, string) error { return nil }

// handOver moves subscriptions of 24,000.00 GBP a year from softcat to cdw.
func (w *world) handOver(subscriptions ...string) {
	w.t.Helper()
	w.app.UseJobs(idle{})
	for _, id := range subscriptions {
		sub := w.customer.subscribe(id, "softcat")
		w.lock(id, "softcat", 2000)
		sub.AnchorDate, sub.PartnersOfRecord[0].UntilDate = "2025-04-01", "2026-03-02"
		sub.PartnersOfRecord = append(sub.PartnersOfRecord, &customerv1.PartnerOfRecord{PartnerId: "cdw", FromDate: "2026-03-02", TransferId: "trf_1"})
		sub.Terms = []*customerv1.Term{{
			StartDate: "2025-04-01", EndDate: "2026-04-01", TermMonths: 12, Seats: 200, UnitPrice: gbp("120.00"), Billing: customerv1.Billing_BILLING_PREPAID,
		}}
		must(w.t, w.app.DivideTerms(context.Background(), id))
	}
}

func TestListTermShares_ShowsEachPartnerItsOwnPage(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.handOver("sub_1", "sub_2", "sub_3")
	ctx := servertest.Context(t)
	var seen []string
	request := &commissionv1.ListTermSharesRequest{PageSize: 2, TransferId: "trf_1"}
	for {
		answer, err := w.margins(cdw).ListTermShares(ctx, request)
		must(t, err)
		for _, s := range answer.GetTermShares() {
			seen = append(seen, s.GetSubscriptionId()+" "+s.GetPartnerId())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"sub_3 cdw", "sub_2 cdw", "sub_1 cdw"}, seen); diff != "" {
		t.Error(diff)
	}
	answer, err := w.margins(billing).ListTermShares(ctx, &commissionv1.ListTermSharesRequest{SubscriptionId: "sub_1", PartnerId: "softcat"})
	must(t, err)
	got := answer.GetTermShares()[0]
	want := &commissionv1.TermShare{
		TermShareId: got.GetTermShareId(), SubscriptionId: "sub_1", PartnerId: "softcat", RelationshipId: got.GetRelationshipId(), TransferId: "trf_1",
		TermStartDate: "2025-04-01", TermEndDate: "2026-04-01", FromDate: "2025-04-01", UntilDate: "2026-03-02", Net: gbp("22027.40"), Margin: gbp("4405.48"),
		EffectiveBps: 2000, SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE, CreateTime: timestamppb.New(monday),
		Instalments: []*commissionv1.Instalment{{Number: 1, StartDate: "2025-04-01", Net: gbp("22027.40"), Margin: gbp("4405.48")}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || len(answer.GetTermShares()) != 1 {
		t.Error(diff)
	}
}

func TestListWithholdings_ShowsWhatACapKeeps(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.handOver("sub_1")
	ctx := servertest.Context(t)
	kept := commissionv1.WithholdingState_WITHHOLDING_STATE_KEPT
	answer, err := w.margins(cdw).ListWithholdings(ctx, &commissionv1.ListWithholdingsRequest{CaseId: "cas_1", State: kept})
	must(t, err)
	shares, err := w.margins(cdw).ListTermShares(ctx, &commissionv1.ListTermSharesRequest{})
	must(t, err)
	want := &commissionv1.Withholding{
		WithholdingId: answer.GetWithholdings()[0].GetWithholdingId(), CaseId: "cas_1", PartnerId: "cdw", SubscriptionId: "sub_1",
		SourceId: shares.GetTermShares()[0].GetTermShareId(), AgreedMargin: gbp("394.52"), CappedMargin: gbp("98.63"), Amount: gbp("295.89"),
		State: kept, Etag: "1", CreateTime: timestamppb.New(monday), UpdateTime: timestamppb.New(monday),
	}
	if diff := cmp.Diff(want, answer.GetWithholdings()[0], protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	for _, none := range []struct {
		caller  auth.Caller
		request *commissionv1.ListWithholdingsRequest
	}{
		{softcat, &commissionv1.ListWithholdingsRequest{}},
		{anna, &commissionv1.ListWithholdingsRequest{State: commissionv1.WithholdingState_WITHHOLDING_STATE_HELD}},
		{anna, &commissionv1.ListWithholdingsRequest{PartnerId: "softcat"}},
		{anna, &commissionv1.ListWithholdingsRequest{SubscriptionId: "sub_2"}},
	} {
		answer, err := w.margins(none.caller).ListWithholdings(ctx, none.request)
		must(t, err)
		if len(answer.GetWithholdings()) != 0 {
			t.Errorf("%s sees %v", none.caller, answer.GetWithholdings())
		}
	}
}

func TestListEvents_TellOfCapsSharesAndWithholdings(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.handOver("sub_1")
	ctx := servertest.Context(t)
	_, err := events.SequenceOnce(ctx, w.db.SystemPool())
	must(t, err)
	answer, err := commissionv1.NewEventServiceClient(w.As(billing)).ListEvents(ctx, &commissionv1.ListEventsRequest{After: 3})
	must(t, err)
	var kinds []string
	for _, e := range answer.GetEvents() {
		kinds = append(kinds, e.GetKind())
		switch {
		case strings.HasPrefix(e.GetKind(), "term_share.") && e.GetTermShare().GetTermShareId() != e.GetResourceId(),
			strings.HasPrefix(e.GetKind(), "withholding.") && e.GetWithholding().GetAmount().GetAmount() != "295.89",
			strings.HasPrefix(e.GetKind(), "relationship.") && e.GetRelationship().GetRelationshipId() != e.GetResourceId():
			t.Errorf("%v", e)
		}
	}
	want := []string{
		"relationship.locked", "relationship.ended", "relationship.locked", "term_share.divided", "term_share.divided", "withholding.recorded",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	r := answer.GetEvents()[2].GetRelationship()
	limit := &commissionv1.Cap{Bps: 500, UntilDate: "2027-03-02", CodeVersionId: "cod_1", AppealByDate: "2026-04-01"}
	if diff := cmp.Diff(limit, r.GetCap(), protocmp.Transform()); diff != "" || r.GetCaseId() != "cas_1" || r.GetTransferId() != "trf_1" || r.GetEffectiveBps() != 500 {
		t.Errorf("%s%v", diff, r)
	}
}

func TestPreviewTransferMargin_AnswersWithBothOutcomes(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	ctx := servertest.Context(t)
	request := &commissionv1.PreviewTransferMarginRequest{TransferId: "trf_asked", Net: gbp("24000.00"), Segment: customerv1.Segment_SEGMENT_ENTERPRISE}
	for _, c := range []auth.Caller{cdw, anna} {
		answer, err := w.margins(c).PreviewTransferMargin(ctx, request)
		must(t, err)
		m := answer.GetMargins()[0]
		if answer.GetSide() != partnerv1.Side_SIDE_CHALLENGER || m.GetEffectiveDate() != "2026-03-02" || m.GetIfClean().GetMargin().GetAmount() != "4800.00" ||
			m.GetIfPoached().GetMargin().GetAmount() != "1200.00" || m.GetIfPoached().GetCapBps() != 500 || m.GetKeptNet() != nil {
			t.Errorf("%s: %v", c, answer)
		}
	}
	for _, refused := range []struct {
		caller        auth.Caller
		change        func(*commissionv1.PreviewTransferMarginRequest)
		reason, field string
	}{
		{softcat, func(*commissionv1.PreviewTransferMarginRequest) {}, "NOT_FOUND", "transfer_id"},
		{cdw, func(r *commissionv1.PreviewTransferMarginRequest) { r.TransferId = "trf_none" }, "NOT_FOUND", "transfer_id"},
		{cdw, func(r *commissionv1.PreviewTransferMarginRequest) { r.Net = nil }, "REQUEST_INVALID", "net"},
		{cdw, func(r *commissionv1.PreviewTransferMarginRequest) { r.Net = gbp("-1.00") }, "AMOUNT_NEGATIVE", "net"},
		{cdw, func(r *commissionv1.PreviewTransferMarginRequest) { r.Segment = 0 }, "REQUEST_INVALID", "segment"},
		{billing, func(*commissionv1.PreviewTransferMarginRequest) {}, "PERMISSION_DENIED", ""},
	} {
		changed := &commissionv1.PreviewTransferMarginRequest{TransferId: request.TransferId, Net: request.Net, Segment: request.Segment}
		refused.change(changed)
		_, err := w.margins(refused.caller).PreviewTransferMargin(ctx, changed)
		wantReason(t, err, fault.Reason(refused.reason), refused.field)
	}
}
