package jobs

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// tasks are what the service does by the clock.
func (q *Queue) tasks() []queue.Task {
	return []queue.Task{
		{Name: "sweep", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return q.app.Sweep(ctx, app.JobKinds{Book: BookSubmission{}.Kind(), Record: RecordOrder{}.Kind()})
		}},
		{Name: "reconcile", Every: 15 * time.Minute, Do: q.app.Reconcile},
		{Name: "renew_monthly", Every: time.Hour, Do: q.app.RenewMonthly},
		{Name: "refresh_windows", Every: time.Hour, Do: q.app.RefreshWindows},
		{Name: "refresh_cases", Every: time.Hour, Do: q.app.RefreshCases},
		{Name: "hand_over", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return q.app.SweepHandovers(ctx, DivideTerms{}.Kind())
		}},
		{Name: "settle_due", Every: time.Minute, Do: q.finance.SettleDue},
		{Name: "close_due", Every: time.Hour, Do: q.finance.CloseDue},
		{Name: "seal_ledger", Every: time.Minute, Do: q.finance.SealLedger},
		{Name: "snapshot_balances", Every: time.Hour, Do: q.finance.SnapshotBalances},
		{Name: "sweep_payouts", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return q.finance.SweepPayouts(ctx, PostPayouts{}.Kind())
		}},
		{Name: "snapshot_forecast", Every: time.Minute, Do: q.finance.SnapshotForecast},
	}
}
