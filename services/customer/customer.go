// Package customer is the service that knows who is protected, by what, and
// served by whom: customers, the catalogue, and subscriptions with their terms
// and partners of record.
package customer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Config is the service's configuration, read from the environment with the
// prefix CUSTOMER_.
type Config struct {
	DatabaseURL       string `env:"DATABASE_URL,required" help:"PostgreSQL URL of the role customer_app"`
	DatabaseSystemURL string `env:"DATABASE_SYSTEM_URL,required" help:"PostgreSQL URL of the role customer_system"`
	DatabaseOwnerURL  string `env:"DATABASE_OWNER_URL" help:"PostgreSQL URL of the role customer_owner; migrates at the start if set"`
	DatabaseMaxConns  int32  `env:"DATABASE_MAX_CONNS" envDefault:"10" help:"connections per role at most"`

	Tokens auth.Settings `envPrefix:""`
	Server server.Config `envPrefix:""`

	// Clock tells the time; nil is the machine's.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if c.DatabaseMaxConns < 0 {
		p.Add("DATABASE_MAX_CONNS", "is negative")
	}
}

// now is the clock that the service goes by.
func (c Config) now() func() time.Time {
	if c.Clock == nil {
		return time.Now
	}
	return c.Clock
}

// Run migrates the database and serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	observed, err := telemetry.Start(ctx, "customer", env.Version())
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
	}
	settings := pg.Config{AppURL: cfg.DatabaseURL, SystemURL: cfg.DatabaseSystemURL, MaxConns: cfg.DatabaseMaxConns, Clock: cfg.Clock}
	if observed.Tracing {
		settings.TracerProvider = observed.Tracer
	}
	return pg.Open(ctx, settings)
}

// serve puts the service together and runs it with its upkeep.
func serve(ctx context.Context, cfg Config, db *pg.DB, observed *telemetry.Telemetry, log *zap.Logger) error {
	verifier, err := cfg.Tokens.Verifier(nil)
	if err != nil {
		return err
	}
	customer := app.New(postgres.New(db), cfg.now())
	srv, err := server.New(cfg.Server, server.Deps{
		Log: log.Named("rpc"), Telemetry: observed, Verifier: verifier,
		Register: func(to grpc.ServiceRegistrar) { rpc.Register(to, customer) },
		Ready:    map[string]func(context.Context) error{"database": db.Ping},
	})
	if err != nil {
		return err
	}
	return withUpkeep(ctx, customer, db, log, srv.Run)
}

const purgeEvery = time.Hour

// withUpkeep runs what goes on beside the serving, and waits for its end.
func withUpkeep(ctx context.Context, customer *app.App, db *pg.DB, log *zap.Logger, run func(context.Context) error) error {
	upkeep, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { events.Sequence(upkeep, db.SystemPool(), log.Named("sequencer")) })
	wg.Go(func() { jobs.Purge(upkeep, customer, purgeEvery, log.Named("purge")) })
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
