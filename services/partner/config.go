package partner

import (
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
)

// Config is the service's configuration, read from the environment with the
// prefix PARTNER_.
type Config struct {
	DatabaseURL       string `env:"DATABASE_URL,required" help:"PostgreSQL URL of the role partner_app"`
	DatabaseSystemURL string `env:"DATABASE_SYSTEM_URL,required" help:"PostgreSQL URL of the role partner_system"`
	DatabaseOwnerURL  string `env:"DATABASE_OWNER_URL" help:"PostgreSQL URL of the role partner_owner; migrates at the start if set"`
	DatabaseMaxConns  int32  `env:"DATABASE_MAX_CONNS" envDefault:"10" help:"connections per role at most"`

	TimeZone        string         `env:"TIME_ZONE" envDefault:"Europe/London" help:"IANA time zone in which the vendor's days begin and end"`
	SigningKeyFiles []string       `env:"SIGNING_KEY_FILES,required" help:"private keys in PEM; the first signs tokens, all are published; reloaded when they change"`
	ServiceClients  ServiceClients `env:"SERVICE_CLIENTS" help:"the services' own identities, a JSON array of client_id, service and secret"`

	Tokens auth.Settings `envPrefix:""`
	Server server.Config `envPrefix:""`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if _, err := calendar.LoadZone(c.TimeZone); err != nil {
		p.Add("TIME_ZONE", err.Error())
	}
	if c.DatabaseMaxConns < 0 {
		p.Add("DATABASE_MAX_CONNS", "is negative")
	}
	if len(c.SigningKeyFiles) == 0 {
		p.Add("SIGNING_KEY_FILES", "is empty")
	}
	if err := c.ServiceClients.check(); err != nil {
		p.Add("SERVICE_CLIENTS", err.Error())
	}
}
