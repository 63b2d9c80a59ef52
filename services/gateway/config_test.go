package gateway

import (
	"context"
	"maps"
	"net"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// dialer dials a unix socket, whatever the address.
func dialer(path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
}

func TestConfig_NamesEveryProblemAtOnce(t *testing.T) {
	all := maps.Clone(settings)
	for name, value := range map[string]string{
		"GATEWAY_ADDR": "0.0.0.0:8080", "GATEWAY_DEADLINE": "2h", "GATEWAY_MAX_BODY_BYTES": "0", "GATEWAY_MAX_FILE_BYTES": "-1",
		"GATEWAY_CORS_ORIGINS": "https://portal.example/,*", "GATEWAY_PUBLIC_URL": "api.example", "GATEWAY_PARTNER_TARGET": "partner.internal:443",
	} {
		all[name] = value
	}
	_, err := env.From[Config]("GATEWAY_", all)
	if err == nil {
		t.Fatal("no problem was found")
	}
	for _, want := range []string{
		"GATEWAY_ADDR 0.0.0.0:8080 is reachable from other machines and needs TLS", "GATEWAY_DEADLINE must be", "GATEWAY_MAX_BODY_BYTES must be", "GATEWAY_MAX_FILE_BYTES must be",
		"GATEWAY_CORS_ORIGINS https://portal.example/ is no origin", "GATEWAY_CORS_ORIGINS * is no origin", "GATEWAY_PUBLIC_URL want", "GATEWAY_PARTNER_TARGET partner.internal:443 is another machine",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestConfig_RefusesWhatCantBeRead(t *testing.T) {
	for name, value := range map[string]string{
		"GATEWAY_RATE_LIMIT": "many", "GATEWAY_TRUSTED_PROXIES": "proxy.internal", "GATEWAY_ANONYMOUS_RATE_LIMIT": "5/0s",
	} {
		all := maps.Clone(settings)
		all[name] = value
		if _, err := env.From[Config]("GATEWAY_", all); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestRun_SaysWhatIsWrongBeforeItServes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	all := maps.Clone(settings)
	all["GATEWAY_ADDR"] = taken.Addr().String()
	cfg, err := env.From[Config]("GATEWAY_", all)
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), cfg, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "listen at "+taken.Addr().String()) {
		t.Errorf("error %v, want the address that is taken", err)
	}
}
