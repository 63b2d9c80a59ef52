package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type rateCardService struct {
	commissionv1.UnimplementedRateCardServiceServer
	app *app.App
}

func (s *rateCardService) CreateRateCard(ctx context.Context, r *commissionv1.CreateRateCardRequest) (*commissionv1.RateCard, error) {
	draft, err := draftOf(r.GetRateCard())
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateRateCard(ctx, draft)
	return answer(rateCardProto, created, err)
}

func (s *rateCardService) GetRateCard(ctx context.Context, r *commissionv1.GetRateCardRequest) (*commissionv1.RateCard, error) {
	found, err := s.app.GetRateCard(ctx, r.GetRateCardId())
	return answer(rateCardProto, found, err)
}

func (s *rateCardService) ListRateCards(ctx context.Context, r *commissionv1.ListRateCardsRequest) (*commissionv1.ListRateCardsResponse, error) {
	var after app.RateCardKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	inForceOn, err := date("in_force_on", r.GetInForceOn())
	if err != nil {
		return nil, err
	}
	if !inForceOn.IsZero() {
		found, err := s.app.RateCardInForce(ctx, inForceOn)
		return &commissionv1.ListRateCardsResponse{RateCards: each(found, rateCardProto)}, err
	}
	found, err := s.app.ListRateCards(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(v cards.Version) any { return app.RateCardKey{Effective: v.Effective, ID: v.ID} })
	return &commissionv1.ListRateCardsResponse{RateCards: each(found, rateCardProto), NextPageToken: next}, nil
}

func (s *rateCardService) SimulateRateCard(ctx context.Context, r *commissionv1.SimulateRateCardRequest) (*commissionv1.SimulateRateCardResponse, error) {
	rows, err := s.app.SimulateRateCard(ctx, r.GetRateCardId())
	if err != nil {
		return nil, err
	}
	return &commissionv1.SimulateRateCardResponse{Rows: each(rows, rowProto)}, nil
}

func (s *rateCardService) ProposeRateCard(ctx context.Context, r *commissionv1.ProposeRateCardRequest) (*commissionv1.RateCard, error) {
	proposed, err := s.app.ProposeRateCard(ctx, r.GetRateCardId(), r.GetEtag())
	return answer(rateCardProto, proposed, err)
}

func (s *rateCardService) ApproveRateCard(ctx context.Context, r *commissionv1.ApproveRateCardRequest) (*commissionv1.RateCard, error) {
	approved, err := s.app.ApproveRateCard(ctx, r.GetRateCardId(), r.GetEtag())
	return answer(rateCardProto, approved, err)
}

func draftOf(c *commissionv1.RateCard) (cards.Version, error) {
	effective, err := requiredDate("rate_card.effective_date", c.GetEffectiveDate())
	if err != nil {
		return cards.Version{}, err
	}
	draft := cards.Version{DisplayName: c.GetDisplayName(), Effective: effective}
	for _, rate := range c.GetRates() {
		draft.Rules = append(draft.Rules, margin.Rule{
			PartnerType: partnerTypeOf(rate.GetPartnerType()), Family: rate.GetFamilyId(), Segment: segmentOf(rate.GetSegment()),
			Rate: money.Bps(rate.GetMarginBps()),
		})
	}
	return draft, nil
}

func rateCardProto(v cards.Version) *commissionv1.RateCard {
	return &commissionv1.RateCard{
		RateCardId:    v.ID,
		DisplayName:   v.DisplayName,
		EffectiveDate: v.Effective.String(),
		State:         partnerv1.PolicyState(partnerv1.PolicyState_value["POLICY_STATE_"+string(v.State)]),
		Rates:         each(v.Rules, rateProto),
		Proposer:      v.Proposer,
		Approver:      v.Approver,
		Etag:          v.Revision.Etag(),
		CreateTime:    instant(v.CreateTime),
		ApproveTime:   instant(v.ApproveTime),
	}
}

func rateProto(r margin.Rule) *commissionv1.Rate {
	return &commissionv1.Rate{
		PartnerType: partnerTypeProto(r.PartnerType), FamilyId: r.Family, Segment: segmentProto(r.Segment), MarginBps: int32(r.Rate),
	}
}

func rowProto(r cards.Row) *commissionv1.SimulatedRow {
	row := &commissionv1.SimulatedRow{
		PartnerType: partnerTypeProto(r.PartnerType), FamilyId: r.Family, Segment: segmentProto(r.Segment), CurrencyCode: string(r.Currency),
		Relationships: r.Relationships, Net: r.Net.Decimal(), LockedMargin: r.Locked.Decimal(),
	}
	if r.Rate != nil {
		row.SimulatedBps, row.SimulatedMargin = int32(*r.Rate), r.Simulated.Decimal()
	}
	return row
}
