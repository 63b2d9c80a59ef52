package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// issuing makes the back end a token service with a key of its own.
func issuing(t *testing.T, b *backend) *auth.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := auth.SignerFromPEM(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	b.answer("GetKeySet", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.GetKeySetResponse{JwksJson: string(signer.JWKS())}, nil
	})
	b.answer("IssueToken", func(_ context.Context, m proto.Message) (proto.Message, error) {
		r := m.(*partnerv1.IssueTokenRequest)
		now := time.Now().Unix()
		c := auth.Claims{Issuer: "holdfast", Audience: "holdfast", Subject: r.GetClientId(), ClientID: r.GetClientId(), ID: rand.Text(), IssuedAt: now, ExpiresAt: now + 300}
		if r.GetClientId() == "gateway" {
			c.Roles, c.Service = []string{"service"}, "gateway"
		} else {
			c.Roles, c.PartnerID, c.Scope = []string{"partner"}, "softcat", "partner:read"
		}
		token, err := signer.Sign(c)
		return &partnerv1.IssueTokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: 300, Scope: c.Scope}, err
	})
	return signer
}

// serveBackend serves the back end at a unix socket, as a service does.
func serveBackend(t *testing.T, b *backend, signer *auth.Signer, socket string) {
	t.Helper()
	verifier, err := auth.New(auth.Config{Issuers: []auth.Issuer{auth.Own("holdfast", "holdfast", signer.Keys())}})
	if err != nil {
		t.Fatal(err)
	}
	observed, err := telemetry.Start(t.Context(), "back", "test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Default(socket), server.Deps{Log: zap.NewNop(), Telemetry: observed, Verifier: verifier, Register: b.register})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, s.Run)
}

// finish runs f until the test ends.
func finish(t *testing.T, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// overSocket is a client of what is served at a unix socket.
func overSocket(t *testing.T, path string) *http.Client {
	transport := &http.Transport{DialContext: dialer(path)}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestRun_ServesAPartnerFromTokenToAnswer runs the gateway as a process would:
// settings from an environment, its own token from the token service, keys
// from there too, and the list of revoked clients polled.
func TestRun_ServesAPartnerFromTokenToAnswer(t *testing.T) {
	dir := t.TempDir()
	back, front, admin := filepath.Join(dir, "b"), filepath.Join(dir, "f"), filepath.Join(dir, "a")
	b := &backend{}
	serveBackend(t, b, issuing(t, b), "unix://"+back)
	all := maps.Clone(settings)
	all["GATEWAY_ADDR"], all["GATEWAY_ADMIN_ADDR"] = "unix://"+front, "unix://"+admin
	for _, service := range []string{"CUSTOMER", "PARTNER", "COMMISSION"} {
		all["GATEWAY_"+service+"_TARGET"] = "unix://" + back
	}
	cfg, err := env.From[Config]("GATEWAY_", all)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, func(ctx context.Context) error { return Run(ctx, cfg, zap.NewNop()) })

	client := overSocket(t, front)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	text := eventually(t, func() (int, string) {
		return post(t, client, "/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"cli_1"}, "client_secret": {"s"}})
	})
	if err := json.Unmarshal([]byte(text), &token); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() (int, string) { return get(t, client, "/v1/partners/softcat", token.AccessToken) })
	eventually(t, func() (int, string) { return get(t, client, "/.well-known/jwks.json", "") })

	operator := overSocket(t, admin)
	eventually(t, func() (int, string) { return get(t, operator, "/livez", "") })
	eventually(t, func() (int, string) { return get(t, operator, "/readyz", "") })
	metrics := eventually(t, func() (int, string) { return get(t, operator, "/metrics", "") })
	if want := `http_server_duration_seconds_count{method="GET",route="/v1/partners/{partner_id}",status="200"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("metrics lack %s", want)
	}
}

// eventually asks until the answer is 200, as the gateway and its list of
// revoked clients take a moment to come up.
func eventually(t *testing.T, ask func() (int, string)) string {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		status, body := ask()
		if status == http.StatusOK {
			return body
		}
		if time.Now().After(deadline) {
			t.Fatalf("status %d: %s", status, body)
		}
	}
}

func post(t *testing.T, client *http.Client, path string, form url.Values) (int, string) {
	t.Helper()
	answer, err := client.PostForm("http://gateway"+path, form)
	return read(t, answer, err)
}

func get(t *testing.T, client *http.Client, path, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://gateway"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	return read(t, answer, err)
}

// read returns status 0 where nobody answers.
func read(t *testing.T, answer *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
