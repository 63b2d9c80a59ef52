package jobs

import (
	"context"

	"github.com/riverqueue/river"
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
	river.AddWorker(all, &poster{queue: q})
	return all
}
