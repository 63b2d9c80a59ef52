package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *forecastService) CreateForecastSnapshot(ctx context.Context, _ *commissionv1.CreateForecastSnapshotRequest) (*commissionv1.ForecastSnapshot, error) {
	created, err := s.finance.CreateForecastSnapshot(ctx)
	return answer(snapshotProto, created, err)
}

func (s *forecastService) ListForecastSnapshots(ctx context.Context, r *commissionv1.ListForecastSnapshotsRequest) (*commissionv1.ListForecastSnapshotsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListForecastSnapshots(ctx, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last records.ForecastSnapshot) any { return last.ID })
	return &commissionv1.ListForecastSnapshotsResponse{Snapshots: each(found, snapshotProto), NextPageToken: next}, nil
}

func (s *forecastService) GetForecastSnapshot(ctx context.Context, r *commissionv1.GetForecastSnapshotRequest) (*commissionv1.ForecastSnapshot, error) {
	found, err := s.finance.GetForecastSnapshot(ctx, r.GetSnapshotId(), r.GetPartnerId())
	return answer(func(f finance.FrozenForecast) *commissionv1.ForecastSnapshot {
		proto := snapshotProto(f.ForecastSnapshot)
		proto.Totals = each(f.Forecast.Totals, sliceProto)
		return proto
	}, found, err)
}

// usualLargest is how many subscriptions a row names unless it is asked otherwise.
const usualLargest = 10

func (s *forecastService) CompareForecast(ctx context.Context, r *commissionv1.CompareForecastRequest) (*commissionv1.CompareForecastResponse, error) {
	q := finance.ForecastComparison{
		SnapshotID: r.GetSnapshotId(), AgainstID: r.GetAgainstSnapshotId(), Months: r.Months, PartnerID: r.GetPartnerId(),
		Currency: money.Currency(r.GetCurrencyCode()), Mode: modeOf(r.GetSettlementMode()), Largest: usualLargest,
	}
	if r.Largest != nil {
		q.Largest = int(r.GetLargest())
	}
	found, err := s.finance.CompareForecast(ctx, q)
	if err != nil {
		return nil, err
	}
	return &commissionv1.CompareForecastResponse{
		FromMonth: found.Range.From.String(), Months: int32(found.Range.Months), Drifts: each(found.Drifts, driftProto),
	}, nil
}

func snapshotProto(s records.ForecastSnapshot) *commissionv1.ForecastSnapshot {
	return &commissionv1.ForecastSnapshot{
		SnapshotId: s.ID, Month: s.Month.String(), Occasion: commissionv1.SnapshotOccasion(commissionv1.SnapshotOccasion_value["SNAPSHOT_OCCASION_"+string(s.Occasion)]),
		State:         commissionv1.SnapshotState(commissionv1.SnapshotState_value["SNAPSHOT_STATE_"+string(s.State)]),
		Probabilities: probabilitiesProto(s.Probabilities), SubscriptionCount: s.Subscriptions, Actor: s.Actor, CreateTime: instant(s.CreateTime), TakeTime: instant(s.TakeTime),
	}
}

func driftProto(d forecast.Drift) *commissionv1.ForecastDrift {
	show := func(minor int64) string { return money.Amount{Minor: minor, Currency: d.Currency}.Decimal() }
	parts := func(f forecast.DriftFigures) []*commissionv1.DriftPart {
		return each(f.Causes, func(c forecast.CauseFigure) *commissionv1.DriftPart {
			return &commissionv1.DriftPart{Cause: causeProto(c.Cause), Amount: show(c.Minor)}
		})
	}
	return &commissionv1.ForecastDrift{
		CurrencyCode: string(d.Currency), SettlementMode: modeProto(d.Mode), Before: show(d.Before), After: show(d.After), Parts: parts(d.DriftFigures),
		Months: each(d.Months, func(m forecast.MonthDrift) *commissionv1.ForecastDriftMonth {
			return &commissionv1.ForecastDriftMonth{Month: m.Month.String(), Before: show(m.Before), After: show(m.After), Parts: parts(m.DriftFigures)}
		}),
		Largest: each(d.Largest, func(s forecast.SubscriptionDrift) *commissionv1.SubscriptionDrift {
			return &commissionv1.SubscriptionDrift{SubscriptionId: s.SubscriptionID, PartnerId: s.PartnerID, Amount: show(s.Minor), Cause: causeProto(s.Cause)}
		}),
	}
}

func causeProto(c forecast.Cause) commissionv1.DriftCause {
	return commissionv1.DriftCause(commissionv1.DriftCause_value["DRIFT_CAUSE_"+string(c)])
}
