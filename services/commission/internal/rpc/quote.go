package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type quoteService struct {
	commissionv1.UnimplementedQuoteServiceServer
	app *app.App
}

func (s *quoteService) CreateQuote(ctx context.Context, r *commissionv1.CreateQuoteRequest) (*commissionv1.Quote, error) {
	until, err := date("valid_until_date", r.GetValidUntilDate())
	if err != nil {
		return nil, err
	}
	wish, err := wishOf(r)
	if err != nil {
		return nil, err
	}
	quote, err := s.app.CreateQuote(ctx, app.NewQuote{RenewalID: r.GetRenewalId(), Wish: wish, ValidUntil: until})
	return answer(quoteProto, quote, err)
}

func (s *quoteService) GetQuote(ctx context.Context, r *commissionv1.GetQuoteRequest) (*commissionv1.Quote, error) {
	found, err := s.app.GetQuote(ctx, r.GetQuoteId())
	return answer(quoteProto, found, err)
}

func (s *quoteService) ListQuotes(ctx context.Context, r *commissionv1.ListQuotesRequest) (*commissionv1.ListQuotesResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListQuotes(ctx, app.QuoteFilter{RenewalID: r.GetRenewalId(), State: quoteStateOf(r.GetState())}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last records.Quote) any { return last.ID })
	return &commissionv1.ListQuotesResponse{Quotes: each(found, quoteProto), NextPageToken: next}, nil
}

func (s *quoteService) WithdrawQuote(ctx context.Context, r *commissionv1.WithdrawQuoteRequest) (*commissionv1.Quote, error) {
	withdrawn, err := s.app.WithdrawQuote(ctx, r.GetQuoteId(), r.GetEtag())
	return answer(quoteProto, withdrawn, err)
}

func quoteProto(q records.Quote) *commissionv1.Quote {
	return &commissionv1.Quote{
		QuoteId: q.ID, RenewalId: q.RenewalID, SubscriptionId: q.SubscriptionID, PartnerId: q.PartnerID, State: quoteStateProto(q.State),
		ValidUntilDate: q.ValidUntil.String(), TermMonths: int32(q.Months), Seats: q.Seats, Billing: billingProto(q.Billing),
		Calculation: calculationProto(&q.Calculation), FxSetId: q.FxSetID, Etag: q.Revision.Etag(), CreateTime: instant(q.CreateTime),
	}
}

func quoteStateOf(s commissionv1.QuoteState) renewal.QuoteState {
	switch s {
	case commissionv1.QuoteState_QUOTE_STATE_OPEN:
		return renewal.QuoteOpen
	case commissionv1.QuoteState_QUOTE_STATE_ACCEPTED:
		return renewal.QuoteAccepted
	case commissionv1.QuoteState_QUOTE_STATE_EXPIRED:
		return renewal.QuoteExpired
	case commissionv1.QuoteState_QUOTE_STATE_WITHDRAWN:
		return renewal.QuoteWithdrawn
	}
	return ""
}

func quoteStateProto(s renewal.QuoteState) commissionv1.QuoteState {
	return commissionv1.QuoteState(commissionv1.QuoteState_value["QUOTE_STATE_"+string(s)])
}
