package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// patience leaves the caller, whose consent carries the transfer out itself,
// the time to finish.
const patience = 15 * time.Second

// Queue is the durable queue. It implements app.Jobs. A transfer is carried out
// Patience after its consent, 15 seconds unless it is set otherwise before Run.
type Queue struct {
	Patience time.Duration

	client *queue.Client
	app    *app.App
	log    *zap.Logger
}

// NewQueue returns the queue in the database of pool, whose jobs a works on once
// Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{Patience: patience, app: a, log: log}
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
		return fmt.Errorf("start job queue: %w", err)
	}
	<-q.client.Stopped()
	return nil
}

// DeliverConsent adds the job that asks the customer.
func (q *Queue) DeliverConsent(ctx context.Context, tx pgx.Tx, id transfers.ID) error {
	return q.add(ctx, tx, DeliverConsent{TransferID: string(id)}, 0)
}

// CarryOut adds the job that carries a transfer out.
func (q *Queue) CarryOut(ctx context.Context, tx pgx.Tx, id transfers.ID) error {
	return q.add(ctx, tx, CarryOut{TransferID: string(id)}, q.Patience)
}

func (q *Queue) add(ctx context.Context, tx pgx.Tx, job river.JobArgs, after time.Duration) error {
	opts := &river.InsertOpts{}
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	if _, err := q.client.InsertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("add job %s: %w", job.Kind(), err)
	}
	return nil
}
