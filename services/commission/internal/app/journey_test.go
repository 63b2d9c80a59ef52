package app_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// served is the world behind its contract.
type served struct {
	*world
	env *servertest.Env
}

func serve(t *testing.T) served {
	w := newWorld(t)
	w.Subscribe(subscription)
	return served{w, servertest.Start(t, func(to grpc.ServiceRegistrar) { rpc.Register(to, w.App, w.Finance) })}
}

func TestJourney_AResellerRenewsAndSeesItsMarginExplained(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	renewals := commissionv1.NewRenewalServiceClient(s.env.As(softcat))

	list, err := renewals.ListRenewals(ctx, &commissionv1.ListRenewalsRequest{States: []commissionv1.RenewalState{commissionv1.RenewalState_RENEWAL_STATE_OPEN}})
	must(t, err)
	if len(list.GetRenewals()) != 1 || list.GetRenewals()[0].GetRenewalMargin().GetAmount() != "5040.00" || list.GetRenewals()[0].GetEffectiveBps() != 2000 {
		t.Fatalf("list: %v", list)
	}
	sums, err := renewals.SummarizeRenewals(ctx, &commissionv1.SummarizeRenewalsRequest{})
	must(t, err)
	if sums.GetTotalCount() != 1 || sums.GetSummaries()[0].GetRenewalNet().GetAmount() != "25200.00" {
		t.Errorf("sums: %v", sums)
	}
	preview, err := renewals.PreviewRenewal(ctx, &commissionv1.PreviewRenewalRequest{RenewalId: renewalID})
	must(t, err)
	if len(preview.GetCalculation().GetSteps()) == 0 || preview.GetCalculation().GetCalculationId() != "" {
		t.Errorf("preview: %v", preview)
	}
	request := &commissionv1.SubmitRenewalRequest{
		RenewalId: renewalID, ExpectedFingerprint: preview.GetCalculation().GetFingerprint(), Etag: preview.GetRenewal().GetEtag(),
		PartnerReference: "PO 17", RequestId: "5f3b",
	}
	booked, err := renewals.SubmitRenewal(ctx, request)
	must(t, err)
	if booked.GetState() != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED || booked.GetCalculation().GetMargin().GetAmount() != "5040.00" {
		t.Errorf("booked: %v", booked)
	}
	var header metadata.MD
	again, err := renewals.SubmitRenewal(ctx, request, grpc.Header(&header))
	must(t, err)
	if again.GetSubmissionId() != booked.GetSubmissionId() || len(header.Get(idem.ReplayedHeader)) != 1 {
		t.Errorf("replay: %s with header %v", again.GetSubmissionId(), header)
	}
	found, err := renewals.ListSubmissions(ctx, &commissionv1.ListSubmissionsRequest{RenewalId: renewalID})
	must(t, err)
	if len(found.GetSubmissions()) != 1 || found.GetSubmissions()[0].GetPartnerReference() != "PO 17" {
		t.Errorf("submissions: %v", found)
	}
}

func TestJourney_ASubmissionIsToldToOtherServices(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	quotes := commissionv1.NewQuoteServiceClient(s.env.As(softcat))
	q, err := quotes.CreateQuote(ctx, &commissionv1.CreateQuoteRequest{RenewalId: renewalID, RequestId: "quote"})
	must(t, err)
	_, err = commissionv1.NewRenewalServiceClient(s.env.As(softcat)).SubmitRenewal(ctx,
		&commissionv1.SubmitRenewalRequest{RenewalId: renewalID, QuoteId: q.GetQuoteId(), RequestId: "submit"})
	must(t, err)
	_, err = events.SequenceOnce(ctx, s.DB.SystemPool())
	must(t, err)
	feed, err := commissionv1.NewEventServiceClient(s.env.As(servertest.Service("bi"))).ListEvents(ctx, &commissionv1.ListEventsRequest{})
	must(t, err)
	var kinds []string
	for _, e := range feed.GetEvents() {
		kinds = append(kinds, e.GetKind())
		if e.GetActor() != "partner:softcat" || e.GetQuote() == nil && e.GetSubmission().GetCalculation().GetMargin().GetAmount() != "5040.00" {
			t.Errorf("event %v", e)
		}
	}
	want := []string{"quote.created", "submission.submitted", "quote.accepted", "submission.booked"}
	if len(kinds) != len(want) {
		t.Errorf("feed %v; want %v", kinds, want)
	}
}

func TestBatchSubmitRenewals_HoldsEachItemAgainstTheContract(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	renewals := commissionv1.NewRenewalServiceClient(s.env.As(softcat))
	request := &commissionv1.SubmitRenewalRequest{RenewalId: renewalID, RequestId: "good"}
	batch, err := renewals.BatchSubmitRenewals(ctx, &commissionv1.BatchSubmitRenewalsRequest{Requests: []*commissionv1.SubmitRenewalRequest{
		{RenewalId: renewalID, TermMonths: 18, RequestId: "length"}, {RenewalId: renewalID}, request, {RenewalId: "rnw_none_20260401", RequestId: "none"},
	}})
	must(t, err)
	for i, want := range []string{"TERM_UNSUPPORTED", "IDEMPOTENCY_KEY_REQUIRED", "", "NOT_FOUND"} {
		if got := batch.GetResults()[i].GetError().GetReason(); got != want {
			t.Errorf("item %d: %v; want %q", i, batch.GetResults()[i], want)
		}
	}
	alone, err := renewals.SubmitRenewal(ctx, request)
	must(t, err)
	if alone.GetSubmissionId() != batch.GetResults()[2].GetSubmission().GetSubmissionId() {
		t.Error("the same key alone and in a batch makes two submissions")
	}
}

func TestListRenewals_RefusesWhatItCantAnswer(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	renewals := commissionv1.NewRenewalServiceClient(s.env.As(anna))
	for _, c := range []struct {
		request *commissionv1.ListRenewalsRequest
		reason  string
	}{
		{&commissionv1.ListRenewalsRequest{DueFrom: "2026-02-30"}, "DATE_INVALID"},
		{&commissionv1.ListRenewalsRequest{DueFrom: due, DueBefore: due}, "RANGE_EMPTY"},
		{&commissionv1.ListRenewalsRequest{OrderBy: "partner"}, "REQUEST_INVALID"},
		{&commissionv1.ListRenewalsRequest{OrderBy: "renewal_net desc"}, "REQUEST_INVALID"},
		{&commissionv1.ListRenewalsRequest{PageSize: -1}, "PAGE_SIZE_INVALID"},
		{&commissionv1.ListRenewalsRequest{PageToken: "x"}, "PAGE_TOKEN_INVALID"},
	} {
		_, err := renewals.ListRenewals(ctx, c.request)
		wantReason(t, err, fault.Reason(c.reason))
	}
}
