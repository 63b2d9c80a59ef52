// Package commission is the service that decides what partners earn: rate
// cards, relationships with their locked margins, calculations, quotes and
// renewals.
package commission

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Run migrates the database and serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	observed, err := telemetry.Start(ctx, "commission", env.Version())
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, cfg, observed, log)
	if err != nil {
		return errors.Join(err, shutDown(ctx, observed))
	}
	defer db.Close()
	return errors.Join(serve(ctx, cfg, db, observed, log), shutDown(ctx, observed))
}

func openDatabase(ctx context.Context, cfg Config, observed *telemetry.Telemetry, log *zap.Logger) (*pg.DB, error) {
	if cfg.DatabaseOwnerURL != "" {
		if err := pg.Migrate(ctx, cfg.DatabaseOwnerURL, postgres.Migrations(), log.Named("migrate")); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		if err := queue.Migrate(ctx, cfg.DatabaseOwnerURL); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	settings := pg.Config{AppURL: cfg.DatabaseURL, SystemURL: cfg.DatabaseSystemURL, MaxConns: cfg.DatabaseMaxConns}
	if observed.Tracing {
		settings.TracerProvider = observed.Tracer
	}
	return pg.Open(ctx, settings)
}

// serve puts the service together and runs it with its upkeep.
func serve(ctx context.Context, cfg Config, db *pg.DB, observed *telemetry.Telemetry, log *zap.Logger) error {
	peers, err := dialPeers(cfg, observed, log.Named("peers"))
	if err != nil {
		return err
	}
	defer func() { _ = peers.close() }() // nothing is under way by then
	zone, err := calendar.LoadZone(cfg.TimeZone)
	if err != nil {
		return err
	}
	commission := app.New(peers.parts(app.Parts{Store: postgres.New(db), Now: cfg.now(), Zone: zone, Vendor: cfg.vendor(), Debtor: cfg.PayoutDebtor.account()}))
	queue, err := jobs.NewQueue(db.SystemPool(), commission, log.Named("jobs"))
	if err != nil {
		return err
	}
	commission.UseJobs(queue)
	verifier, err := cfg.Tokens.Verifier(nil)
	if err != nil {
		return err
	}
	srv, err := server.New(cfg.Server, server.Deps{
		Log: log.Named("rpc"), Telemetry: observed, Verifier: verifier,
		Register: func(to grpc.ServiceRegistrar) { rpc.Register(to, commission) },
		Ready:    map[string]func(context.Context) error{"database": db.Ping},
	})
	if err != nil {
		return err
	}
	return withUpkeep(ctx, upkeep{db, queue, log}, srv.Run)
}

// upkeep is what goes on beside the serving.
type upkeep struct {
	db    *pg.DB
	queue *jobs.Queue
	log   *zap.Logger
}

// withUpkeep runs the upkeep while run does, and waits for its end.
func withUpkeep(ctx context.Context, u upkeep, run func(context.Context) error) error {
	beside, stop := context.WithCancel(ctx)
	defer stop()
	serving, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var wg sync.WaitGroup
	wg.Go(func() { events.Sequence(beside, u.db.SystemPool(), u.log.Named("sequencer")) })
	var failed error
	wg.Go(func() {
		if failed = u.queue.Run(beside); failed != nil {
			giveUp() // a service that can't finish what it begins must not begin it
		}
	})
	err := run(serving)
	stop()
	wg.Wait()
	return errors.Join(err, failed)
}

const lastWords = 5 * time.Second

// shutDown exports what telemetry still holds, though ctx has ended.
func shutDown(ctx context.Context, observed *telemetry.Telemetry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return observed.Shutdown(ctx)
}
