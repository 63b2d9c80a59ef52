// Package gateway is the REST door to Holdfast: it translates JSON over HTTP to
// the gRPC of the services, proves to them that partners come through it, and
// keeps from them whatever strangers should not send. It owns no data.
package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/consent"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/door"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/revoked"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/survey"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Run serves until ctx ends. The services behind need not be there when it
// starts.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := env.Check(cfg); err != nil {
		return err
	}
	observed, err := telemetry.Start(ctx, "gateway", env.Version())
	if err != nil {
		return err
	}
	b, err := connect(cfg, log, observed)
	if err != nil {
		return errors.Join(err, shutDown(ctx, observed))
	}
	return errors.Join(serve(ctx, cfg, b, observed, log), b.close(), shutDown(ctx, observed))
}

// serve puts the gateway together and runs it with its poll of revoked clients.
func serve(ctx context.Context, cfg Config, b *backends, observed *telemetry.Telemetry, log *zap.Logger) error {
	tokens := partnerv1.NewTokenServiceClient(b.anonymous)
	verifier, err := cfg.Tokens.Verifier(keys(cfg.Tokens, tokens))
	if err != nil {
		return err
	}
	list := revoked.New(partnerv1.NewApiClientServiceClient(b.own), time.Now)
	handler, err := assemble(cfg, b, guard.Deps{
		Log: log.Named("rest"), Telemetry: observed, Verifier: verifier, Revoked: list.Check, Now: time.Now,
	})
	if err != nil {
		return err
	}
	web, err := server.NewWeb(cfg.Web, handler, server.Deps{
		Log: log, Telemetry: observed, Ready: map[string]func(context.Context) error{"revoked": list.Ready},
	})
	if err != nil {
		return err
	}
	return withPoll(ctx, list, log, web.Run)
}

// assemble returns the handler of everything that the gateway serves.
func assemble(cfg Config, b *backends, deps guard.Deps) (http.Handler, error) {
	return door.New(door.Config{
		Bounds: cfg.bounds(), Guard: deps,
		Services: rest.Services{Customer: b.customer, Partner: b.partner, Commission: b.commission},
		Tokens: rest.TokenEndpoint{
			Service: partnerv1.NewTokenServiceClient(b.anonymous), Issuer: cfg.Tokens.Issuer, BaseURL: cfg.PublicURL,
		},
		Consents: consent.Page{Service: partnerv1.NewTransferServiceClient(b.anonymous)},
		Surveys:  survey.Page{Service: customerv1.NewExperienceServiceClient(b.strangers)},
	})
}

// withPoll keeps the list of revoked clients fresh while run runs.
func withPoll(ctx context.Context, list *revoked.List, log *zap.Logger, run func(context.Context) error) error {
	polling, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { list.Poll(polling, log.Named("revoked")) })
	err := run(ctx)
	stop()
	wg.Wait()
	return err
}

// keys reads the platform's keys from the token service unless the settings
// name another place.
func keys(s auth.Settings, tokens partnerv1.TokenServiceClient) auth.KeySource {
	if s.KeysURL != "" {
		return nil
	}
	return func(ctx context.Context) ([]byte, error) {
		set, err := tokens.GetKeySet(ctx, &partnerv1.GetKeySetRequest{})
		return []byte(set.GetJwksJson()), err
	}
}

// backends are the connections to the services: three that forward callers'
// tokens, one that carries the gateway's own, and two without any, anonymous to
// partner and strangers to customer.
type backends struct {
	customer, partner, commission, own, anonymous, strangers *grpc.ClientConn
}

func connect(cfg Config, log *zap.Logger, observed *telemetry.Telemetry) (*backends, error) {
	b := &backends{}
	bare := server.DialDeps{Log: log.Named("dial"), Telemetry: observed}
	var errs []error
	dial := func(c server.DialConfig, deps server.DialDeps) *grpc.ClientConn {
		conn, err := server.Dial(c, deps)
		errs = append(errs, err)
		return conn
	}
	b.anonymous, b.strangers = dial(cfg.Partner, bare), dial(cfg.Customer, bare)
	if b.anonymous != nil {
		own := bare
		own.Tokens = auth.NewTokenSource(server.ClientCredentials(b.anonymous, cfg.ClientID, cfg.ClientSecret))
		forward := own
		forward.Forward = true
		b.own = dial(cfg.Partner, own)
		b.customer, b.partner, b.commission = dial(cfg.Customer, forward), dial(cfg.Partner, forward), dial(cfg.Commission, forward)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *backends) close() error {
	var errs []error
	for _, conn := range []*grpc.ClientConn{b.customer, b.partner, b.commission, b.own, b.anonymous, b.strangers} {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	return errors.Join(errs...)
}

const lastWords = 5 * time.Second

// shutDown exports what telemetry still holds, though ctx has ended.
func shutDown(ctx context.Context, observed *telemetry.Telemetry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return observed.Shutdown(ctx)
}
