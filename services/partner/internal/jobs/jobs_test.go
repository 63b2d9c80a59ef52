package jobs_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres/migrations"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestPurge_DeletesExpiredAnswersUntilItIsStopped(t *testing.T) {
	db := pgtest.New(t, pgtest.Schema{Name: "partner", Migrations: migrations.Files})
	_, err := db.SystemPool().Exec(t.Context(), `
		INSERT INTO idempotency_keys (caller, request_id, method, fingerprint, fingerprint_version, answer, expire_time)
		VALUES ('anyone', 'expired', '/m', '', 1, '{}', now() - interval '1 day'), ('anyone', 'kept', '/m', '', 1, '{}', now() + interval '1 day')`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan struct{})
	go func() {
		jobs.Purge(ctx, app.New(app.Config{Store: postgres.New(db), Now: time.Now}), time.Millisecond, zaptest.NewLogger(t))
		close(ended)
	}()
	var left []string
	for len(left) != 1 {
		if err := db.SystemPool().QueryRow(ctx, "SELECT array_agg(request_id) FROM idempotency_keys").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-ended
	if left[0] != "kept" {
		t.Errorf("left: %v", left)
	}
}
