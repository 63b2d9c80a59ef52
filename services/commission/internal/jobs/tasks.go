package jobs

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// tasks are what the service does by the clock.
func tasks(a *app.App) []queue.Task {
	return []queue.Task{
		{Name: "sweep", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return a.Sweep(ctx, app.JobKinds{Book: BookSubmission{}.Kind(), Record: RecordOrder{}.Kind()})
		}},
		{Name: "reconcile", Every: 15 * time.Minute, Do: a.Reconcile},
		{Name: "renew_monthly", Every: time.Hour, Do: a.RenewMonthly},
		{Name: "refresh_windows", Every: time.Hour, Do: a.RefreshWindows},
		{Name: "refresh_cases", Every: time.Hour, Do: a.RefreshCases},
		{Name: "hand_over", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return a.SweepHandovers(ctx, DivideTerms{}.Kind())
		}},
		{Name: "settle_due", Every: time.Minute, Do: a.SettleDue},
		{Name: "close_due", Every: time.Hour, Do: a.CloseDue},
		{Name: "seal_ledger", Every: time.Minute, Do: a.SealLedger},
		{Name: "snapshot_balances", Every: time.Hour, Do: a.SnapshotBalances},
		{Name: "sweep_payouts", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return a.SweepPayouts(ctx, PostPayouts{}.Kind())
		}},
		{Name: "snapshot_forecast", Every: time.Minute, Do: a.SnapshotForecast},
	}
}
