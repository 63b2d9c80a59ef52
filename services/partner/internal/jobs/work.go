package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// DeliverConsent finds out what a transfer moves and asks the customer.
type DeliverConsent struct {
	TransferID string `json:"transfer_id"`
}

// Kind names the job in the queue.
func (DeliverConsent) Kind() string { return "deliver_consent" }

// CarryOut changes the contracts that a transfer moves.
type CarryOut struct {
	TransferID string `json:"transfer_id"`
}

// Kind names the job in the queue.
func (CarryOut) Kind() string { return "carry_out" }

// Housekeeping is one of the jobs of the clock.
type Housekeeping struct {
	Task string `json:"task"`
}

// Kind names the job in the queue.
func (Housekeeping) Kind() string { return "housekeeping" }

// The tasks of the clock, and how often each is due.
const (
	sweep               = "sweep"
	expireTransfers     = "expire_transfers"
	expireRegistrations = "expire_registrations"
)

func periodic() []*river.PeriodicJob {
	var jobs []*river.PeriodicJob
	for _, due := range []struct {
		task  string
		every time.Duration
	}{
		{sweep, time.Minute},
		{expireTransfers, 15 * time.Minute},
		{expireRegistrations, 15 * time.Minute},
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
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[DeliverConsent]) error {
		err := q.app.DeliverConsent(ctx, transfers.ID(job.Args.TransferID))
		if errors.Is(err, app.ErrNoSender) {
			return river.JobSnooze(queue.MaxPause) // nothing has failed: there is no way out yet
		}
		return err
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[CarryOut]) error {
		return q.app.CarryOut(ctx, transfers.ID(job.Args.TransferID))
	}))
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
		h.queue.log.Info("housekeeping", zap.String("task", job.Args.Task), zap.Int("done", done))
	}
	return err
}

// keepHouse does a task and returns how much there was to do.
func (q *Queue) keepHouse(ctx context.Context, task string) (done int, err error) {
	switch task {
	case sweep:
		return q.app.SweepTransfers(ctx, DeliverConsent{}.Kind(), CarryOut{}.Kind())
	case expireTransfers:
		return q.app.ExpireTransfers(ctx)
	case expireRegistrations:
		return q.app.ExpireRegistrations(ctx)
	}
	return 0, nil
}
