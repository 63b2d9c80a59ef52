// Package partner is the service that knows who may sell: partners, their
// agreements with the vendor, the versions of the code of practice, and the
// programs that may ask for tokens. It issues those tokens.
package partner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres/migrations"
	"github.com/holdfast-channel/holdfast/services/partner/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
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
	observed, err := telemetry.Start(ctx, "partner", env.Version())
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
		if err := pg.Migrate(ctx, cfg.DatabaseOwnerURL, migrations.Files, log.Named("migrate")); err != nil {
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
	zone, err := calendar.LoadZone(cfg.TimeZone)
	if err != nil {
		return err
	}
	signing, err := loadKeys(cfg.SigningKeyFiles, log.Named("keys"))
	if err != nil {
		return err
	}
	peers, err := dialPeers(cfg, signing, observed, log.Named("peers"))
	if err != nil {
		return err
	}
	defer func() { _ = peers.close() }() // nothing is under way by then
	partner := app.New(app.Config{
		Store: postgres.New(db), Zone: zone, Now: cfg.now(),
		Tokens: app.Tokens{Issuer: cfg.Tokens.Issuer, Audience: cfg.Tokens.Audience, Signer: signing.signer, Now: time.Now},
		Peers:  peers.clients(),
		Mail:   cfg.mail(),
	})
	queue, err := jobs.NewQueue(db.SystemPool(), partner, log.Named("jobs"))
	if err != nil {
		return err
	}
	partner.UseJobs(queue)
	if err := partner.EnsureServiceClients(ctx, cfg.ServiceClients.wanted()); err != nil {
		return err
	}
	verifier, err := cfg.Tokens.Verifier(auth.KeySource(signing.source))
	if err != nil {
		return err
	}
	srv, err := server.New(cfg.Server, server.Deps{
		Log: log.Named("rpc"), Telemetry: observed, Verifier: verifier,
		Register: func(to grpc.ServiceRegistrar) { rpc.Register(to, partner) },
		Ready:    map[string]func(context.Context) error{"database": db.Ping},
		Admin:    map[string]http.Handler{"GET /.well-known/jwks.json": signing},
	})
	if err != nil {
		return err
	}
	return withUpkeep(ctx, upkeep{partner, db, queue, log}, srv.Run)
}

const purgeEvery = time.Hour

// upkeep is what goes on beside the serving.
type upkeep struct {
	partner *app.App
	db      *pg.DB
	queue   *jobs.Queue
	log     *zap.Logger
}

// withUpkeep runs the upkeep while run does, and waits for its end.
func withUpkeep(ctx context.Context, u upkeep, run func(context.Context) error) error {
	beside, stop := context.WithCancel(ctx)
	defer stop()
	serving, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var wg sync.WaitGroup
	wg.Go(func() { events.Sequence(beside, u.db.SystemPool(), u.log.Named("sequencer")) })
	wg.Go(func() { jobs.Purge(beside, u.partner, purgeEvery, u.log.Named("purge")) })
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
