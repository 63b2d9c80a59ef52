package rpc

import (
	"context"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

// Refusals of what a query for renewals asks.
var (
	errRequestInvalid = fault.New("REQUEST_INVALID", "the request does not have the shape that the contract asks for")
	errRangeEmpty     = fault.New("RANGE_EMPTY", "the range of due dates has no day")
)

type renewalService struct {
	commissionv1.UnimplementedRenewalServiceServer
	app *app.App
}

func (s *renewalService) ListRenewals(ctx context.Context, r *commissionv1.ListRenewalsRequest) (*commissionv1.ListRenewalsResponse, error) {
	filter, err := renewalFilter(r)
	if err != nil {
		return nil, err
	}
	filter.Currency = r.GetCurrencyCode()
	order, err := renewalOrder(r)
	if err != nil {
		return nil, err
	}
	var after *app.RenewalKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListRenewals(ctx, filter, order, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last records.Renewal) any {
		if order == app.ByValue {
			return app.RenewalKey{NetMinor: last.RenewalNet.Minor, ID: last.ID}
		}
		return app.RenewalKey{Due: last.Due, ID: last.ID}
	})
	return &commissionv1.ListRenewalsResponse{Renewals: each(found, renewalProto), NextPageToken: next}, nil
}

func (s *renewalService) SummarizeRenewals(ctx context.Context, r *commissionv1.SummarizeRenewalsRequest) (*commissionv1.SummarizeRenewalsResponse, error) {
	filter, err := renewalFilter(r)
	if err != nil {
		return nil, err
	}
	sums, err := s.app.SummarizeRenewals(ctx, filter)
	if err != nil {
		return nil, err
	}
	response := &commissionv1.SummarizeRenewalsResponse{Summaries: each(sums, summaryProto)}
	for _, sum := range sums {
		response.TotalCount += sum.Count
	}
	return response, nil
}

func (s *renewalService) GetRenewal(ctx context.Context, r *commissionv1.GetRenewalRequest) (*commissionv1.Renewal, error) {
	found, err := s.app.GetRenewal(ctx, r.GetRenewalId())
	return answer(renewalProto, found, err)
}

func (s *renewalService) PreviewRenewal(ctx context.Context, r *commissionv1.PreviewRenewalRequest) (*commissionv1.PreviewRenewalResponse, error) {
	wish, err := wishOf(r)
	if err != nil {
		return nil, err
	}
	preview, err := s.app.PreviewRenewal(ctx, app.Offer{RenewalID: r.GetRenewalId(), Wish: wish, QuoteID: r.GetQuoteId()})
	return answer(func(p app.Preview) *commissionv1.PreviewRenewalResponse {
		return &commissionv1.PreviewRenewalResponse{Renewal: renewalProto(p.Renewal), Calculation: calculationProto(&p.Calculation)}
	}, preview, err)
}

func (s *renewalService) DeclineRenewal(ctx context.Context, r *commissionv1.DeclineRenewalRequest) (*commissionv1.Renewal, error) {
	declined, err := s.app.DeclineRenewal(ctx, app.Notice{RenewalID: r.GetRenewalId(), Note: r.GetNote(), Etag: r.GetEtag()})
	return answer(renewalProto, declined, err)
}

func (s *renewalService) UndoDecline(ctx context.Context, r *commissionv1.UndoDeclineRequest) (*commissionv1.Renewal, error) {
	undone, err := s.app.UndoDecline(ctx, app.Notice{RenewalID: r.GetRenewalId(), Etag: r.GetEtag()})
	return answer(renewalProto, undone, err)
}

func (s *renewalService) ApproveLateRenewal(ctx context.Context, r *commissionv1.ApproveLateRenewalRequest) (*commissionv1.Renewal, error) {
	approved, err := s.app.ApproveLateRenewal(ctx, app.Notice{RenewalID: r.GetRenewalId(), Note: r.GetNote(), Etag: r.GetEtag()})
	return answer(renewalProto, approved, err)
}

