package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// PostPayouts posts the payouts of an approved batch.
type PostPayouts struct {
	BatchID string `json:"payout_batch_id"`
}

// Kind names the job in the queue.
func (PostPayouts) Kind() string { return "post_payouts" }

// PostPayouts adds the job that posts a batch's payouts. It begins at once.
func (q *Queue) PostPayouts(ctx context.Context, tx pgx.Tx, batchID string) error {
	return q.queue.Add(ctx, tx, PostPayouts{BatchID: batchID}, 0)
}

// poster works on batches, which take longer than other jobs.
type poster struct {
	river.WorkerDefaults[PostPayouts]
	queue *Queue
}

// Timeout bounds an attempt. What is left over is posted by the next one.
func (*poster) Timeout(*river.Job[PostPayouts]) time.Duration { return 10 * time.Minute }

// Work posts what is left of the batch.
func (p *poster) Work(ctx context.Context, job *river.Job[PostPayouts]) error {
	return p.queue.finance.PostPayouts(ctx, job.Args.BatchID)
}
