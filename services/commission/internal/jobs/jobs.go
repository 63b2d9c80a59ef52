// Package jobs is the second door into the commission service: clock and queue.
//
// Work that must happen is a job in the transaction that causes it, so that
// there is never one without the other. Jobs may run late, again and twice at
// once; what keeps that harmless is the application and the constraints of the
// database, not the queue. Jobs are retried for good: the pause between two
// attempts doubles up to five minutes, and the sweeper gives a job to whatever
// has lost its own.
package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// patience leaves the caller, who drives its submission itself, the time to
// finish.
const patience = 15 * time.Second

// Queue is the durable queue. It implements app.Jobs and finance.Jobs. A job begins Patience
// after its transaction, 15 seconds unless it is set otherwise before Run.
type Queue struct {
	Patience time.Duration

	queue   *queue.Queue
	app     *app.App
	finance *finance.App
	log     *zap.Logger
}

// NewQueue returns the queue in the database of pool, whose jobs a and f work on
// once Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, f *finance.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{Patience: patience, app: a, finance: f, log: log}
	jobs, err := queue.New(pool, queue.Work{Workers: q.workers(), Tasks: q.tasks(), Log: log})
	if err != nil {
		return nil, err
	}
	q.queue = jobs
	return q, nil
}

// Run works on jobs, follows customer's feed and partner's and keeps the forecast
// up to date until ctx ends, and then waits for what is under way.
func (q *Queue) Run(ctx context.Context) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { q.follow(following, feed{"the book", q.app.PullBook, q.app.AwaitBook}) })
	all.Go(func() { q.follow(following, feed{"what cases decide", q.app.PullVerdicts, q.app.AwaitVerdicts}) })
	all.Go(func() { q.follow(following, q.forecast()) })
	err := q.queue.Run(ctx)
	stop()
	all.Wait()
	return err
}

// BookSubmission adds the job that drives a submission.
func (q *Queue) BookSubmission(ctx context.Context, tx pgx.Tx, submissionID string) error {
	return q.queue.Add(ctx, tx, BookSubmission{SubmissionID: submissionID}, q.Patience)
}

// RecordQuote adds the job that tells customer of a quote.
func (q *Queue) RecordQuote(ctx context.Context, tx pgx.Tx, quoteID string) error {
	return q.queue.Add(ctx, tx, RecordQuote{QuoteID: quoteID}, q.Patience)
}

// RecordOrder adds the job that tells partner of a booked order.
func (q *Queue) RecordOrder(ctx context.Context, tx pgx.Tx, submissionID string) error {
	return q.queue.Add(ctx, tx, RecordOrder{SubmissionID: submissionID}, q.Patience)
}

// DivideTerms adds the job that divides the terms of a subscription. Nobody
// waits for it, so it begins at once.
func (q *Queue) DivideTerms(ctx context.Context, tx pgx.Tx, subscriptionID string) error {
	return q.queue.Add(ctx, tx, DivideTerms{SubscriptionID: subscriptionID}, 0)
}
