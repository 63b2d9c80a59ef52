package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

// errKeyRequired refuses an item of a batch without a key of its own.
var errKeyRequired = fault.New("IDEMPOTENCY_KEY_REQUIRED", "request_id is empty; send a fresh UUID for each item").On("request_id")

func (s *renewalService) SubmitRenewal(ctx context.Context, r *commissionv1.SubmitRenewalRequest) (*commissionv1.Submission, error) {
	order, err := orderOf(r)
	if err != nil {
		return nil, err
	}
	submission, err := s.app.SubmitRenewal(ctx, order)
	return answer(submissionProto, submission, err)
}

func (s *renewalService) BatchSubmitRenewals(ctx context.Context, r *commissionv1.BatchSubmitRenewalsRequest) (*commissionv1.BatchSubmitRenewalsResponse, error) {
	results := make([]*commissionv1.BatchSubmitRenewalsResult, len(r.GetRequests()))
	var items []app.BatchItem
	var places []int
	for i, request := range r.GetRequests() {
		item, err := batchItem(ctx, request)
		if err != nil {
			results[i] = submissionResult(app.Outcome{Err: err})
			continue
		}
		items, places = append(items, item), append(places, i)
	}
	for n, outcome := range s.app.BatchSubmitRenewals(items) {
		results[places[n]] = submissionResult(outcome)
	}
	return &commissionv1.BatchSubmitRenewalsResponse{Results: results}, nil
}

// batchItem gives an item the key that it would have as a call of its own, so
// that either may repeat the other.
func batchItem(ctx context.Context, r *commissionv1.SubmitRenewalRequest) (app.BatchItem, error) {
	if err := checkItem(r); err != nil {
		return app.BatchItem{}, err
	}
	if r.GetRequestId() == "" {
		return app.BatchItem{}, errKeyRequired
	}
	caller, _ := auth.From(ctx)
	whole := idem.WithKey(ctx, idem.Key{Caller: caller.String(), Method: commissionv1.RenewalService_SubmitRenewal_FullMethodName})
	part, err := idem.WithPart(whole, r.GetRequestId(), r)
	if err != nil {
		return app.BatchItem{}, err
	}
	order, err := orderOf(r)
	return app.BatchItem{Ctx: part, Order: order}, err
}

func submissionResult(o app.Outcome) *commissionv1.BatchSubmitRenewalsResult {
	if o.Err != nil {
		return &commissionv1.BatchSubmitRenewalsResult{Result: &commissionv1.BatchSubmitRenewalsResult_Error{Error: itemError(o.Err)}}
	}
	return &commissionv1.BatchSubmitRenewalsResult{
		Result: &commissionv1.BatchSubmitRenewalsResult_Submission{Submission: submissionProto(o.Submission)},
	}
}

func (s *renewalService) GetSubmission(ctx context.Context, r *commissionv1.GetSubmissionRequest) (*commissionv1.Submission, error) {
	found, err := s.app.GetSubmission(ctx, r.GetSubmissionId())
	return answer(submissionProto, found, err)
}

func (s *renewalService) ListSubmissions(ctx context.Context, r *commissionv1.ListSubmissionsRequest) (*commissionv1.ListSubmissionsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListSubmissions(ctx, app.SubmissionFilter{
		RenewalID: r.GetRenewalId(), SubscriptionID: r.GetSubscriptionId(), Kind: submissionKindOf(r.GetKind()), State: submissionStateOf(r.GetState()),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last records.Submission) any { return last.ID })
	return &commissionv1.ListSubmissionsResponse{Submissions: each(found, submissionProto), NextPageToken: next}, nil
}

func orderOf(r *commissionv1.SubmitRenewalRequest) (app.Order, error) {
	wish, err := wishOf(r)
	return app.Order{
		Offer: app.Offer{
			RenewalID: r.GetRenewalId(), Wish: wish, QuoteID: r.GetQuoteId(), ExpectedFingerprint: r.GetExpectedFingerprint(),
		},
		PartnerReference: r.GetPartnerReference(), Etag: r.GetEtag(),
	}, err
}

// wished is what previews, quotes and submissions share.
type wished interface {
	GetTermMonths() int32
	GetCotermDate() string
	GetSeats() int64
	GetBilling() customerv1.Billing
}

func wishOf(r wished) (renewal.Wish, error) {
	end, err := date("coterm_date", r.GetCotermDate())
	return renewal.Wish{Months: int(r.GetTermMonths()), End: end, Seats: r.GetSeats(), Billing: billingOf(r.GetBilling())}, err
}

func submissionProto(s records.Submission) *commissionv1.Submission {
	p := &commissionv1.Submission{
		SubmissionId: s.ID, Kind: submissionKindProto(s.Kind), RenewalId: s.RenewalID, SubscriptionId: s.SubscriptionID, PartnerId: s.PartnerID,
		State: submissionStateProto(s.State), Rejection: rejectionProto(s.Rejection), TermStartDate: s.Term.Start.String(),
		TermEndDate: s.Term.End.String(), TermMonths: int32(s.Months), Seats: s.Seats, UnitPrice: moneyProto(s.UnitPrice),
		Billing: billingProto(s.Billing), Calculation: calculationProto(&s.Calculation), QuoteId: s.QuoteID, PartnerReference: s.PartnerReference,
		Etag: s.Revision.Etag(), CreateTime: instant(s.CreateTime), DecideTime: instant(s.DecideTime),
	}
	if o := s.Order; o != nil {
		p.CustomerId, p.Domain, p.ProductId, p.DealRegistrationId = o.CustomerID, o.Domain, o.ProductID, o.DealRegistrationID
	}
	return p
}

func rejectionProto(r *records.Rejection) *commissionv1.ItemError {
	if r == nil {
		return nil
	}
	return &commissionv1.ItemError{Reason: r.Reason, Field: r.Field, Message: r.Message}
}

func submissionKindOf(k commissionv1.SubmissionKind) records.Kind {
	switch k {
	case commissionv1.SubmissionKind_SUBMISSION_KIND_RENEWAL:
		return records.OfRenewal
	case commissionv1.SubmissionKind_SUBMISSION_KIND_ORDER:
		return records.OfOrder
	case commissionv1.SubmissionKind_SUBMISSION_KIND_SEAT_CHANGE:
		return records.OfSeatChange
	}
	return ""
}

// submissionKindProto takes a snapshot without a kind for what it was then: a
// renewal's.
func submissionKindProto(k records.Kind) commissionv1.SubmissionKind {
	if k == "" {
		k = records.OfRenewal
	}
	return commissionv1.SubmissionKind(commissionv1.SubmissionKind_value["SUBMISSION_KIND_"+string(k)])
}

func submissionStateOf(s commissionv1.SubmissionState) records.SubmissionState {
	switch s {
	case commissionv1.SubmissionState_SUBMISSION_STATE_SUBMITTED:
		return records.Submitted
	case commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED:
		return records.Booked
	case commissionv1.SubmissionState_SUBMISSION_STATE_REJECTED:
		return records.Rejected
	}
	return ""
}

func submissionStateProto(s records.SubmissionState) commissionv1.SubmissionState {
	return commissionv1.SubmissionState(commissionv1.SubmissionState_value["SUBMISSION_STATE_"+string(s)])
}

func billingProto(b margin.Billing) customerv1.Billing {
	return customerv1.Billing(customerv1.Billing_value["BILLING_"+string(b)])
}
