package server_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
)

func webConfig(t *testing.T) server.WebConfig {
	t.Helper()
	config, err := env.From[server.WebConfig]("", map[string]string{"ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// serveWeb serves handler; stop begins the stop, and done has Run's result.
func serveWeb(t *testing.T, config server.WebConfig, handler http.HandlerFunc) (w *server.Web, stop func(), done chan error) {
	t.Helper()
	w, err := server.NewWeb(config, handler, server.Deps{Log: zap.NewNop(), Telemetry: startTelemetry(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done = make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return w, cancel, done
}

// TestWeb_FinishesWhatIsInProgress stops a server while it answers a request.
func TestWeb_FinishesWhatIsInProgress(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	w, stop, done := serveWeb(t, webConfig(t), func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		_, _ = io.WriteString(w, "whole")
	})
	answer := make(chan string, 1)
	go func() { answer <- fetchWeb(http.DefaultTransport, "http://"+w.Addr().String()) }()
	<-entered
	stop()
	close(leave)
	if got := <-answer; got != "whole" {
		t.Errorf("answer %q, want the whole one", got)
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// fetchWeb returns the body, or the error's text.
func fetchWeb(by http.RoundTripper, url string) string {
	response, err := (&http.Client{Transport: by}).Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func TestWeb_ServesChangedCertificatesWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "ca")
	config := webConfig(t)
	config.TLS.Cert, config.TLS.Key = ca.issue(t, dir, "first")
	w, stop, done := serveWeb(t, config, func(http.ResponseWriter, *http.Request) {})
	pool := x509.NewCertPool()
	pool.AddCert(reparsed(t, ca))
	for _, name := range []string{"first", "second"} {
		ca.issue(t, dir, name)
		by := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true, ForceAttemptHTTP2: true}
		response, err := (&http.Client{Transport: by}).Get("https://" + w.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.TLS.PeerCertificates[0].Subject.CommonName; got != name || response.ProtoMajor != 2 {
			t.Errorf("certificate %s over %s, want %s over HTTP/2", got, response.Proto, name)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// reparsed is the authority's certificate as its file has it.
func reparsed(t *testing.T, a authority) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestWeb_NeedsTLSWhereOthersCanListen(t *testing.T) {
	config := webConfig(t)
	config.Addr = "0.0.0.0:0"
	if _, err := server.NewWeb(config, http.NotFoundHandler(), server.Deps{}); err == nil || !strings.Contains(err.Error(), "needs TLS") {
		t.Errorf("error %v, want that TLS is needed", err)
	}
}

func TestWeb_AnswersProbes(t *testing.T) {
	w, _, _ := serveWeb(t, webConfig(t), func(http.ResponseWriter, *http.Request) {})
	for _, path := range []string{"/livez", "/readyz"} {
		if got := fetchWeb(&http.Transport{DisableKeepAlives: true}, "http://"+w.AdminAddr().String()+path); got != "ok\n" {
			t.Errorf("%s: %q", path, got)
		}
	}
}
