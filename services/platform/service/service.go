// Package service is the frame in which every service with a database runs:
// telemetry, the migrated database, and what goes on beside the serving.
package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// lastWords is how long telemetry may take to export what it still holds.
const lastWords = 5 * time.Second

// Database is the part of a service's configuration that says where its database
// is.
type Database struct {
	URL       string `env:"URL,required" help:"PostgreSQL URL of the service's role _app, which is confined to a partner's rows"`
	SystemURL string `env:"SYSTEM_URL,required" help:"PostgreSQL URL of its role _system, which is not"`
	OwnerURL  string `env:"OWNER_URL" help:"PostgreSQL URL of its role _owner; migrates at the start if set"`
	MaxConns  int32  `env:"MAX_CONNS" envDefault:"10" help:"connections per role at most"`
}

// Validate names what is wrong beyond the types.
func (d Database) Validate(p *env.Problems) {
	if d.MaxConns < 1 {
		p.Add("MAX_CONNS", "must be at least 1")
	}
}

// Definition is what a frame needs to know of a service.
type Definition struct {
	Name       string
	Database   Database
	Migrations fs.FS            // goose's SQL files
	Clock      func() time.Time // nil is the machine's
	Log        *zap.Logger
}

// Frame is what a service is put together in.
type Frame struct {
	DB        *pg.DB
	Telemetry *telemetry.Telemetry
	Log       *zap.Logger
	Now       func() time.Time
}

// Run migrates the service's database if it may, calls serve, and closes
// everything when that returns.
func Run(ctx context.Context, d Definition, serve func(context.Context, *Frame) error) error {
	observed, err := telemetry.Start(ctx, d.Name, env.Version())
	if err != nil {
		return err
	}
	db, err := d.open(ctx, observed)
	if err != nil {
		return errors.Join(err, shutDown(ctx, observed))
	}
	defer db.Close()
	frame := &Frame{DB: db, Telemetry: observed, Log: d.Log, Now: d.Clock}
	if frame.Now == nil {
		frame.Now = time.Now
	}
	return errors.Join(serve(ctx, frame), shutDown(ctx, observed))
}

func (d Definition) open(ctx context.Context, observed *telemetry.Telemetry) (*pg.DB, error) {
	if d.Database.OwnerURL != "" {
		if err := pg.Migrate(ctx, d.Database.OwnerURL, d.Migrations, d.Log.Named("migrate")); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		if err := queue.Migrate(ctx, d.Database.OwnerURL); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	settings := pg.Config{AppURL: d.Database.URL, SystemURL: d.Database.SystemURL, MaxConns: d.Database.MaxConns, Clock: d.Clock}
	if observed.Tracing {
		settings.TracerProvider = observed.Tracer
	}
	return pg.Open(ctx, settings)
}

// Deps are what the service's server works with; it is ready while its database
// is.
func (f *Frame) Deps(verifier *auth.Verifier, register func(grpc.ServiceRegistrar)) server.Deps {
	return server.Deps{
		Log: f.Log.Named("rpc"), Telemetry: f.Telemetry, Verifier: verifier, Register: register,
		Ready: map[string]func(context.Context) error{"database": f.DB.Ping},
	}
}

// shutDown exports what telemetry still holds, though ctx has ended.
func shutDown(ctx context.Context, observed *telemetry.Telemetry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return observed.Shutdown(ctx)
}
