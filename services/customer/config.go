package customer

import (
	"net/url"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Config is the service's configuration, read from the environment with the
// prefix CUSTOMER_.
type Config struct {
	Database service.Database `envPrefix:"DATABASE_"`

	SurveyLog string `env:"SURVEY_LOG" help:"file to which invitations to surveys are appended, a JSON object a line, tokens included; without it they wait"`
	SurveyURL string `env:"SURVEY_URL" envDefault:"http://localhost:8080/survey/" help:"public address of the page of surveys, to which the token is appended"`

	Tokens auth.Settings `envPrefix:""`
	Server server.Config `envPrefix:""`

	// Clock tells the time; nil is the machine's.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if page, err := url.Parse(c.SurveyURL); err != nil || page.Host == "" || page.Scheme != "https" && page.Scheme != "http" || !strings.HasSuffix(c.SurveyURL, "/") {
		p.Add("SURVEY_URL", "must be the address of a page that ends in a slash, such as https://surveys.example.com/survey/")
	}
}
