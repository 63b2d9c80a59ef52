// Package commission is the service that decides what partners earn: rate
// cards, relationships with their locked margins, calculations, quotes,
// renewals, orders, and the ledger with what is paid out of it.
package commission

import (
	"context"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Run migrates the database and serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	definition := service.Definition{Name: "commission", Database: cfg.Database, Migrations: postgres.Migrations(), Clock: cfg.Clock, Log: log}
	return service.Run(ctx, definition, func(ctx context.Context, in *service.Frame) error { return serve(ctx, cfg, in) })
}

// serve puts the service together and runs it.
func serve(ctx context.Context, cfg Config, in *service.Frame) error {
	peers, err := dialPeers(cfg, in.Telemetry, in.Log.Named("peers"))
	if err != nil {
		return err
	}
	defer func() { _ = peers.close() }() // nothing is under way by then
	zone, err := calendar.LoadZone(cfg.TimeZone)
	if err != nil {
		return err
	}
	store, versions := postgres.New(in.DB), codes.NewReader(partnerv1.NewCodeServiceClient(peers.partner), in.Now)
	contracts := app.New(peers.ofContracts(app.Parts{Store: store, Codes: versions, Now: in.Now, Zone: zone}))
	money := finance.New(peers.ofMoney(finance.Parts{
		Store: store, Codes: versions, Now: in.Now, Zone: zone, Vendor: cfg.vendor(), Debtor: cfg.PayoutDebtor.account(),
	}))
	queue, err := jobs.NewQueue(in.DB.SystemPool(), contracts, money, in.Log.Named("jobs"))
	if err != nil {
		return err
	}
	contracts.UseJobs(queue)
	money.UseJobs(queue)
	verifier, err := cfg.Tokens.Verifier(nil)
	if err != nil {
		return err
	}
	srv, err := server.New(cfg.Server, in.Deps(verifier, func(to grpc.ServiceRegistrar) { rpc.Register(to, contracts, money) }))
	if err != nil {
		return err
	}
	return in.Serve(ctx, srv, queue)
}
