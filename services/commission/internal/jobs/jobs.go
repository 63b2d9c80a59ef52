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
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
)

const (
	// patience leaves the caller, who drives its submission itself, the time to
	// finish.
	patience = 15 * time.Second
	maxPause = 5 * time.Minute
	jobTime  = time.Minute
	workers  = 16
)

// Queue is the durable queue. It implements app.Jobs. A job begins Patience
// after its transaction, 15 seconds unless it is set otherwise before Run.
type Queue struct {
	Patience time.Duration

	client *river.Client[pgx.Tx]
	app    *app.App
	log    *zap.Logger
}

// NewQueue returns the queue in the database of pool, whose jobs a works on once
// Run is called. pool is the system role's.
func NewQueue(pool *pgxpool.Pool, a *app.App, log *zap.Logger) (*Queue, error) {
	q := &Queue{Patience: patience, app: a, log: log}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ErrorHandler:      failures{log},
		JobTimeout:        jobTime,
		Logger:            newLogger(log),
		MaxAttempts:       math.MaxInt16,
		PeriodicJobs:      periodic(),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		ReindexerSchedule: river.NeverSchedule(), // only the owner of the tables may
		RetryPolicy:       backoff{},
		SoftStopTimeout:   jobTime,
		Workers:           q.workers(),
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	q.client = client
	return q, nil
}

// Run works on jobs and follows customer's feed and partner's until ctx ends,
// and then waits for what is under way.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start job queue: %w", err)
	}
	var both sync.WaitGroup
	both.Go(func() { q.follow(ctx, feed{"the book", q.app.PullBook, q.app.AwaitBook}) })
	both.Go(func() { q.follow(ctx, feed{"what cases decide", q.app.PullVerdicts, q.app.AwaitVerdicts}) })
	both.Wait()
	<-q.client.Stopped()
	return nil
}

// BookSubmission adds the job that drives a submission.
func (q *Queue) BookSubmission(ctx context.Context, tx pgx.Tx, submissionID string) error {
	return q.add(ctx, tx, BookSubmission{SubmissionID: submissionID})
}

// RecordQuote adds the job that tells customer of a quote.
func (q *Queue) RecordQuote(ctx context.Context, tx pgx.Tx, quoteID string) error {
	return q.add(ctx, tx, RecordQuote{QuoteID: quoteID})
}

// RecordOrder adds the job that tells partner of a booked order.
func (q *Queue) RecordOrder(ctx context.Context, tx pgx.Tx, submissionID string) error {
	return q.add(ctx, tx, RecordOrder{SubmissionID: submissionID})
}

// DivideTerms adds the job that divides the terms of a subscription. Nobody
// waits for it, so it begins at once.
func (q *Queue) DivideTerms(ctx context.Context, tx pgx.Tx, subscriptionID string) error {
	return q.addFor(ctx, tx, DivideTerms{SubscriptionID: subscriptionID}, time.Now())
}

func (q *Queue) add(ctx context.Context, tx pgx.Tx, job river.JobArgs) error {
	return q.addFor(ctx, tx, job, time.Now().Add(q.Patience))
}

func (q *Queue) addFor(ctx context.Context, tx pgx.Tx, job river.JobArgs, begin time.Time) error {
	_, err := q.client.InsertTx(ctx, tx, job, &river.InsertOpts{ScheduledAt: begin})
	if err != nil {
		return fmt.Errorf("add job %s: %w", job.Kind(), err)
	}
	return nil
}

// backoff is the pause before a job is tried again.
type backoff struct{}

// NextRetry doubles the pause with each error, up to maxPause, and spreads it.
func (backoff) NextRetry(job *rivertype.JobRow) time.Time {
	pause := time.Second << min(len(job.Errors), 20)
	pause = min(pause, maxPause)
	return time.Now().Add(pause/2 + rand.N(pause))
}

// failures logs what jobs could not do. They are tried again.
type failures struct{ log *zap.Logger }

// HandleError logs an error.
func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Warn("job failed and will be tried again",
		zap.String("kind", job.Kind), zap.Int64("job_id", job.ID), zap.Int("attempt", job.Attempt), zap.Error(err))
	return nil
}

// HandlePanic logs a panic.
func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.log.Error("job panicked and will be tried again",
		zap.String("kind", job.Kind), zap.Int64("job_id", job.ID), zap.Any("panic", value), zap.String("stack", trace))
	return nil
}
