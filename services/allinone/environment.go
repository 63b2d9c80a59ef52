package allinone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
	"github.com/holdfast-channel/holdfast/services/commission"
	"github.com/holdfast-channel/holdfast/services/customer"
	"github.com/holdfast-channel/holdfast/services/gateway"
	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

func socket(sockets, service string) string { return filepath.Join(sockets, service) }

func adminSocket(sockets, service string) string { return filepath.Join(sockets, service+"-admin") }

// environment is what the services would find in their environment.
func environment(cfg Config, f *folder, cluster *pgcluster.Cluster, staffURL, sockets string) map[string]string {
	settings := map[string]string{
		"HOLDFAST_TOKEN_KEYS_URL": "unix://" + adminSocket(sockets, "partner") + ":/.well-known/jwks.json",
		"HOLDFAST_OIDC_ISSUERS":   issuers(staffURL),

		"PARTNER_SIGNING_KEY_FILES":    f.file("signing.pem"),
		"PARTNER_SERVICE_CLIENTS_FILE": f.file("clients.json"),
		"PARTNER_CONSENT_LOG":          f.file("consents.log"),
		"PARTNER_CONSENT_URL":          "http://" + cfg.Addr + "/consent/",

		"CUSTOMER_SURVEY_LOG": f.file("surveys.log"),
		"CUSTOMER_SURVEY_URL": "http://" + cfg.Addr + "/survey/",

		// An account of nobody's, for the files of the demonstration.
		"COMMISSION_PAYOUT_DEBTOR_NAME": "Holdfast Demonstration Ltd",
		"COMMISSION_PAYOUT_DEBTOR_IBAN": "GB29NWBK60161331926819",
		"COMMISSION_PAYOUT_DEBTOR_BIC":  "NWBKGB2L",

		"GATEWAY_ADDR": cfg.Addr,
	}
	for _, service := range []string{"customer", "partner", "commission", "gateway"} {
		maps.Copy(settings, map[string]string{
			prefix(service) + "ADMIN_ADDR":    "unix://" + adminSocket(sockets, service),
			prefix(service) + "CLIENT_ID":     "svc-" + service,
			prefix(service) + "CLIENT_SECRET": f.credentials.secret(service),
		})
		for _, other := range []string{"customer", "partner", "commission"} {
			settings[prefix(service)+prefix(other)+"TARGET"] = "unix://" + socket(sockets, other)
		}
		if service == "gateway" {
			continue
		}
		maps.Copy(settings, map[string]string{
			prefix(service) + "ADDR":                "unix://" + socket(sockets, service),
			prefix(service) + "DATABASE_URL":        cluster.URL(service+"_app", service),
			prefix(service) + "DATABASE_SYSTEM_URL": cluster.URL(service+"_system", service),
			prefix(service) + "DATABASE_OWNER_URL":  cluster.URL(service+"_owner", service),
		})
	}
	return settings
}

func prefix(service string) string {
	return map[string]string{"customer": "CUSTOMER_", "partner": "PARTNER_", "commission": "COMMISSION_", "gateway": "GATEWAY_"}[service]
}

// issuers describes the made-up staff's provider the way a vendor describes
// its own.
func issuers(staffURL string) string {
	text, err := json.Marshal([]map[string]any{{
		"name": "staff", "issuer": staffURL, "audience": staff.Audience, "roles_claim": "groups",
		"roles": map[string]string{"channel": "CHANNEL", "finance": "FINANCE", "experience": "EXPERIENCE", "admin": "ADMIN"},
		"human": map[string]string{"claim": "idtyp", "value": "user"},
	}})
	if err != nil {
		panic(err) // maps of text always marshal
	}
	return string(text)
}

// services are the parts to run, by name.
func services(settings map[string]string, clock func() time.Time, log *zap.Logger) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"customer": part("customer", settings, log, func(ctx context.Context, cfg customer.Config, log *zap.Logger) error {
			cfg.Clock = clock
			return customer.Run(ctx, cfg, log)
		}),
		"partner": part("partner", settings, log, func(ctx context.Context, cfg partner.Config, log *zap.Logger) error {
			cfg.Clock = clock
			return partner.Run(ctx, cfg, log)
		}),
		"commission": part("commission", settings, log, func(ctx context.Context, cfg commission.Config, log *zap.Logger) error {
			cfg.Clock = clock
			return commission.Run(ctx, cfg, log)
		}),
		"gateway": part("gateway", settings, log, gateway.Run),
	}
}

// part configures a service from the settings and runs it.
func part[T any](name string, settings map[string]string, log *zap.Logger, run func(context.Context, T, *zap.Logger) error) func(context.Context) error {
	return func(ctx context.Context) error {
		cfg, err := env.From[T](prefix(name), settings)
		if err != nil {
			return err
		}
		return run(ctx, cfg, log.Named(name))
	}
}

// pollReady asks a service's admin socket until it is ready.
func pollReady(ctx context.Context, path string) error {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://admin/readyz", nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			if err := response.Body.Close(); err == nil && response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return fmt.Errorf("%s: %w", filepath.Base(path), cause)
			}
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
