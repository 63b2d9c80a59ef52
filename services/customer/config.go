package customer

import (
	"net/url"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
)

// Config is the service's configuration, read from the environment with the
// prefix CUSTOMER_.
type Config struct {
	DatabaseURL       string `env:"DATABASE_URL,required" help:"PostgreSQL URL of the role customer_app"`
	DatabaseSystemURL string `env:"DATABASE_SYSTEM_URL,required" help:"PostgreSQL URL of the role customer_system"`
	DatabaseOwnerURL  string `env:"DATABASE_OWNER_URL" help:"PostgreSQL URL of the role customer_owner; migrates at the start if set"`
	DatabaseMaxConns  int32  `env:"DATABASE_MAX_CONNS" envDefault:"10" help:"connections per role at most"`

	SurveyLog string `env:"SURVEY_LOG" help:"file to which invitations to surveys are appended, a JSON object a line, tokens included; without it they wait"`
	SurveyURL string `env:"SURVEY_URL" envDefault:"http://localhost:8080/survey/" help:"public address of the page of surveys, to which the token is appended"`

	Tokens auth.Settings `envPrefix:""`
	Server server.Config `envPrefix:""`

	// Clock tells the time; nil is the machine's.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if c.DatabaseMaxConns < 0 {
		p.Add("DATABASE_MAX_CONNS", "is negative")
	}
	if page, err := url.Parse(c.SurveyURL); err != nil || page.Host == "" || page.Scheme != "https" && page.Scheme != "http" || !strings.HasSuffix(c.SurveyURL, "/") {
		p.Add("SURVEY_URL", "must be the address of a page that ends in a slash, such as https://surveys.example.com/survey/")
	}
}

// now is the clock that the service goes by.
func (c Config) now() func() time.Time {
	if c.Clock == nil {
		return time.Now
	}
	return c.Clock
}
