package finance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// freeze takes a snapshot by hand.
func (w *world) freeze() records.ForecastSnapshot {
	w.t.Helper()
	snap, err := w.Finance.CreateForecastSnapshot(keyed(fiona, fmt.Sprint("snapshot-", keys.Add(1)), ""))
	must(w.t, err)
	if snap.State != records.SnapshotTaken {
		w.t.Fatalf("%+v", snap)
	}
	return snap
}

func TestCreateForecastSnapshot_KeepsWhatWasForecast(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	snap := w.freeze()
	if snap.Month != march || snap.Occasion != records.ByHand || snap.Subscriptions != 1 || snap.Probabilities != forecast.Policy() || snap.Actor != fiona.String() || !snap.TakeTime.Equal(monday) {
		t.Errorf("%+v", snap)
	}
	before, err := w.Finance.GetForecast(as(fiona), finance.ForecastQuestion{Months: new(int32(60))})
	must(t, err)
	_, err = w.Submit(order(renewalID))
	must(t, err)
	w.refresh()
	frozen, err := w.Finance.GetForecastSnapshot(as(fiona), snap.ID, "")
	must(t, err)
	if diff := cmp.Diff(before.Forecast, frozen.Forecast); diff != "" {
		t.Errorf("the snapshot says something else than the forecast did:\n%s", diff)
	}
	for partner, want := range map[string]int{"softcat": 1, "cdw": 0} {
		frozen, err := w.Finance.GetForecastSnapshot(as(fiona), snap.ID, partner)
		must(t, err)
		if len(frozen.Forecast.Totals) != want {
			t.Errorf("of %s it says %+v", partner, frozen.Forecast.Totals)
		}
	}
	_, err = w.Finance.GetForecastSnapshot(as(fiona), "fcs_none", "")
	wantReason(t, err, "NOT_FOUND")
}

func TestCreateForecastSnapshot_OnceForEachKey(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	first, err := w.Finance.CreateForecastSnapshot(keyed(fiona, "again", ""))
	must(t, err)
	second, err := w.Finance.CreateForecastSnapshot(keyed(fiona, "again", ""))
	must(t, err)
	list, err := w.Finance.ListForecastSnapshots(as(fiona), "", 10)
	must(t, err)
	if diff := cmp.Diff([]records.ForecastSnapshot{first}, list); diff != "" || first != second {
		t.Errorf("%+v and %+v:\n%s", first, second, diff)
	}
	if got := w.Kinds(first.ID); len(got) != 1 || got[0] != "forecast_snapshot.taken" {
		t.Errorf("events %v", got)
	}
}

func TestSnapshotForecast_OnTheFirstOfEachMonth(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for _, c := range []struct {
		day  string
		want int
	}{
		{"2026-03-02", 0}, // the series begins with a first day
		{"2026-04-01", 1},
		{"2026-04-01", 0},
		{"2026-04-30", 0},
		{"2026-05-03", 1}, // two days late
		{"2026-05-04", 0},
		{"2026-07-01", 1},
	} {
		w.On(c.day)
		if got, err := w.Finance.SnapshotForecast(context.Background()); got != c.want || err != nil {
			t.Errorf("on %s: %d, %v; want %d", c.day, got, err, c.want)
		}
	}
	list, err := w.Finance.ListForecastSnapshots(as(fiona), "", 10)
	must(t, err)
	var got []string
	for _, s := range list {
		got = append(got, fmt.Sprint(s.Month, " ", s.Occasion, " ", s.State, " ", s.Actor))
	}
	want := []string{"2026-07 MONTHLY TAKEN service:commission", "2026-05 MONTHLY TAKEN service:commission", "2026-04 MONTHLY TAKEN service:commission"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSnapshotForecast_TakesWhatWasLeftOver(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	left := records.ForecastSnapshot{
		ID: "fcs_left", Month: march, Occasion: records.ByHand, State: records.SnapshotRequested, Probabilities: forecast.Policy(), Actor: "person:fiona", CreateTime: monday,
	}
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.AddForecastSnapshot(ctx, left)
		return err
	}))
	_, err := w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: left.ID})
	wantReason(t, err, "STATE_INVALID")
	if n, err := w.Finance.SnapshotForecast(context.Background()); n != 1 || err != nil {
		t.Errorf("took %d, %v", n, err)
	}
	_, err = w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: left.ID})
	must(t, err)
}

