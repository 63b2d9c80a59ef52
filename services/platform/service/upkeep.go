package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
)

// purgeEvery is how often idempotency keys are looked through for expired ones.
const purgeEvery = time.Hour

// Runner is a server or a queue: it runs until ctx ends, and then finishes what
// is under way.
type Runner interface {
	Run(ctx context.Context) error
}

// Serve runs the server until ctx ends, and beside it the queue, the sequencer of
// the event feed, and the purging of idempotency keys. A queue that fails stops
// the server: a service that can't finish what it begins must not begin it.
func (f *Frame) Serve(ctx context.Context, server, queue Runner) error {
	beside, stop := context.WithCancel(ctx)
	defer stop()
	serving, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var all sync.WaitGroup
	all.Go(func() { events.Sequence(beside, f.DB.SystemPool(), f.Log.Named("sequencer")) })
	all.Go(func() { f.purge(beside, purgeEvery) })
	var failed error
	all.Go(func() {
		if failed = queue.Run(beside); failed != nil {
			giveUp()
		}
	})
	err := server.Run(serving)
	stop()
	all.Wait()
	return errors.Join(err, failed)
}

// purge deletes expired idempotency keys every so often until ctx ends. Every
// replica may do it.
func (f *Frame) purge(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := idem.Purge(ctx, f.DB, f.Now()); err != nil && ctx.Err() == nil {
			f.Log.Error("purging idempotency keys failed", zap.Error(err))
		}
	}
}
