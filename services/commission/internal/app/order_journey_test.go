package app_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func harbourProto() *commissionv1.Order {
	return &commissionv1.Order{
		Domain: "Harbour.Example.", ProductId: "email-security-plus", Seats: 200, CurrencyCode: "GBP", TermMonths: 36, DealRegistrationId: "dre_1",
		Customer: &commissionv1.OrderCustomer{
			DisplayName: "Harbour Legal", Segment: customerv1.Segment_SEGMENT_ENTERPRISE, Sector: customerv1.Sector_SECTOR_LEGAL, CountryCode: "GB", TimeZone: "Europe/London",
		},
	}
}

func TestJourney_AResellerOrdersAndIsRewarded(t *testing.T) {
	s := serve(t)
	s.Cards(2000, 1000)
	ctx := servertest.Context(t)
	orders, submissions := commissionv1.NewOrderServiceClient(s.env.As(hunter)), commissionv1.NewRenewalServiceClient(s.env.As(hunter))
	preview, err := orders.PreviewOrder(ctx, &commissionv1.PreviewOrderRequest{Order: harbourProto()})
	must(t, err)
	if preview.GetVerdict() == nil || preview.GetIfPoached() != nil || preview.GetCalculation().GetReward().GetAmount().GetAmount() != "2400.00" {
		t.Errorf("preview: %v", preview)
	}
	request := &commissionv1.SubmitOrderRequest{
		Order: harbourProto(), ExpectedFingerprint: preview.GetCalculation().GetFingerprint(), PartnerReference: "PO 19", RequestId: "order",
	}
	booked, err := orders.SubmitOrder(ctx, request)
	must(t, err)
	c := booked.GetCalculation()
	if booked.GetState() != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED || booked.GetKind() != commissionv1.SubmissionKind_SUBMISSION_KIND_ORDER ||
		booked.GetRenewalId() != "" || booked.GetCustomerId() != "cus_new1" || booked.GetDomain() != "harbour.example" ||
		booked.GetProductId() != "email-security-plus" || booked.GetDealRegistrationId() != "dre_1" || booked.GetPartnerReference() != "PO 19" {
		t.Errorf("booked: %v", booked)
	}
	if c.GetMargin().GetAmount() != "14400.00" || c.GetReward().GetBase().GetAmount() != "24000.00" || c.GetReward().GetBps() != 1000 ||
		c.GetInstalments()[0].GetReward().GetAmount() != "2400.00" || c.GetSubscriptionId() != booked.GetSubscriptionId() || c.GetRelationshipId() == "" {
		t.Errorf("calculation: %v", c)
	}
	if c.GetLines()[0].GetKind() != commissionv1.LineKind_LINE_KIND_NEW {
		t.Errorf("lines: %v", c.GetLines())
	}
	var header metadata.MD
	again, err := orders.SubmitOrder(ctx, request, grpc.Header(&header))
	must(t, err)
	if again.GetSubmissionId() != booked.GetSubmissionId() || len(header.Get(idem.ReplayedHeader)) != 1 {
		t.Errorf("replay: %s with header %v", again.GetSubmissionId(), header)
	}
	list, err := submissions.ListSubmissions(ctx, &commissionv1.ListSubmissionsRequest{Kind: commissionv1.SubmissionKind_SUBMISSION_KIND_ORDER, SubscriptionId: booked.GetSubscriptionId()})
	must(t, err)
	if len(list.GetSubmissions()) != 1 || list.GetSubmissions()[0].GetSubmissionId() != booked.GetSubmissionId() {
		t.Errorf("list: %v", list)
	}
}

