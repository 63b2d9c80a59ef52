package customer_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/customer"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// Run is the whole service: it migrates an empty database, becomes ready, and
// stops when it is told to.
func TestRun_MigratesServesAndStops(t *testing.T) {
	database, dir := pgtest.Empty(t, "customer"), t.TempDir()
	admin := filepath.Join(dir, "admin")
	cfg, err := env.From[customer.Config]("CUSTOMER_", map[string]string{
		"CUSTOMER_DATABASE_URL": database.AppURL, "CUSTOMER_DATABASE_SYSTEM_URL": database.SystemURL, "CUSTOMER_DATABASE_OWNER_URL": database.OwnerURL,
		"CUSTOMER_ADDR": "unix://" + filepath.Join(dir, "grpc"), "CUSTOMER_ADMIN_ADDR": "unix://" + admin,
		"CUSTOMER_TOKEN_KEYS_URL": "unix://" + filepath.Join(dir, "keys") + ":/jwks.json",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- customer.Run(ctx, cfg, zap.NewNop()) }()
	waitReady(ctx, t, admin)
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// waitReady asks until the service says that it is ready.
func waitReady(ctx context.Context, t *testing.T, socket string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://admin/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatal("the service did not become ready")
		case <-tick.C:
		}
	}
}

func TestConfig_NamesWhatIsMissing(t *testing.T) {
	_, err := env.From[customer.Config]("CUSTOMER_", map[string]string{"CUSTOMER_DATABASE_MAX_CONNS": "-1"})
	if err == nil {
		t.Fatal("no error")
	}
}
