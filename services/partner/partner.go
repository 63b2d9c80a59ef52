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
	partner := app.New(app.Config{
		Store: postgres.New(db), Zone: zone, Now: time.Now,
		Tokens: app.Tokens{Issuer: cfg.Tokens.Issuer, Audience: cfg.Tokens.Audience, Signer: signing.signer},
	})
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
	return withUpkeep(ctx, partner, db, log, srv.Run)
}

const purgeEvery = time.Hour

// withUpkeep runs what goes on beside the serving, and waits for its end.
func withUpkeep(ctx context.Context, partner *app.App, db *pg.DB, log *zap.Logger, run func(context.Context) error) error {
	upkeep, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { events.Sequence(upkeep, db.SystemPool(), log.Named("sequencer")) })
	wg.Go(func() { jobs.Purge(upkeep, partner, purgeEvery, log.Named("purge")) })
	err := run(ctx)
	stop()
	wg.Wait()
	return err
}

const lastWords = 5 * time.Second

// shutDown exports what telemetry still holds, though ctx has ended.
func shutDown(ctx context.Context, observed *telemetry.Telemetry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return observed.Shutdown(ctx)
}
