package jobs

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

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
)

const (
	// patience leaves the caller, whose consent carries the transfer out itself,
	// the time to finish.
	patience = 15 * time.Second
	maxPause = 5 * time.Minute
	// jobTime is less than what a token that is being handed over is left alone for.
	jobTime = time.Minute
	workers = 16
)

// Queue is the durable queue. It implements app.Jobs. A transfer is carried out
// Patience after its consent, 15 seconds unless it is set otherwise before Run.
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
