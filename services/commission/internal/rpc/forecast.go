package rpc

import (
	"context"
	"slices"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type forecastService struct {
	commissionv1.UnimplementedForecastServiceServer
	finance *finance.App
}

func (s *forecastService) GetForecast(ctx context.Context, r *commissionv1.GetForecastRequest) (*commissionv1.GetForecastResponse, error) {
	question, err := forecastQuestion(r)
	if err != nil {
		return nil, err
	}
	var after *sliceKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.GetForecast(ctx, question)
	if err != nil {
		return nil, err
	}
	size = min(size, maxForecastMonths/found.Range.Months)
	shown, next := page.Cut(r, slicesAfter(found.Slices, after), size, func(last forecast.Slice) any { return keyOf(last) })
	return &commissionv1.GetForecastResponse{
		FromMonth: found.Range.From.String(), Months: int32(found.Range.Months), Slices: each(shown, sliceProto), Totals: each(found.Totals, sliceProto),
		Probabilities: appliedProbabilities(found), CountWithoutLock: found.WithoutLock, NextPageToken: next,
	}, nil
}

// maxForecastMonths bounds what a page of slices holds.
const maxForecastMonths = 24_000

func forecastQuestion(r *commissionv1.GetForecastRequest) (q finance.ForecastQuestion, err error) {
	if q.From, err = month("from_month", r.GetFromMonth()); err != nil {
		return q, err
	}
	q.Months, q.PartnerID = r.Months, r.GetPartnerId()
	q.ByHistory = r.GetBasis() == commissionv1.ProbabilityBasis_PROBABILITY_BASIS_HISTORY
	q.Given = givenProbabilities(r.GetProbabilities())
	q.Filter = finance.ForecastFilter{
		FamilyID: r.GetFamilyId(), Segment: segmentOf(r.GetSegment()), Currency: r.GetCurrencyCode(), Mode: string(modeOf(r.GetSettlementMode())),
		ByPartner: slices.Contains(r.GetGroupBy(), commissionv1.ForecastDimension_FORECAST_DIMENSION_PARTNER),
		ByFamily:  slices.Contains(r.GetGroupBy(), commissionv1.ForecastDimension_FORECAST_DIMENSION_FAMILY),
		BySegment: slices.Contains(r.GetGroupBy(), commissionv1.ForecastDimension_FORECAST_DIMENSION_SEGMENT),
	}
	return q, nil
}

// month reads a month, where the empty text is none.
func month(field, text string) (forecast.Month, error) {
	if text == "" {
		return 0, nil
	}
	m, err := forecast.ParseMonth(text)
	return m, fault.At(field, err)
}

func modeOf(m partnerv1.SettlementMode) margin.Mode {
	switch m {
	case partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE:
		return margin.Resale
	case partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY:
		return margin.Agency
	}
	return ""
}

func givenProbabilities(p *commissionv1.RenewalProbabilities) forecast.Given {
	bps := func(given *int32) *money.Bps { return (*money.Bps)(given) }
	if p == nil {
		return forecast.Given{}
	}
	return forecast.Given{
		Scheduled: bps(p.ScheduledBps), Open: bps(p.OpenBps), Quoted: bps(p.QuotedBps), Submitted: bps(p.SubmittedBps), Grace: bps(p.GraceBps), Lapsed: bps(p.LapsedBps),
	}
}

func probabilitiesProto(p forecast.Probabilities) *commissionv1.RenewalProbabilities {
	return &commissionv1.RenewalProbabilities{
		ScheduledBps: bpsProto(&p.Scheduled), OpenBps: bpsProto(&p.Open), QuotedBps: bpsProto(&p.Quoted), SubmittedBps: bpsProto(&p.Submitted),
		GraceBps: bpsProto(&p.Grace), LapsedBps: bpsProto(&p.Lapsed),
	}
}

// appliedProbabilities leaves out what is not the same for all.
func appliedProbabilities(found finance.ForecastAnswer) *commissionv1.RenewalProbabilities {
	proto := probabilitiesProto(found.Probabilities)
	if found.Several {
		proto.ScheduledBps, proto.OpenBps = bpsProto(found.Given.Scheduled), bpsProto(found.Given.Open)
	}
	return proto
}

// sliceKey is where a page of slices ended.
type sliceKey struct {
	Partner  string `json:"p,omitempty"`
	Family   string `json:"f,omitempty"`
	Segment  string `json:"s,omitempty"`
	Currency string `json:"c"`
	Mode     string `json:"m"`
}

func keyOf(s forecast.Slice) sliceKey {
	return sliceKey{s.Group.PartnerID, s.Group.FamilyID, s.Group.Segment, string(s.Currency), string(s.Mode)}
}

// slicesAfter returns the slices after a key, all for none.
func slicesAfter(all []forecast.Slice, after *sliceKey) []forecast.Slice {
	if after == nil {
		return all
	}
	last := forecast.Slice{
		Group: forecast.Group{PartnerID: after.Partner, FamilyID: after.Family, Segment: after.Segment}, Currency: money.Currency(after.Currency), Mode: margin.Mode(after.Mode),
	}
	at, _ := slices.BinarySearchFunc(all, last, func(s, last forecast.Slice) int {
		if forecast.CompareSlices(s, last) > 0 {
			return 1
		}
		return -1
	})
	return all[at:]
}

func sliceProto(s forecast.Slice) *commissionv1.ForecastSlice {
	show := func(minor int64) string { return money.Amount{Minor: minor, Currency: s.Currency}.Decimal() }
	proto := &commissionv1.ForecastSlice{
		PartnerId: s.Group.PartnerID, FamilyId: s.Group.FamilyID, Segment: segmentProto(s.Group.Segment),
		CurrencyCode: string(s.Currency), SettlementMode: modeProto(s.Mode),
		Committed: show(s.Total.Committed), Expected: show(s.Total.Expected), Upside: show(s.Total.Upside), StandardDeviation: show(s.Total.Deviation),
		Months: make([]*commissionv1.ForecastMonth, len(s.Months)),
	}
	for i, m := range s.Months {
		proto.Months[i] = &commissionv1.ForecastMonth{
			Month: m.Month.String(), Committed: show(m.Committed), Expected: show(m.Expected), Upside: show(m.Upside), StandardDeviation: show(m.Deviation),
		}
	}
	return proto
}
