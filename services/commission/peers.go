package commission

import (
	"errors"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// peers are the connections to the services below. tokens is the one without
// identity, over which this service gets its own.
type peers struct {
	tokens, customer, partner *grpc.ClientConn
}

// dialPeers prepares the connections; each connects when it is first used, so
// that services start in any order.
func dialPeers(cfg Config, observed *telemetry.Telemetry, log *zap.Logger) (p peers, err error) {
	bare := server.DialDeps{Log: log, Telemetry: observed}
	if p.tokens, err = server.Dial(cfg.Partner, bare); err != nil {
		return p, err
	}
	own := bare
	own.Tokens = auth.NewTokenSource(server.ClientCredentials(p.tokens, cfg.ClientID, cfg.ClientSecret))
	if p.customer, err = server.Dial(cfg.Customer, own); err != nil {
		return p, errors.Join(err, p.close())
	}
	if p.partner, err = server.Dial(cfg.Partner, own); err != nil {
		return p, errors.Join(err, p.close())
	}
	return p, nil
}

// ofContracts adds the clients of both services.
func (p peers) ofContracts(to app.Parts) app.Parts {
	to.Subscriptions = customerv1.NewSubscriptionServiceClient(p.customer)
	to.Customers = customerv1.NewCustomerServiceClient(p.customer)
	to.Catalogue = customerv1.NewCatalogueServiceClient(p.customer)
	to.Feed = customerv1.NewEventServiceClient(p.customer)
	to.Partners = partnerv1.NewPartnerServiceClient(p.partner)
	to.Conduct = partnerv1.NewConductServiceClient(p.partner)
	to.Transfers = partnerv1.NewTransferServiceClient(p.partner)
	to.Verdicts = partnerv1.NewEventServiceClient(p.partner)
	return to
}

// ofMoney does so for the money half.
func (p peers) ofMoney(to finance.Parts) finance.Parts {
	to.Subscriptions = customerv1.NewSubscriptionServiceClient(p.customer)
	to.Catalogue = customerv1.NewCatalogueServiceClient(p.customer)
	to.Partners = partnerv1.NewPartnerServiceClient(p.partner)
	to.Accounts = partnerv1.NewPayoutAccountServiceClient(p.partner)
	return to
}

// close closes what was dialled.
func (p peers) close() error {
	var errs []error
	for _, conn := range []*grpc.ClientConn{p.tokens, p.customer, p.partner} {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	return errors.Join(errs...)
}
