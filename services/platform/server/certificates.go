package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"go.uber.org/zap"
	"google.golang.org/grpc/credentials"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// TLSFiles name the certificate of a server and, where clients must show one
// too, the authorities that sign theirs. The files may change at any time: the
// next handshake uses the new ones.
type TLSFiles struct {
	Cert     string `env:"CERT_FILE" help:"certificate chain in PEM"`
	Key      string `env:"KEY_FILE" help:"private key in PEM"`
	ClientCA string `env:"CLIENT_CA_FILE" help:"authorities of client certificates in PEM; without it clients need none"`
}

func (f TLSFiles) empty() bool { return f.Cert == "" && f.Key == "" && f.ClientCA == "" }

// Validate adds what is missing.
func (f TLSFiles) Validate(p *env.Problems) {
	if !f.empty() && (f.Cert == "" || f.Key == "") {
		p.Add("CERT_FILE", "and the matching KEY_FILE are needed together")
	}
}

func (f TLSFiles) load() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}}
	if f.ClientCA != "" {
		if c.ClientCAs, err = readPool(f.ClientCA); err != nil {
			return nil, err
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

func readPool(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("authorities: no certificate in " + path)
	}
	return pool, nil
}

// reloading are transport credentials that look, before each handshake, at
// whether their files have changed. Files that can't be used are logged once,
// and the old ones stay.
type reloading struct {
	files []string
	load  func() (*tls.Config, error)
	log   *zap.Logger

	mu      sync.Mutex
	stamp   string
	current credentials.TransportCredentials
}

// newReloading loads the files a first time, which must succeed.
func newReloading(log *zap.Logger, load func() (*tls.Config, error), files ...string) (*reloading, error) {
	r := &reloading{files: files, load: load, log: log}
	r.stamp = r.look()
	config, err := load()
	if err != nil {
		return nil, err
	}
	r.current = credentials.NewTLS(config)
	return r, nil
}

func (r *reloading) fresh() credentials.TransportCredentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	stamp := r.look()
	if stamp == r.stamp {
		return r.current
	}
	r.stamp = stamp
	config, err := r.load()
	if err != nil {
		r.log.Error("changed certificates can't be used", zap.Error(err))
		return r.current
	}
	r.log.Info("certificates reloaded")
	r.current = credentials.NewTLS(config)
	return r.current
}

// look tells one state of the files from another.
func (r *reloading) look() string {
	var b strings.Builder
	for _, f := range r.files {
		if info, err := os.Stat(f); f != "" && err == nil {
			fmt.Fprintf(&b, "%s %d %d;", f, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

// ClientHandshake is that of the current files.
func (r *reloading) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return r.fresh().ClientHandshake(ctx, authority, conn)
}

// ServerHandshake is that of the current files.
func (r *reloading) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return r.fresh().ServerHandshake(conn)
}

// Info tells gRPC that this is TLS.
func (r *reloading) Info() credentials.ProtocolInfo { return r.fresh().Info() }

// Clone returns r, which is safe to share.
func (r *reloading) Clone() credentials.TransportCredentials { return r }

// OverrideServerName is not needed: the name is set where the files are loaded.
func (r *reloading) OverrideServerName(string) error {
	return errors.New("the server name is part of the TLS settings")
}