func TestSchema_KeepsSnapshotsAsTheyWere(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.freeze()
	owner, err := pgx.Connect(t.Context(), w.OwnerURL)
	must(t, err)
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	for _, sql := range []string{
		"UPDATE forecast_snapshots SET subscription_count = 0",
		"DELETE FROM forecast_snapshots",
		"UPDATE forecast_snapshot_parts SET earned_minors = '{}'",
		"DELETE FROM forecast_snapshot_parts",
		"INSERT INTO forecast_snapshot_parts SELECT (jsonb_populate_record(p, '{\"subscription_id\": \"sub_2\"}')).* FROM forecast_snapshot_parts p",
		"UPDATE forecast_snapshot_rollups SET minor = 0",
		"DELETE FROM forecast_snapshot_rollups",
		"INSERT INTO forecast_snapshot_rollups SELECT (jsonb_populate_record(r, '{\"partner_id\": \"cdw\"}')).* FROM forecast_snapshot_rollups r WHERE partner_id = ''",
	} {
		if _, err := owner.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "23001") {
			t.Errorf("%s: %v", sql, err)
		}
		if _, err := w.DB.SystemPool().Exec(t.Context(), sql); err == nil {
			t.Errorf("as the system role: %s", sql)
		}
	}
	for _, table := range []string{"forecast_contracts", "forecast_marks", "forecast_snapshots", "forecast_snapshot_parts", "forecast_snapshot_rollups"} {
		err := w.Store.InTx(as(softcat), func(tx *postgres.Store) error {
			_, err := tx.Tx().Exec(context.Background(), "SELECT FROM "+table)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("a partner reads %s: %v", table, err)
		}
	}
}

func TestCompareForecast_SaysWhatHasBecomeOfASnapshot(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	for _, id := range []string{subscription, "sub_2", "sub_3"} {
		w.Subscribe(id)
	}
	snap := w.freeze()
	o := order(renewalID)
	o.Wish.Seats = 250
	_, err := w.Submit(o)
	must(t, err)
	_, err = w.App.DeclineRenewal(keyed(softcat, "decline", ""), app.Notice{RenewalID: "rnw_2_20260401"})
	must(t, err)
	w.Transfer("trf_1", "sub_3", "cdw", due, poached("2027-04-01"))
	w.Subscribe("sub_4")
	w.Project()
	w.Hear()
	w.At(monday.AddDate(0, 0, 30))
	must(t, w.App.DivideTerms(t.Context(), "sub_3"))
	w.At(monday)
	later := w.freeze()
	for against, name := range map[string]string{"": "today", later.ID: "a later snapshot"} {
		found, err := w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: snap.ID, AgainstID: against, Largest: 1})
		must(t, err)
		want := "2026-03 of 12: GBP RESALE 13608.00 -> 11970.00: NEW_BUSINESS 4536.00, RENEWED 504.00, LOST -4536.00, SEATS 1260.00, PARTNER_CHANGED -3402.00; sub_2 LOST -4536.00"
		if got := toldOf(found); got != want {
			t.Errorf("against %s\n got %s\nwant %s", name, got, want)
		}
		own, err := w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: snap.ID, AgainstID: against, PartnerID: "cdw"})
		must(t, err)
		if got := toldOf(own); got != "2026-03 of 12: GBP RESALE 0.00 -> 1134.00: PARTNER_CHANGED 1134.00" {
			t.Errorf("cdw against %s: %s", name, got)
		}
	}
	_, err = w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: "fcs_none"})
	wantReason(t, err, "NOT_FOUND")
	_, err = w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: snap.ID, AgainstID: "fcs_none"})
	wantReason(t, err, "NOT_FOUND")
	_, err = w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: snap.ID, Months: new(int32(61))})
	wantReason(t, err, "HORIZON_TOO_LONG")
	_, err = w.Finance.CompareForecast(as(fiona), finance.ForecastComparison{SnapshotID: snap.ID, Months: new(int32(0))})
	wantReason(t, err, "RANGE_EMPTY")
}

// toldOf writes the rows of a comparison.
func toldOf(found finance.ForecastDrifts) string {
	var rows []string
	for _, d := range found.Drifts {
		show := func(minor int64) string { return money.Amount{Minor: minor, Currency: d.Currency}.Decimal() }
		var causes []string
		for _, c := range d.Causes {
			causes = append(causes, fmt.Sprint(c.Cause, " ", show(c.Minor)))
		}
		row := fmt.Sprintf("%s %s %s -> %s: %s", d.Currency, d.Mode, show(d.Before), show(d.After), strings.Join(causes, ", "))
		for _, s := range d.Largest {
			row += fmt.Sprintf("; %s %s %s", s.SubscriptionID, s.Cause, show(s.Minor))
		}
		rows = append(rows, row)
	}
	return fmt.Sprintf("%s of %d: %s", found.Range.From, found.Range.Months, strings.Join(rows, "\n"))
}
