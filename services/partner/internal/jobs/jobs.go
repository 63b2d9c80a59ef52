// Package jobs is the second door into app: clock and queue.
//
// Work that must happen is a job in the transaction that causes it, so that
// there is never one without the other. Jobs may run late, again and twice at
// once; what keeps that harmless is the application and the constraints of the
// database, not the queue. Jobs are retried for good: the pause between two
// attempts doubles up to five minutes, and the sweeper gives a job to whatever
// has lost its own. A job holds the id of its transfer and nothing else.
package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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

	*queue.Queue
	app *app.App
}

// NewQueue returns the queue in the database of pool, whose jobs a works on once
// Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{Patience: patience, app: a}
	jobs, err := queue.New(pool, queue.Work{Workers: q.workers(), Tasks: tasks(a), Log: log})
	if err != nil {
		return nil, err
	}
	q.Queue = jobs
	return q, nil
}

// DeliverConsent adds the job that asks the customer.
func (q *Queue) DeliverConsent(ctx context.Context, tx pgx.Tx, id transfers.ID) error {
	return q.Add(ctx, tx, DeliverConsent{TransferID: string(id)}, 0)
}

// CarryOut adds the job that carries a transfer out.
func (q *Queue) CarryOut(ctx context.Context, tx pgx.Tx, id transfers.ID) error {
	return q.Add(ctx, tx, CarryOut{TransferID: string(id)}, q.Patience)
}
