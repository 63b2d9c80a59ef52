package partner_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

const secret = "a secret of a service, long enough"

// writeKey writes a new signing key to a file.
func writeKey(t *testing.T, file string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// configure returns settings for an empty database and sockets of its own.
func configure(t *testing.T) (cfg partner.Config, keyFile string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "partner") // short: a socket's path has little room
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	keyFile = filepath.Join(dir, "key.pem")
	writeKey(t, keyFile)
	database := pgtest.Empty(t, "partner")
	cfg, err = env.From[partner.Config]("PARTNER_", map[string]string{
		"PARTNER_DATABASE_URL":        database.AppURL,
		"PARTNER_DATABASE_SYSTEM_URL": database.SystemURL,
		"PARTNER_DATABASE_OWNER_URL":  database.OwnerURL,
		"PARTNER_SIGNING_KEY_FILES":   keyFile,
		"PARTNER_SERVICE_CLIENTS": `[{"client_id": "bi", "service": "bi", "secret": "` + secret + `"},
			{"client_id": "commission", "service": "commission", "secret": "` + secret + `"}]`,
		"PARTNER_CUSTOMER_TARGET": "unix://" + dir + "/customer",
		"PARTNER_ADDR":            "unix://" + dir + "/rpc",
		"PARTNER_ADMIN_ADDR":      "unix://" + dir + "/admin",
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg, keyFile
}

// run starts the service and stops it when the test ends.
func run(t *testing.T, cfg partner.Config) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- partner.Run(ctx, cfg, zaptest.NewLogger(t)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func dial(t *testing.T, cfg partner.Config, tokens *auth.TokenSource) *grpc.ClientConn {
	t.Helper()
	conn, err := server.Dial(server.DefaultDial(cfg.Server.Addr), server.DialDeps{Log: zaptest.NewLogger(t), Tokens: tokens})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// issue asks for a token, and waits for a service that is just starting.
func issue(ctx context.Context, conn *grpc.ClientConn) (string, error) {
	answer, err := partnerv1.NewTokenServiceClient(conn).IssueToken(ctx, &partnerv1.IssueTokenRequest{
		GrantType: "client_credentials", ClientId: "bi", ClientSecret: secret,
	}, grpc.WaitForReady(true))
	return answer.GetAccessToken(), err
}

func TestRun_ServesFromAnEmptyDatabaseToACleanStop(t *testing.T) {
	cfg, _ := configure(t)
	run(t, cfg)
	ctx := servertest.Context(t)
	anonymous := dial(t, cfg, nil)
	conn := dial(t, cfg, auth.NewTokenSource(func(ctx context.Context) (string, time.Time, error) {
		token, err := issue(ctx, anonymous)
		return token, time.Now().Add(time.Minute), err
	}))
	p, err := partnerv1.NewPartnerServiceClient(conn).GetPartner(ctx, &partnerv1.GetPartnerRequest{PartnerId: "direct"}, grpc.WaitForReady(true))
	if err != nil || p.GetDisplayName() == "" {
		t.Errorf("got %v, %v", p, err)
	}
	health, err := grpc_health_v1.NewHealthClient(anonymous).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health: %v, %v", health, err)
	}
}

func TestRun_SignsWithTheKeyFilesAsTheyAre(t *testing.T) {
	cfg, keyFile := configure(t)
	run(t, cfg)
	ctx := servertest.Context(t)
	conn := dial(t, cfg, nil)
	published, err := auth.FetchKeys(cfg.Server.AdminAddr + ":/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string) error {
		verifier, err := auth.New(auth.Config{Issuers: []auth.Issuer{auth.Own("holdfast", "holdfast", published)}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = verifier.Verify(ctx, token)
		return err
	}
	old, err := issue(ctx, conn)
	if err != nil || verify(old) != nil {
		t.Fatalf("first key: %v, %v", err, verify(old))
	}
	writeKey(t, keyFile)
	fresh, err := issue(ctx, conn)
	if err != nil || verify(fresh) != nil {
		t.Errorf("second key: %v, %v", err, verify(fresh))
	}
	if verify(old) == nil {
		t.Error("a token of the withdrawn key still verifies")
	}
	if err := os.WriteFile(keyFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if token, err := issue(ctx, conn); err != nil || verify(token) != nil {
		t.Errorf("with a broken file: %v", err)
	}
}

func TestRun_SaysInOneLineWhatKeepsItFromStarting(t *testing.T) {
	cfg, keyFile := configure(t)
	tests := map[string]struct {
		change func(*partner.Config)
		want   string
	}{
		"no such zone": {func(c *partner.Config) { c.TimeZone = "Mars/Olympus" }, "TIME_ZONE"},
		"no key":       {func(c *partner.Config) { c.SigningKeyFiles = []string{keyFile + ".missing"} }, "signing key"},
		"no page":      {func(c *partner.Config) { c.ConsentURL = "https://partners.example.com/consent" }, "CONSENT_URL"},
		"no address":   {func(c *partner.Config) { c.Server.Addr = "" }, "ADDR is empty"},
		"no database":  {func(c *partner.Config) { c.Database.OwnerURL = "postgres://nobody@/none?host=/nowhere" }, "migrate"},
	}
	for name, tt := range tests {
		broken := cfg
		tt.change(&broken)
		err := partner.Run(servertest.Context(t), broken, zaptest.NewLogger(t))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestConfig_NeverQuotesASecret(t *testing.T) {
	const word = "hunter2"
	for name, text := range map[string]string{
		"short secret":   `[{"client_id": "bi", "service": "bi", "secret": "` + word + `"}]`,
		"unknown member": `[{"client_id": "bi", "password": "` + word + `"}]`,
		"no JSON":        word,
		"no name":        `[{"client_id": "", "service": "bi", "secret": "` + word + `"}]`,
		"twice": `[{"client_id": "bi", "service": "bi", "secret": "` + word + secret + `"},
			{"client_id": "bi", "service": "bi", "secret": "` + word + secret + `"}]`,
	} {
		_, err := env.From[partner.Config]("PARTNER_", map[string]string{
			"PARTNER_DATABASE_URL": "x", "PARTNER_DATABASE_SYSTEM_URL": "x", "PARTNER_SIGNING_KEY_FILES": "x", "PARTNER_ADDR": "unix:///x",
			"PARTNER_SERVICE_CLIENTS": text,
		})
		if err == nil || !strings.Contains(err.Error(), "PARTNER_SERVICE_CLIENTS") || strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRun_RefusesAConfigurationThatWasBuiltWrongly(t *testing.T) {
	err := partner.Run(t.Context(), partner.Config{}, zaptest.NewLogger(t))
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
