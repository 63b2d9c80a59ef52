package queue_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap/zaptest"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// TestRun_DoesTasksAtTheStart: and one that a former version has left behind is
// given up.
func TestRun_DoesTasksAtTheStart(t *testing.T) {
	cfg := pgtest.Config(t, pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{}})
	check(t, queue.Migrate(t.Context(), cfg.OwnerURL))
	db, err := pg.Open(t.Context(), cfg)
	check(t, err)
	t.Cleanup(db.Close)
	pool := db.SystemPool()
	done := make(chan struct{}, 2)
	q, err := queue.New(pool, queue.Work{
		Workers: river.NewWorkers(), Log: zaptest.NewLogger(t),
		Tasks: []queue.Task{{Name: "tidy", Every: time.Hour, Do: func(context.Context) (int, error) {
			done <- struct{}{}
			return 1, nil
		}}},
	})
	check(t, err)
	tx, err := pool.Begin(t.Context())
	check(t, err)
	check(t, q.Add(t.Context(), tx, queue.Housekeeping{Task: "gone"}, 0))
	check(t, tx.Commit(t.Context()))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- q.Run(ctx) }()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal("the task was not done")
	}
	for state := ""; state != "cancelled"; {
		check(t, pool.QueryRow(ctx, "SELECT state FROM river_job WHERE args->>'task' = 'gone'").Scan(&state))
	}
	stop()
	check(t, <-ran)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
