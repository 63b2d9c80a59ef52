package service

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// runner runs until its context ends, or fails at once.
type runner struct{ failure error }

func (r runner) Run(ctx context.Context) error {
	if r.failure != nil {
		return r.failure
	}
	<-ctx.Done()
	return nil
}

func newFrame(t *testing.T) *Frame {
	t.Helper()
	db := pgtest.New(t, pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{}})
	return &Frame{DB: db, Log: zaptest.NewLogger(t), Now: time.Now}
}

func TestServe_EndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, stop)
	if err := newFrame(t).Serve(ctx, runner{}, runner{}); err != nil {
		t.Error(err)
	}
}

func TestServe_ServesNothingThatItCannotFinish(t *testing.T) {
	broken := errors.New("no queue")
	if err := newFrame(t).Serve(t.Context(), runner{}, runner{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestServe_EndsTheQueueWithTheServer(t *testing.T) {
	broken := errors.New("no server")
	if err := newFrame(t).Serve(t.Context(), runner{broken}, runner{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestPurge_DeletesExpiredAnswersUntilItIsStopped(t *testing.T) {
	f := newFrame(t)
	_, err := f.DB.SystemPool().Exec(t.Context(), `
		INSERT INTO idempotency_keys (caller, request_id, method, fingerprint, fingerprint_version, answer, expire_time)
		VALUES ('anyone', 'expired', '/m', '', 1, '{}', now() - interval '1 day'), ('anyone', 'kept', '/m', '', 1, '{}', now() + interval '1 day')`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan struct{})
	go func() {
		f.purge(ctx, time.Millisecond)
		close(ended)
	}()
	var left []string
	for len(left) != 1 {
		if err := f.DB.SystemPool().QueryRow(ctx, "SELECT array_agg(request_id) FROM idempotency_keys").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-ended
	if left[0] != "kept" {
		t.Errorf("left: %v", left)
	}
}