// renewalQuery is what the list and the summary share.
type renewalQuery interface {
	GetCustomerId() string
	GetPartnerId() string
	GetFamilyId() string
	GetSegment() customerv1.Segment
	GetDueFrom() string
	GetDueBefore() string
	GetStates() []commissionv1.RenewalState
}

func renewalFilter(q renewalQuery) (f app.RenewalFilter, err error) {
	if f.DueFrom, err = date("due_from", q.GetDueFrom()); err != nil {
		return f, err
	}
	if f.DueBefore, err = date("due_before", q.GetDueBefore()); err != nil {
		return f, err
	}
	if !f.DueFrom.IsZero() && !f.DueBefore.IsZero() && !f.DueFrom.Before(f.DueBefore) {
		return f, errRangeEmpty.Because("due_before must be later than due_from", "due_from", f.DueFrom.String(), "due_before", f.DueBefore.String()).On("due_before")
	}
	for _, state := range q.GetStates() {
		if state != commissionv1.RenewalState_RENEWAL_STATE_UNSPECIFIED {
			f.States = append(f.States, strings.TrimPrefix(state.String(), "RENEWAL_STATE_"))
		}
	}
	f.CustomerID, f.PartnerID, f.FamilyID, f.Segment = q.GetCustomerId(), q.GetPartnerId(), q.GetFamilyId(), segmentOf(q.GetSegment())
	return f, nil
}

func renewalOrder(r *commissionv1.ListRenewalsRequest) (app.RenewalOrder, error) {
	switch r.GetOrderBy() {
	case "", "due_date":
		return app.ByDueDate, nil
	case "renewal_net desc":
		if r.GetCurrencyCode() == "" {
			return 0, errRequestInvalid.Because("amounts are ordered within one currency; name it in currency_code").On("currency_code")
		}
		return app.ByValue, nil
	}
	return 0, errRequestInvalid.Because(`order_by must be "due_date" or "renewal_net desc"`).On("order_by")
}

func renewalProto(r records.Renewal) *commissionv1.Renewal {
	return &commissionv1.Renewal{
		RenewalId: r.ID, SubscriptionId: r.SubscriptionID, CustomerId: r.CustomerID, CustomerName: r.CustomerName, Segment: segmentProto(r.Segment),
		CountryCode: r.CountryCode, ProductId: r.ProductID, FamilyId: r.FamilyID, PartnerId: r.PartnerID, State: renewalStateProto(r.State),
		DueDate: r.Due.String(), OpenDate: r.Opens.String(), LapseDate: r.Lapses.String(), ExpireDate: r.Expires.String(),
		Seats: r.Seats, UnitPrice: moneyProto(r.UnitPrice), TermMonths: int32(r.Months), CurrentNet: moneyProto(r.CurrentNet),
		RenewalNet: moneyProto(r.RenewalNet), EffectiveBps: bpsProto(r.Effective), RenewalMargin: moneyProto(r.Margin), SettlementMode: modeProto(r.Mode),
		SubmissionId: r.SubmissionID, QuoteId: r.QuoteID, DeclineDate: r.DeclinedOn.String(), LateApproved: r.LateApprover != "",
		TimeZone: r.TimeZone, Etag: r.Etag(),
	}
}

func renewalStateProto(s renewal.State) commissionv1.RenewalState {
	return commissionv1.RenewalState(commissionv1.RenewalState_value["RENEWAL_STATE_"+string(s)])
}

func summaryProto(s records.RenewalSums) *commissionv1.RenewalSummary {
	return &commissionv1.RenewalSummary{
		State: renewalStateProto(s.State), CurrencyCode: string(s.Net.Currency), Count: s.Count, RenewalNet: moneyProto(s.Net),
		RenewalMargin: moneyProto(s.Margin), CountWithoutLock: s.WithoutLock,
	}
}
