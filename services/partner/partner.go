// Package partner is the service that knows who may sell: partners, their
// agreements with the vendor, the versions of the code of practice, and the
// programs that may ask for tokens. It issues those tokens.
package partner

import (
	"context"
	"net/http"
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
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Run migrates the database and serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	definition := service.Definition{Name: "partner", Database: cfg.Database, Migrations: migrations.Files, Clock: cfg.Clock, Log: log}
	return service.Run(ctx, definition, func(ctx context.Context, in *service.Frame) error { return serve(ctx, cfg, in) })
}

// serve puts the service together and runs it.
func serve(ctx context.Context, cfg Config, in *service.Frame) error {
	zone, err := calendar.LoadZone(cfg.TimeZone)
	if err != nil {
		return err
	}
	signing, err := loadKeys(cfg.SigningKeyFiles, in.Log.Named("keys"))
	if err != nil {
		return err
	}
	peers, err := dialPeers(cfg, signing, in.Telemetry, in.Log.Named("peers"))
	if err != nil {
		return err
	}
	defer func() { _ = peers.close() }() // nothing is under way by then
	partner := app.New(app.Config{
		Store: postgres.New(in.DB), Zone: zone, Now: in.Now,
		Tokens: app.Tokens{Issuer: cfg.Tokens.Issuer, Audience: cfg.Tokens.Audience, Signer: signing.signer, Now: time.Now},
		Peers:  peers.clients(),
		Mail:   cfg.mail(),
	})
	queue, err := jobs.NewQueue(in.DB.SystemPool(), partner, in.Log.Named("jobs"))
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
	deps := in.Deps(verifier, func(to grpc.ServiceRegistrar) { rpc.Register(to, partner) })
	deps.Admin = map[string]http.Handler{"GET /.well-known/jwks.json": signing}
	srv, err := server.New(cfg.Server, deps)
	if err != nil {
		return err
	}
	return in.Serve(ctx, srv, queue)
}
