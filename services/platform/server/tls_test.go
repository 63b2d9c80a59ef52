package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// authority signs certificates for 127.0.0.1.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, dir, name string) authority {
	t.Helper()
	key := newKey(t)
	a := authority{key: key, file: filepath.Join(dir, name+".pem")}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

// issue writes name.crt and name.key to dir and returns their paths.
func (a authority) issue(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePEM(t, key, "EC PRIVATE KEY", keyDER)
	writePEM(t, cert, "CERTIFICATE", der)
	return cert, key
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run serves h at config until the test ends.
func run(t *testing.T, config server.Config, h *handlers, deps server.Deps) *server.Server {
	t.Helper()
	deps.Log, deps.Telemetry, deps.Register = zap.NewNop(), startTelemetry(t), h.register
	deps.Verifier = servertest.NewIssuer(t).Verifier(t)
	s, err := server.New(config, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// call dials anew, gets a customer as a service, and returns the common name
// of the server's certificate.
func call(t *testing.T, config server.DialConfig) (string, error) {
	t.Helper()
	config.Timeout = 2 * time.Second
	conn, err := server.Dial(config, server.DialDeps{Log: zap.NewNop(), Tokens: servertest.NewIssuer(t).Tokens(t, "commission")})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var who peer.Peer
	if err := getCustomer(context.Background(), t, conn, grpc.Peer(&who)); err != nil {
		return "", err
	}
	info, ok := who.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return "", nil
	}
	return info.State.PeerCertificates[0].Subject.CommonName, nil
}

func TestTLS_ServesChangedCertificatesWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "ca")
	config := server.Default("127.0.0.1:0")
	config.TLS.Cert, config.TLS.Key = ca.issue(t, dir, "first")
	s := run(t, config, &handlers{}, server.Deps{})
	dial := server.DefaultDial(s.Addr().String())
	dial.TLS.CA = ca.file
	for _, name := range []string{"first", "second"} {
		ca.issue(t, dir, name)
		if got, err := call(t, dial); err != nil || got != name {
			t.Errorf("got %q, %v; want %s", got, err, name)
		}
	}
	if err := os.WriteFile(config.TLS.Cert, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := call(t, dial); err != nil || got != "second" {
		t.Errorf("with a broken file: %q, %v", got, err)
	}
}

func TestTLS_AdmitsOnlyClientsOfItsAuthority(t *testing.T) {
	dir, mine, theirs := t.TempDir(), t.TempDir(), t.TempDir()
	ca, stranger := newAuthority(t, dir, "ca"), newAuthority(t, theirs, "stranger")
	config := server.Default("127.0.0.1:0")
	config.TLS.Cert, config.TLS.Key = ca.issue(t, dir, "customer")
	config.TLS.ClientCA = ca.file
	s := run(t, config, &handlers{}, server.Deps{})

	dial := server.DefaultDial(s.Addr().String())
	dial.TLS.CA = ca.file
	if _, err := call(t, dial); rpcerr.ReasonOf(err) != "UNAVAILABLE" && rpcerr.ReasonOf(err) != "DEADLINE_EXCEEDED" {
		t.Errorf("without a certificate: %v", err)
	}
	dial.TLS.Cert, dial.TLS.Key = stranger.issue(t, theirs, "commission")
	if _, err := call(t, dial); rpcerr.ReasonOf(err) != "UNAVAILABLE" && rpcerr.ReasonOf(err) != "DEADLINE_EXCEEDED" {
		t.Errorf("with a stranger's: %v", err)
	}
	dial.TLS.Cert, dial.TLS.Key = ca.issue(t, mine, "commission")
	if _, err := call(t, dial); err != nil {
		t.Errorf("with its own: %v", err)
	}
}

func TestAdmin_SpeaksTLSWithTheServersCertificateAndAsksForNone(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "ca")
	config := server.Default("127.0.0.1:0")
	config.AdminAddr = "127.0.0.1:0"
	config.TLS.Cert, config.TLS.Key = ca.issue(t, dir, "customer")
	config.TLS.ClientCA = ca.file
	s := run(t, config, &handlers{}, server.Deps{})
	pool := x509.NewCertPool()
	pool.AddCert(reparsed(t, ca))
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
	response, err := client.Get("https://" + s.AdminAddr().String() + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
	plain, err := client.Get("http://" + s.AdminAddr().String() + "/livez")
	if err != nil {
		return
	}
	defer func() { _ = plain.Body.Close() }()
	if plain.StatusCode == http.StatusOK {
		t.Error("plaintext is answered")
	}
}

func TestNew_NeedsTLSWhereOthersCanListen(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "10.0.0.7:0", "customer.example:9001"} {
		if _, err := server.New(server.Default(addr), server.Deps{}); err == nil || !strings.Contains(err.Error(), "needs TLS") {
			t.Errorf("%s: %v", addr, err)
		}
		config := server.Default("127.0.0.1:0")
		config.AdminAddr = addr
		if _, err := server.New(config, server.Deps{}); err == nil || !strings.Contains(err.Error(), "needs TLS") {
			t.Errorf("admin at %s: %v", addr, err)
		}
		if _, err := server.Dial(server.DefaultDial("dns:///"+addr), server.DialDeps{}); err == nil || !strings.Contains(err.Error(), "needs TLS") {
			t.Errorf("dial %s: %v", addr, err)
		}
	}
}

func TestServe_OverASocket(t *testing.T) {
	path := "unix://" + filepath.Join(t.TempDir(), "s")
	run(t, server.Default(path), &handlers{}, server.Deps{})
	if _, err := call(t, server.DefaultDial(path)); err != nil {
		t.Error(err)
	}
}
