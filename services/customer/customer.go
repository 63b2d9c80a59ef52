// Package customer is the service that knows who is protected, by what, and
// served by whom: customers, the catalogue, and subscriptions with their terms
// and partners of record; and how those who are protected find it.
package customer

import (
	"context"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Run migrates the database and serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	definition := service.Definition{Name: "customer", Database: cfg.Database, Migrations: postgres.Migrations(), Clock: cfg.Clock, Log: log}
	return service.Run(ctx, definition, func(ctx context.Context, in *service.Frame) error { return serve(ctx, cfg, in) })
}

// serve puts the service together and runs it.
func serve(ctx context.Context, cfg Config, in *service.Frame) error {
	customer := app.New(postgres.New(in.DB), in.Now)
	customer.UseMail(cfg.mail())
	queue, err := jobs.NewQueue(in.DB.SystemPool(), customer, in.Log.Named("jobs"))
	if err != nil {
		return err
	}
	customer.UseJobs(queue)
	verifier, err := cfg.Tokens.Verifier(nil)
	if err != nil {
		return err
	}
	srv, err := server.New(cfg.Server, in.Deps(verifier, func(to grpc.ServiceRegistrar) { rpc.Register(to, customer) }))
	if err != nil {
		return err
	}
	return in.Serve(ctx, srv, queue)
}
