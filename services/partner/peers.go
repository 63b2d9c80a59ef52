package partner

import (
	"context"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// peers are the connections to the services below.
type peers struct {
	customer *grpc.ClientConn
}

// dialPeers prepares the connections; each connects when it is first used, so
// that services start in any order.
func dialPeers(cfg Config, signing *keys, observed *telemetry.Telemetry, log *zap.Logger) (p peers, err error) {
	p.customer, err = server.Dial(cfg.Customer, server.DialDeps{
		Log: log, Telemetry: observed, Tokens: auth.NewTokenSource(ownToken(cfg.Tokens, signing)),
	})
	return p, err
}

// ownToken signs this service's own token: it is the one that issues them.
// Tokens keep the machine's time, as their verifiers do.
func ownToken(settings auth.Settings, signing *keys) auth.Fetch {
	return func(context.Context) (string, time.Time, error) {
		now := time.Now()
		expires := now.Add(clients.TokenLife)
		token, err := signing.signer().Sign(auth.Claims{
			Issuer: settings.Issuer, Audience: settings.Audience, Subject: "partner", ClientID: "partner", ID: ident.New("tok_"),
			IssuedAt: now.Unix(), NotBefore: now.Unix(), ExpiresAt: expires.Unix(), Roles: []string{"service"}, Service: "partner",
		})
		return token, expires, err
	}
}

// clients returns the clients of the services below.
func (p peers) clients() app.Peers {
	return app.Peers{
		Customers:     customerv1.NewCustomerServiceClient(p.customer),
		Subscriptions: customerv1.NewSubscriptionServiceClient(p.customer),
		Catalogue:     customerv1.NewCatalogueServiceClient(p.customer),
	}
}

// close closes what was dialled.
func (p peers) close() error { return p.customer.Close() }
