package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

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

// tasks are what the service does by the clock.
func tasks(a *app.App) []queue.Task {
	return []queue.Task{
		{Name: "sweep", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return a.SweepTransfers(ctx, DeliverConsent{}.Kind(), CarryOut{}.Kind())
		}},
		{Name: "expire_transfers", Every: 15 * time.Minute, Do: a.ExpireTransfers},
		{Name: "expire_registrations", Every: 15 * time.Minute, Do: a.ExpireRegistrations},
	}
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
	return all
}
