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
	*queue.Queue
	app *app.App
}

// NewQueue returns the queue in the database of pool, whose jobs a works on once
// Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{app: a}
	jobs, err := queue.New(pool, queue.Work{Workers: q.workers(), Tasks: tasks(a), Log: log})
	if err != nil {
		return nil, err
	}
	q.Queue = jobs
	return q, nil
}

// DeliverInvitation adds the job that asks somebody, after a while.
func (q *Queue) DeliverInvitation(ctx context.Context, tx pgx.Tx, id surveys.InvitationID, after time.Duration) error {
	return q.Add(ctx, tx, DeliverInvitation{InvitationID: string(id)}, after)
}

// DeliverInvitation asks somebody how it was.
type DeliverInvitation struct {
	InvitationID string `json:"invitation_id"`
}

// Kind names the job in the queue.
func (DeliverInvitation) Kind() string { return "deliver_invitation" }

// tasks are what the service does by the clock.
func tasks(a *app.App) []queue.Task {
	return []queue.Task{
		{Name: "sweep_invitations", Every: time.Minute, Do: func(ctx context.Context) (int, error) {
			return a.SweepInvitations(ctx, DeliverInvitation{}.Kind())
		}},
		{Name: "make_follow_ups", Every: 10 * time.Second, Do: a.MakeFollowUps},
		{Name: "tell_experiences", Every: 10 * time.Second, Do: a.TellExperiences},
		{Name: "publish_due_report", Every: time.Minute, Do: a.PublishDueReport},
	}
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
	return all
}
