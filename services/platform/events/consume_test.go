package events_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// consume applies a batch as a service above would.
func consume(ctx context.Context, db *pg.DB, batch []events.Event) error {
	return db.InTx(ctx, func(tx pgx.Tx) error {
		position, err := events.LoadPosition(ctx, tx, "customer")
		if err != nil {
			return err
		}
		for _, e := range batch {
			if e.Position <= position {
				continue
			}
			if _, err := tx.Exec(ctx, "INSERT INTO applied (resource) VALUES ($1)", e.ResourceID); err != nil {
				return err
			}
			position = e.Position
		}
		return events.SavePosition(ctx, tx, "customer", position)
	})
}

func TestConsumer_AppliesEachEventOnceHoweverOftenItIsDelivered(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	var batch []events.Event
	for i := range int64(20) {
		batch = append(batch, events.Event{Position: i + 1, ResourceID: fmt.Sprint("d", i+1)})
	}
	var replicas sync.WaitGroup
	for _, part := range [][]events.Event{batch[:12], batch[:20], batch[:5], batch[:20]} {
		replicas.Go(func() {
			if err := consume(ctx, db, part); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	var applied int
	if err := db.SystemPool().QueryRow(ctx, "SELECT count(*) FROM applied").Scan(&applied); err != nil || applied != 20 {
		t.Errorf("%d applied, error %v; want 20", applied, err)
	}
}

func TestSavePosition_RefusesAStepBack(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	save := func(position int64) error {
		return db.InTx(ctx, func(tx pgx.Tx) error { return events.SavePosition(ctx, tx, "customer", position) })
	}
	if err := save(7); err != nil {
		t.Fatal(err)
	}
	if err := save(6); !errors.Is(err, events.ErrPositionBehind) {
		t.Errorf("error %v, want ErrPositionBehind", err)
	}
}
