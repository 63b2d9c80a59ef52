package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// BookSubmission drives a submission to its end.
type BookSubmission struct {
	SubmissionID string `json:"submission_id"`
}

// Kind names the job in the queue.
func (BookSubmission) Kind() string { return "book_submission" }

// RecordQuote tells customer of a quote.
type RecordQuote struct {
	QuoteID string `json:"quote_id"`
}

// Kind names the job in the queue.
func (RecordQuote) Kind() string { return "record_quote" }

// RecordOrder tells partner of a booked order.
type RecordOrder struct {
	SubmissionID string `json:"submission_id"`
}

// Kind names the job in the queue.
func (RecordOrder) Kind() string { return "record_order" }

// DivideTerms divides the terms of a subscription between old and new partner.
type DivideTerms struct {
	SubscriptionID string `json:"subscription_id"`
}

// Kind names the job in the queue.
func (DivideTerms) Kind() string { return "divide_terms" }

// Restate brings the ledger up to date with what has become of a source.
type Restate struct {
	SourceID string        `json:"source_id"`
	From     calendar.Date `json:"from"`
	Cause    string        `json:"cause"`
}

// Kind names the job in the queue.
func (Restate) Kind() string { return "restate" }

// Housekeeping is one of the jobs of the clock.
type Housekeeping struct {
	Task string `json:"task"`
}

// Kind names the job in the queue.
func (Housekeeping) Kind() string { return "housekeeping" }

// The tasks of the clock, and how often each is due.
const (
	sweep          = "sweep"
	reconcile      = "reconcile"
	renewMonthly   = "renew_monthly"
	refreshWindows = "refresh_windows"
	refreshCases   = "refresh_cases"
	handOver       = "hand_over"
	settleDue      = "settle_due"
	closeDue       = "close_due"
	sealLedger     = "seal_ledger"
	snapBalances   = "snapshot_balances"
	sweepPayouts   = "sweep_payouts"
	purgeKeys      = "purge_keys"
	snapshot       = "snapshot_forecast"
)

func periodic() []*river.PeriodicJob {
	var jobs []*river.PeriodicJob
	for _, due := range []struct {
		task  string
		every time.Duration
	}{
		{sweep, time.Minute},
		{reconcile, 15 * time.Minute},
		{renewMonthly, time.Hour},
		{refreshWindows, time.Hour},
		{refreshCases, time.Hour},
		{handOver, time.Minute},
		{settleDue, time.Minute},
		{closeDue, time.Hour},
		{sealLedger, time.Minute},
		{snapBalances, time.Hour},
		{sweepPayouts, time.Minute},
		{purgeKeys, time.Hour},
		{snapshot, time.Minute},
	} {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(due.every), func() (river.JobArgs, *river.InsertOpts) {
			// The next one comes by the clock, so that a failure need not be repeated.
			return Housekeeping{due.task}, &river.InsertOpts{MaxAttempts: 1}
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	return jobs
}

func (q *Queue) workers() *river.Workers {
	all := river.NewWorkers()
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[BookSubmission]) error {
		return q.app.BookSubmission(ctx, job.Args.SubmissionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[RecordQuote]) error {
		return q.app.RecordQuote(ctx, job.Args.QuoteID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[RecordOrder]) error {
		return q.app.RecordOrder(ctx, job.Args.SubmissionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[DivideTerms]) error {
		return q.app.DivideTerms(ctx, job.Args.SubscriptionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[Restate]) error {
		return q.app.Restate(ctx, app.Restatement{SourceID: job.Args.SourceID, From: job.Args.From, Cause: job.Args.Cause})
	}))
	river.AddWorker(all, &poster{queue: q})
	river.AddWorker(all, &housekeeper{queue: q})
	return all
}

// housekeeper works on the tasks of the clock, which may take longer than jobs
// that callers wait for.
type housekeeper struct {
	river.WorkerDefaults[Housekeeping]
	queue *Queue
}

// Timeout bounds a task. What is left over is found the next time.
func (*housekeeper) Timeout(*river.Job[Housekeeping]) time.Duration { return 10 * time.Minute }

// Work does the task and tells what there was to do.
func (h *housekeeper) Work(ctx context.Context, job *river.Job[Housekeeping]) error {
	done, err := h.queue.keepHouse(ctx, job.Args.Task)
	if done > 0 {
		h.queue.log.Info("housekeeping", zap.String("task", job.Args.Task), zap.Int64("done", done))
	}
	return err
}

// keepHouse does a task and returns how much there was to do.
func (q *Queue) keepHouse(ctx context.Context, task string) (done int64, err error) {
	n := 0
	switch task {
	case sweep:
		n, err = q.app.Sweep(ctx, app.JobKinds{Book: BookSubmission{}.Kind(), Record: RecordOrder{}.Kind()})
	case reconcile:
		n, err = q.app.Reconcile(ctx)
	case renewMonthly:
		n, err = q.app.RenewMonthly(ctx)
	case refreshCases:
		n, err = q.app.RefreshCases(ctx)
	case handOver:
		n, err = q.app.SweepHandovers(ctx, DivideTerms{}.Kind())
	case settleDue:
		n, err = q.app.SettleDue(ctx)
	case closeDue:
		n, err = q.app.CloseDue(ctx)
	case sealLedger:
		n, err = q.app.SealLedger(ctx)
	case snapBalances:
		n, err = q.app.SnapshotBalances(ctx)
	case sweepPayouts:
		n, err = q.app.SweepPayouts(ctx, PostPayouts{}.Kind())
	case snapshot:
		n, err = q.app.SnapshotForecast(ctx)
	case refreshWindows:
		return q.app.RefreshWindows(ctx)
	case purgeKeys:
		return q.app.PurgeKeys(ctx)
	}
	return int64(n), err
}
