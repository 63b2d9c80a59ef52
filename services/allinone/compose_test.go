package allinone_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.yaml.in/yaml/v3"

	"github.com/holdfast-channel/holdfast/services/commission"
	"github.com/holdfast-channel/holdfast/services/customer"
	"github.com/holdfast-channel/holdfast/services/gateway"
	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// composed is what the test reads of the compose file.
type composed struct {
	Services map[string]struct {
		Environment map[string]string
		Build       struct{ Args map[string]string }
	}
}

// variable is a value of the shell with its default, as in ${NAME:-default}.
var variable = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`)

// environmentOf is what the compose file gives a service, with its secrets in
// a folder of the test.
func environmentOf(t *testing.T, service string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file composed
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if got := file.Services[service].Build.Args["SERVICE"]; got != service {
		t.Errorf("the image of %s is built with SERVICE=%q", service, got)
	}
	dir, environment := t.TempDir(), map[string]string{}
	for name, value := range file.Services[service].Environment {
		value = strings.ReplaceAll(variable.ReplaceAllString(value, "$1"), "/secrets", dir)
		if strings.HasSuffix(name, "_FILE") && strings.HasPrefix(value, dir) {
			content := "secret"
			if strings.HasSuffix(value, ".json") {
				content = `[{"client_id": "svc-gateway", "service": "gateway", "secret": "0123456789abcdef0123456789abcdef"}]`
			}
			if err := os.WriteFile(value, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		environment[name] = value
	}
	return environment
}

// checkComposed loads a service's settings from the compose file, and refuses
// names that no setting has.
func checkComposed[T any](service string, _ func(context.Context, T, *zap.Logger) error) func(*testing.T) {
	return func(t *testing.T) {
		prefix := strings.ToUpper(service) + "_"
		environment := environmentOf(t, service)
		cfg, err := env.From[T](prefix, environment)
		if err != nil {
			t.Error(err)
		}
		known := map[string]bool{}
		for _, s := range env.Settings(cfg, prefix) {
			known[s.Name] = true
		}
		for name := range environment {
			own := strings.HasPrefix(name, prefix) && !known[name] && !known[strings.TrimSuffix(name, "_FILE")]
			shared := strings.HasPrefix(name, env.Shared) && !known[prefix+strings.TrimPrefix(name, env.Shared)]
			if own || shared {
				t.Errorf("%s is no setting of %s", name, service)
			}
		}
		if filepath.IsAbs(environment["HOLDFAST_TLS_CLIENT_CA_FILE"]) != (environment[prefix+"TLS_CERT_FILE"] != "") {
			t.Errorf("%s: TLS is half configured", service)
		}
	}
}

func TestCompose_ConfiguresEveryServiceCompletely(t *testing.T) {
	t.Run("customer", checkComposed("customer", customer.Run))
	t.Run("partner", checkComposed("partner", partner.Run))
	t.Run("commission", checkComposed("commission", commission.Run))
	t.Run("gateway", checkComposed("gateway", gateway.Run))
}
