// Package jobs is the second door into app: clock and queue.
//
// Work that must happen is a job in the transaction that causes it, so that
// there is never one without the other. Jobs may run late, again and twice at
// once; what keeps that harmless is the application and the constraints of the
// database, not the queue. Jobs are retried for good, and the sweeper gives a
// job to whatever has lost its own. A job holds the id of its invitation and
// nothing else.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// Queue is the durable queue. It implements app.Jobs.
type Queue struct {
	client *queue.Client
	app    *app.App
	log    *zap.Logger
}

// NewQueue returns the queue in the database of pool, whose jobs a works on once
// Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{app: a, log: log}
	client, err := queue.New(pool, queue.Work{Workers: q.workers(), Periodic: periodic(), Log: log})
	if err != nil {
		return nil, err
	}
	q.client = client
	return q, nil
}

// Run works on jobs until ctx ends, and then waits for what is under way.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.client.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // who stops before it has started has not failed
		}
		return fmt.Errorf("start job queue: %w", err)
	}
	<-q.client.Stopped()
	return nil
}

// DeliverInvitation adds the job that asks somebody, after a while.
func (q *Queue) DeliverInvitation(ctx context.Context, tx pgx.Tx, id surveys.InvitationID, after time.Duration) error {
	job, opts := DeliverInvitation{InvitationID: string(id)}, &river.InsertOpts{}
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	if _, err := q.client.InsertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("add job %s: %w", job.Kind(), err)
	}
	return nil
}

// DeliverInvitation asks somebody how it was.
type DeliverInvitation struct {
	InvitationID string `json:"invitation_id"`
}

// Kind names the job in the queue.
func (DeliverInvitation) Kind() string { return "deliver_invitation" }

// SweepInvitations is the job of the clock that looks for invitations without
// a job.
type SweepInvitations struct{}

// Kind names the job in the queue.
func (SweepInvitations) Kind() string { return "sweep_invitations" }

func periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(time.Minute), func() (river.JobArgs, *river.InsertOpts) {
		// The next one comes by the clock, so that a failure need not be repeated.
		return SweepInvitations{}, &river.InsertOpts{MaxAttempts: 1}
	}, &river.PeriodicJobOpts{RunOnStart: true})}
}

func (q *Queue) workers() *river.Workers {
	all := river.NewWorkers()
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[DeliverInvitation]) error {
		wait, err := q.app.DeliverInvitation(ctx, surveys.InvitationID(job.Args.InvitationID))
		switch {
		case errors.Is(err, app.ErrNoSender):
			return river.JobSnooze(queue.MaxPause) // nothing has failed: there is no way out yet
		case err == nil && wait > 0:
			return river.JobSnooze(wait)
		}
		return err
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, _ *river.Job[SweepInvitations]) error {
		swept, err := q.app.SweepInvitations(ctx, DeliverInvitation{}.Kind())
		if swept > 0 {
			q.log.Info("invitations without a job got one", zap.Int("done", swept))
		}
		return err
	}))
	return all
}
