package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// freeze takes a snapshot by hand.
func (w *world) freeze() *commissionv1.ForecastSnapshot {
	w.t.Helper()
	snap, err := w.forecasts(fiona).CreateForecastSnapshot(servertest.Context(w.t), &commissionv1.CreateForecastSnapshotRequest{RequestId: requestID()})
	must(w.t, err)
	return snap
}

func TestForecastSnapshots_AreCreatedListedAndRead(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	snap := w.freeze()
	policy := &commissionv1.RenewalProbabilities{
		ScheduledBps: new(int32(9000)), OpenBps: new(int32(9000)), QuotedBps: new(int32(9300)), SubmittedBps: new(int32(9800)), GraceBps: new(int32(4000)), LapsedBps: new(int32(1000)),
	}
	want := &commissionv1.ForecastSnapshot{
		SnapshotId: snap.GetSnapshotId(), Month: "2026-03", Occasion: commissionv1.SnapshotOccasion_SNAPSHOT_OCCASION_BY_HAND,
		State: commissionv1.SnapshotState_SNAPSHOT_STATE_TAKEN, Probabilities: policy, SubscriptionCount: 1, Actor: fiona.String(),
		CreateTime: timestamppb.New(monday), TakeTime: timestamppb.New(monday),
	}
	if diff := cmp.Diff(want, snap, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	later := w.freeze()
	var ids []string
	request := &commissionv1.ListForecastSnapshotsRequest{PageSize: 1}
	for {
		answer, err := w.forecasts(bi).ListForecastSnapshots(servertest.Context(t), request)
		must(t, err)
		for _, s := range answer.GetSnapshots() {
			ids = append(ids, s.GetSnapshotId())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{later.GetSnapshotId(), snap.GetSnapshotId()}, ids); diff != "" {
		t.Error(diff)
	}
	read, err := w.forecasts(anna).GetForecastSnapshot(servertest.Context(t), &commissionv1.GetForecastSnapshotRequest{SnapshotId: snap.GetSnapshotId()})
	must(t, err)
	if len(read.GetTotals()) != 1 || read.GetTotals()[0].GetMonths()[0].GetExpected() != "4536.00" {
		t.Errorf("%v", read.GetTotals())
	}
	events, err := commissionv1.NewEventServiceClient(w.As(bi)).ListEvents(servertest.Context(t), &commissionv1.ListEventsRequest{PageSize: 1000})
	must(t, err)
	for _, e := range events.GetEvents() {
		if e.GetResourceId() == snap.GetSnapshotId() && cmp.Diff(want, e.GetForecastSnapshot(), protocmp.Transform()) != "" {
			t.Errorf("the feed tells of %v", e)
		}
	}
}

func TestCompareForecast_ExplainsTheDrift(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.due("sub_2", "agent", "GLOBAL", 1000)
	snap := w.freeze()
	_, err := w.db.SystemPool().Exec(servertest.Context(t), "UPDATE renewals SET decline_date = '2026-03-02' WHERE renewal_id = 'rnw_sub_1'")
	must(t, err)
	w.refresh()
	answer, err := w.forecasts(bi).CompareForecast(servertest.Context(t), &commissionv1.CompareForecastRequest{SnapshotId: snap.GetSnapshotId()})
	must(t, err)
	lost := []*commissionv1.DriftPart{{Cause: commissionv1.DriftCause_DRIFT_CAUSE_LOST, Amount: "-4536.00"}}
	resale := &commissionv1.ForecastDrift{
		CurrencyCode: "GBP", SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE, Before: "4536.00", After: "0.00", Parts: lost,
		Months:  []*commissionv1.ForecastDriftMonth{{Month: "2026-04", Before: "4536.00", After: "0.00", Parts: lost}},
		Largest: []*commissionv1.SubscriptionDrift{{SubscriptionId: "sub_1", PartnerId: "softcat", Amount: "-4536.00", Cause: commissionv1.DriftCause_DRIFT_CAUSE_LOST}},
	}
	agency := &commissionv1.ForecastDrift{
		CurrencyCode: "GBP", SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY, Before: "2268.00", After: "2268.00",
		Months: []*commissionv1.ForecastDriftMonth{{Month: "2026-04", Before: "2268.00", After: "2268.00"}},
	}
	want := &commissionv1.CompareForecastResponse{FromMonth: "2026-03", Months: 12, Drifts: []*commissionv1.ForecastDrift{agency, resale}}
	if diff := cmp.Diff(want, answer, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		request *commissionv1.CompareForecastRequest
		rows    int
	}{
		"a partner":       {&commissionv1.CompareForecastRequest{PartnerId: "softcat"}, 1},
		"a mode":          {&commissionv1.CompareForecastRequest{SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY}, 1},
		"a currency":      {&commissionv1.CompareForecastRequest{CurrencyCode: "USD"}, 0},
		"with itself":     {&commissionv1.CompareForecastRequest{AgainstSnapshotId: snap.GetSnapshotId()}, 2},
		"nobody by name":  {&commissionv1.CompareForecastRequest{Largest: new(int32(0))}, 2},
		"until next year": {&commissionv1.CompareForecastRequest{Months: new(int32(24))}, 2},
	} {
		c.request.SnapshotId = snap.GetSnapshotId()
		answer, err := w.forecasts(fiona).CompareForecast(servertest.Context(t), c.request)
		must(t, err)
		if len(answer.GetDrifts()) != c.rows {
			t.Errorf("%s: %v", name, answer.GetDrifts())
		}
	}
}

func TestForecastSnapshots_Refuse(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	snap := w.freeze().GetSnapshotId()
	_, err := w.db.SystemPool().Exec(servertest.Context(t), `
		INSERT INTO forecast_snapshots (snapshot_id, month, occasion, state, probabilities, actor, create_time)
		VALUES ('fcs_left', '2026-03-01', 'BY_HAND', 'REQUESTED', '{}', 'person:fiona', now())`)
	must(t, err)
	ctx, client := servertest.Context(t), w.forecasts(fiona)
	for _, c := range []struct {
		call   func() error
		reason fault.Reason
		field  string
	}{
		{func() error {
			_, err := client.CreateForecastSnapshot(ctx, &commissionv1.CreateForecastSnapshotRequest{})
			return err
		}, "IDEMPOTENCY_KEY_REQUIRED", "request_id"},
		{func() error {
			_, err := client.GetForecastSnapshot(ctx, &commissionv1.GetForecastSnapshotRequest{SnapshotId: "fcs_none"})
			return err
		}, "NOT_FOUND", ""},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: "fcs_none"}), "NOT_FOUND", ""},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: snap, AgainstSnapshotId: "fcs_none"}), "NOT_FOUND", "against_snapshot_id"},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: "fcs_left"}), "STATE_INVALID", ""},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: snap, AgainstSnapshotId: "fcs_left"}), "STATE_INVALID", "against_snapshot_id"},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: snap, Months: new(int32(0))}), "RANGE_EMPTY", "months"},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: snap, Months: new(int32(61))}), "HORIZON_TOO_LONG", "months"},
		{compare(t, client, &commissionv1.CompareForecastRequest{SnapshotId: snap, Largest: new(int32(101))}), "REQUEST_INVALID", "largest"},
		{compare(t, w.forecasts(forecaster), &commissionv1.CompareForecastRequest{SnapshotId: snap}), "PERMISSION_DENIED", ""},
		{func() error {
			_, err := w.forecasts(forecaster).ListForecastSnapshots(ctx, &commissionv1.ListForecastSnapshotsRequest{})
			return err
		}, "PERMISSION_DENIED", ""},
		{func() error {
			_, err := w.forecasts(anna).CreateForecastSnapshot(ctx, &commissionv1.CreateForecastSnapshotRequest{RequestId: requestID()})
			return err
		}, "PERMISSION_DENIED", ""},
	} {
		wantReason(t, c.call(), c.reason, c.field)
	}
}

func compare(t *testing.T, client commissionv1.ForecastServiceClient, r *commissionv1.CompareForecastRequest) func() error {
	return func() error {
		_, err := client.CompareForecast(servertest.Context(t), r)
		return err
	}
}
