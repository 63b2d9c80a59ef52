// Package commission is the service that decides what partners earn: rate
// cards, relationships with their locked margins, calculations, quotes and
// renewals.
package commission

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// Config is the service's configuration, read from the environment with the
// prefix COMMISSION_.
type Config struct {
	DatabaseURL       string `env:"DATABASE_URL,required" help:"PostgreSQL URL of the role commission_app"`
	DatabaseSystemURL string `env:"DATABASE_SYSTEM_URL,required" help:"PostgreSQL URL of the role commission_system"`
	DatabaseOwnerURL  string `env:"DATABASE_OWNER_URL" help:"PostgreSQL URL of the role commission_owner; migrates at the start if set"`
	CustomerTarget    string `env:"CUSTOMER_TARGET,required" help:"gRPC target of the customer service"`
	PartnerTarget     string `env:"PARTNER_TARGET,required" help:"gRPC target of the partner service"`
	TimeZone          string `env:"TIME_ZONE" envDefault:"Europe/London" help:"IANA time zone in which the vendor's policies take effect"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	_ = p
}

// Run serves until ctx ends.
func Run(ctx context.Context, cfg Config, log *zap.Logger) error {
	_, _ = cfg, log
	<-ctx.Done()
	if err := ctx.Err(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
