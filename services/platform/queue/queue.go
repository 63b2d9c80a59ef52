// Package queue is the durable job queue of the services that have one: River,
// in the service's own database, set up the same way in each.
//
// A job is added in the transaction that causes it, runs late, again and twice at
// once, and is retried for good: the pause between two attempts doubles up to
// five minutes. What keeps that harmless is the application and the constraints
// of the database, not the queue.
package queue

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
)

const (
	// MaxPause is the longest pause before a job is tried again.
	MaxPause = 5 * time.Minute
	// JobTime bounds an attempt at a job.
	JobTime = time.Minute

	workers = 16
)

// Work is what a service has done by its queue: Workers by the kind of job, and
// Tasks by the clock.
type Work struct {
	Workers *river.Workers
	Tasks   []Task
	Log     *zap.Logger
}

// Queue adds jobs and, while Run does, works on them.
type Queue struct{ client *river.Client[pgx.Tx] }

// New returns the queue in the database of pool, which is the system role's. A
// job has a minute unless its worker says otherwise.
func New(pool *pgxpool.Pool, w Work) (*Queue, error) {
	river.AddWorker(w.Workers, newHousekeeper(w.Tasks, w.Log))
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ErrorHandler:      failures{w.Log},
		JobTimeout:        JobTime,
		Logger:            newLogger(w.Log),
		MaxAttempts:       math.MaxInt16,
		PeriodicJobs:      periodic(w.Tasks),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		ReindexerSchedule: river.NeverSchedule(), // only the owner of the tables may
		RetryPolicy:       backoff{},
		SoftStopTimeout:   JobTime,
		Workers:           w.Workers,
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client}, nil
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

// Add adds a job to the transaction that causes it. The job begins after a while,
// or at once if that is 0.
func (q *Queue) Add(ctx context.Context, tx pgx.Tx, job river.JobArgs, after time.Duration) error {
	opts := &river.InsertOpts{}
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	if _, err := q.client.InsertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("add job %s: %w", job.Kind(), err)
	}
	return nil
}

// backoff is the pause before a job is tried again.
type backoff struct{}

// NextRetry doubles the pause with each error, up to MaxPause, and spreads it.
func (backoff) NextRetry(job *rivertype.JobRow) time.Time {
	pause := time.Second << min(len(job.Errors), 20)
	pause = min(pause, MaxPause)
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
