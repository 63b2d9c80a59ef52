package finance_test

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
)

// work does the jobs that transactions have ordered, and those that these order, in
// any order: several processes take them from the queue. While terms are not
// divided, what would do so waits.
func (m *machine) work() {
	m.t.Helper()
	for {
		var due []queued
		must(m.t, m.System(func(ctx context.Context, tx *postgres.Store) (err error) {
			due, err = takeJobs(ctx, tx.Tx())
			return err
		}))
		due, m.waiting = append(m.waiting, due...), nil
		if m.stalled {
			m.waiting = slices.DeleteFunc(slices.Clone(due), func(job queued) bool { return job.Kind != jobs.DivideTerms{}.Kind() })
			due = slices.DeleteFunc(due, func(job queued) bool { return job.Kind == jobs.DivideTerms{}.Kind() })
		}
		if len(due) == 0 {
			return
		}
		for len(due) > 0 {
			next := rapid.IntRange(0, len(due)-1).Draw(m.rt, "job")
			must(m.t, m.workOn(due[next]))
			due = slices.Delete(due, next, next+1)
		}
	}
}

// queued is a job in the queue.
type queued struct {
	Kind string
	Args []byte
}

func takeJobs(ctx context.Context, tx pgx.Tx) ([]queued, error) {
	rows, _ := tx.Query(ctx, `
		WITH taken AS (DELETE FROM river_job RETURNING id, kind, args)
		SELECT kind, args
		FROM taken
		ORDER BY id`) // CollectRows returns the error
	return pgx.CollectRows(rows, pgx.RowToStructByPos[queued])
}

func (m *machine) workOn(job queued) error {
	ctx := context.Background()
	switch job.Kind {
	case jobs.DivideTerms{}.Kind():
		var args jobs.DivideTerms
		must(m.t, json.Unmarshal(job.Args, &args))
		must(m.t, m.App.DivideTerms(ctx, args.SubscriptionID))
		m.divides(args.SubscriptionID)
	case jobs.PostPayouts{}.Kind():
		var args jobs.PostPayouts
		must(m.t, json.Unmarshal(job.Args, &args))
		m.posts(args.BatchID)
		m.byAll(func() error { return m.Finance.PostPayouts(ctx, args.BatchID) })
	}
	return nil // what follows from orders was done with them
}
