package partner

import (
	"net/url"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Config is the service's configuration, read from the environment with the
// prefix PARTNER_.
type Config struct {
	Database service.Database `envPrefix:"DATABASE_"`

	TimeZone        string         `env:"TIME_ZONE" envDefault:"Europe/London" help:"IANA time zone in which the vendor's days begin and end"`
	SigningKeyFiles []string       `env:"SIGNING_KEY_FILES,required" help:"private keys in PEM; the first signs tokens, all are published; reloaded when they change"`
	ServiceClients  ServiceClients `env:"SERVICE_CLIENTS" help:"the services' own identities, a JSON array of client_id, service and secret"`

	ConsentLog string `env:"CONSENT_LOG" help:"file to which requests for consent are appended, a JSON object a line, tokens included; without it they wait"`
	ConsentURL string `env:"CONSENT_URL" envDefault:"http://localhost:8080/consent/" help:"public address of the page of consents, to which the token is appended"`

	Customer server.DialConfig `envPrefix:"CUSTOMER_"`
	Tokens   auth.Settings     `envPrefix:""`
	Server   server.Config     `envPrefix:""`

	// Clock tells the time; nil is the machine's.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if _, err := calendar.LoadZone(c.TimeZone); err != nil {
		p.Add("TIME_ZONE", err.Error())
	}
	if len(c.SigningKeyFiles) == 0 {
		p.Add("SIGNING_KEY_FILES", "is empty")
	}
	if page, err := url.Parse(c.ConsentURL); err != nil || page.Host == "" || page.Scheme != "https" && page.Scheme != "http" || !strings.HasSuffix(c.ConsentURL, "/") {
		p.Add("CONSENT_URL", "must be the address of a page that ends in a slash, such as https://partners.example.com/consent/")
	}
	if err := c.ServiceClients.check(); err != nil {
		p.Add("SERVICE_CLIENTS", err.Error())
	}
}
