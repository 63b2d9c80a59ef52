package gateway

import (
	"net/netip"
	"net/url"
	"time"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/quota"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
)

// Config is the gateway's configuration, read from the environment with the
// prefix GATEWAY_.
type Config struct {
	Web server.WebConfig `envPrefix:""`

	PublicURL      string         `env:"PUBLIC_URL" help:"address by which clients know the gateway, for the discovery document; the one they used if empty"`
	MaxBodyBytes   int64          `env:"MAX_BODY_BYTES" envDefault:"1048576" help:"largest body of a request"`
	MaxFileBytes   int64          `env:"MAX_FILE_BYTES" envDefault:"5242880" help:"largest body of a request that carries a file"`
	Deadline       time.Duration  `env:"DEADLINE" envDefault:"30s" help:"how long the services may take to answer, from 1s to 60s"`
	RateLimit      quota.Rate     `env:"RATE_LIMIT" envDefault:"600/60s" help:"requests of one client in a window"`
	AnonymousLimit quota.Rate     `env:"ANONYMOUS_RATE_LIMIT" envDefault:"300/60s" help:"requests without a valid token from one address in a window; token requests count here"`
	CORSOrigins    []string       `env:"CORS_ORIGINS" help:"origins that browsers may call from, such as https://portal.example; none if empty"`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" help:"networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8; none if empty"`

	ClientID     string `env:"CLIENT_ID" envDefault:"gateway" help:"client id of the gateway's own identity"`
	ClientSecret string `env:"CLIENT_SECRET,required" help:"its secret"`

	Customer   server.DialConfig `envPrefix:"CUSTOMER_"`
	Partner    server.DialConfig `envPrefix:"PARTNER_"`
	Commission server.DialConfig `envPrefix:"COMMISSION_"`

	Tokens auth.Settings `envPrefix:""`
}

const (
	shortestDeadline = time.Second
	longestDeadline  = time.Minute
)

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if c.MaxBodyBytes <= 0 {
		p.Add("MAX_BODY_BYTES", "must be more than 0")
	}
	if c.MaxFileBytes <= 0 {
		p.Add("MAX_FILE_BYTES", "must be more than 0")
	}
	if c.Deadline < shortestDeadline || c.Deadline > longestDeadline {
		p.Add("DEADLINE", "must be from 1s to 60s")
	}
	if c.Web.WriteTimeout > 0 && c.Web.WriteTimeout <= c.Deadline {
		p.Add("WRITE_TIMEOUT", "must be longer than DEADLINE, or late answers are cut off")
	}
	for _, origin := range c.CORSOrigins {
		if !plainOrigin(origin) {
			p.Add("CORS_ORIGINS", origin+" is no origin: want scheme://host or scheme://host:port")
		}
	}
	if c.PublicURL != "" && !plainOrigin(c.PublicURL) {
		p.Add("PUBLIC_URL", "want scheme://host or scheme://host:port")
	}
}

// plainOrigin reports whether s is an origin as browsers send it.
func plainOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && s == u.Scheme+"://"+u.Host && u.Hostname() != "*"
}

func (c Config) bounds() guard.Config {
	return guard.Config{
		MaxBody: c.MaxBodyBytes, MaxFile: c.MaxFileBytes, FilePaths: rest.FilePaths, Deadline: c.Deadline, Origins: c.CORSOrigins, TrustedProxies: c.TrustedProxies,
		Clients: c.RateLimit, Anonymous: c.AnonymousLimit,
	}
}
