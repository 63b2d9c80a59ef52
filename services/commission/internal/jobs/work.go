package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// BookSubmission drives a submission to its end.
type BookSubmission struct {
	SubmissionID string `json:"submission_id"`
}

// Kind names the job in the queue.
func (BookSubmission) Kind() string { return "book_submission" }

// RecordQuote tells customer of a quote.
type RecordQuote struct {
	QuoteID string `json:"quote_id"`
}

// Kind names the job in the queue.
func (RecordQuote) Kind() string { return "record_quote" }

// RecordOrder tells partner of a booked order.
type RecordOrder struct {
	SubmissionID string `json:"submission_id"`
}

// Kind names the job in the queue.
func (RecordOrder) Kind() string { return "record_order" }

// DivideTerms divides the terms of a subscription between old and new partner.
type DivideTerms struct {
	SubscriptionID string `json:"subscription_id"`
}

// Kind names the job in the queue.
func (DivideTerms) Kind() string { return "divide_terms" }

// Restate brings the ledger up to date with what has become of a source.
type Restate struct {
	SourceID string        `json:"source_id"`
	From     calendar.Date `json:"from"`
	Cause    string        `json:"cause"`
}

// Kind names the job in the queue.
func (Restate) Kind() string { return "restate" }

func (q *Queue) workers() *river.Workers {
	all := river.NewWorkers()
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[BookSubmission]) error {
		return q.app.BookSubmission(ctx, job.Args.SubmissionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[RecordQuote]) error {
		return q.app.RecordQuote(ctx, job.Args.QuoteID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[RecordOrder]) error {
		return q.app.RecordOrder(ctx, job.Args.SubmissionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[DivideTerms]) error {
		return q.app.DivideTerms(ctx, job.Args.SubscriptionID)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, job *river.Job[Restate]) error {
		return q.app.Restate(ctx, app.Restatement{SourceID: job.Args.SourceID, From: job.Args.From, Cause: job.Args.Cause})
	}))
	river.AddWorker(all, &poster{queue: q})
	return all
}