func TestJourney_AResellerAddsSeats(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	orders := commissionv1.NewOrderServiceClient(s.env.As(hunter))
	preview, err := orders.PreviewSeatChange(ctx, &commissionv1.PreviewSeatChangeRequest{SubscriptionId: subscription, Seats: 250, EffectiveDate: "2026-03-02"})
	must(t, err)
	booked, err := orders.SubmitSeatChange(ctx, &commissionv1.SubmitSeatChangeRequest{
		SubscriptionId: subscription, Seats: 250, ExpectedFingerprint: preview.GetCalculation().GetFingerprint(), RequestId: "seats",
	})
	must(t, err)
	if booked.GetKind() != commissionv1.SubmissionKind_SUBMISSION_KIND_SEAT_CHANGE || booked.GetSeats() != 250 || booked.GetTermMonths() != 0 ||
		booked.GetTermStartDate() != today || booked.GetTermEndDate() != due || booked.GetCalculation().GetMargin().GetAmount() != "98.63" {
		t.Errorf("booked: %v", booked)
	}
	_, err = events.SequenceOnce(ctx, s.DB.SystemPool())
	must(t, err)
	feed, err := commissionv1.NewEventServiceClient(s.env.As(servertest.Service("bi"))).ListEvents(ctx, &commissionv1.ListEventsRequest{})
	must(t, err)
	for i, kind := range []string{"submission.submitted", "submission.booked"} {
		if e := feed.GetEvents()[i]; e.GetKind() != kind || e.GetSubmission().GetKind() != commissionv1.SubmissionKind_SUBMISSION_KIND_SEAT_CHANGE {
			t.Errorf("event %d: %v", i, e)
		}
	}
}

func TestJourney_AResellerRenewsToACommonEnd(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	quotes, renewals := commissionv1.NewQuoteServiceClient(s.env.As(hunter)), commissionv1.NewRenewalServiceClient(s.env.As(hunter))
	preview, err := renewals.PreviewRenewal(ctx, &commissionv1.PreviewRenewalRequest{RenewalId: renewalID, CotermDate: "2026-07-01"})
	must(t, err)
	quote, err := quotes.CreateQuote(ctx, &commissionv1.CreateQuoteRequest{RenewalId: renewalID, CotermDate: "2026-07-01", RequestId: "quote"})
	must(t, err)
	if quote.GetTermMonths() != 0 || quote.GetCalculation().GetFingerprint() != preview.GetCalculation().GetFingerprint() {
		t.Errorf("quote: %v", quote)
	}
	booked, err := renewals.SubmitRenewal(ctx, &commissionv1.SubmitRenewalRequest{RenewalId: renewalID, CotermDate: "2026-07-01", QuoteId: quote.GetQuoteId(), RequestId: "submit"})
	must(t, err)
	if booked.GetTermMonths() != 0 || booked.GetTermEndDate() != "2026-07-01" || booked.GetKind() != commissionv1.SubmissionKind_SUBMISSION_KIND_RENEWAL {
		t.Errorf("booked: %v", booked)
	}
}

func TestOrderService_RefusesWhatTheContractDoesNotAllow(t *testing.T) {
	s := serve(t)
	ctx := servertest.Context(t)
	orders := commissionv1.NewOrderServiceClient(s.env.As(hunter))
	for reason, change := range map[fault.Reason]func(*commissionv1.Order){
		"TERM_UNSUPPORTED":     func(o *commissionv1.Order) { o.TermMonths = 18 },
		"SEATS_NOT_POSITIVE":   func(o *commissionv1.Order) { o.Seats = 0 },
		"CURRENCY_UNSUPPORTED": func(o *commissionv1.Order) { o.CurrencyCode = "XAU" },
		"DATE_INVALID":         func(o *commissionv1.Order) { o.CotermDate = "2026-02-30" },
	} {
		o := harbourProto()
		change(o)
		_, err := orders.PreviewOrder(ctx, &commissionv1.PreviewOrderRequest{Order: o})
		wantReason(t, err, reason)
	}
	_, err := orders.SubmitSeatChange(ctx, &commissionv1.SubmitSeatChangeRequest{SubscriptionId: subscription, Seats: 250})
	wantReason(t, err, "IDEMPOTENCY_KEY_REQUIRED")
	_, err = commissionv1.NewOrderServiceClient(s.env.As(softcat)).PreviewOrder(ctx, &commissionv1.PreviewOrderRequest{Order: harbourProto()})
	wantReason(t, err, "SCOPE_MISSING")
}
