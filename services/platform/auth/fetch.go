package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// KeySource returns a JSON Web Key Set.
type KeySource func(ctx context.Context) ([]byte, error)

const (
	fetchTimeout = 5 * time.Second
	maxKeySet    = 1 << 20
)

// FetchKeys reads the key set at a URL: https, http to this machine, or
// "unix:///run/holdfast/partner.sock:/.well-known/jwks.json". Redirects are
// not followed.
func FetchKeys(address string) (KeySource, error) {
	get, err := fetcher(address)
	if err != nil {
		return nil, err
	}
	return KeySource(get), nil
}

// keysOf returns the source at keysURL, or the one that the issuer's discovery
// document names.
func keysOf(issuer, keysURL string) (KeySource, error) {
	if keysURL != "" {
		return FetchKeys(keysURL)
	}
	discover, err := fetcher(strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) ([]byte, error) {
		text, err := discover(ctx)
		if err != nil {
			return nil, err
		}
		return followDiscovery(ctx, issuer, text)
	}, nil
}

func followDiscovery(ctx context.Context, issuer string, text []byte) ([]byte, error) {
	var document struct {
		Issuer  string `json:"issuer"`
		KeysURL string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("discovery document of %s: %w", issuer, err)
	}
	if document.Issuer != issuer {
		return nil, fmt.Errorf("discovery document of %s speaks of another issuer", issuer)
	}
	get, err := fetcher(document.KeysURL)
	if err != nil {
		return nil, err
	}
	return get(ctx)
}

// fetcher returns a function that reads the document at address.
func fetcher(address string) (func(context.Context) ([]byte, error), error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of keys: %w", err)
	}
	client := &http.Client{
		Timeout:       fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	}
	switch {
	case u.Scheme == "https" && u.Host != "":
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme == "unix":
		socket, path, ok := strings.Cut(u.Path, ":")
		if !ok {
			return nil, fmt.Errorf("address of keys %q: want unix:///socket:/path", address)
		}
		client.Transport = overSocket(socket)
		address = "http://localhost" + path
	default:
		return nil, fmt.Errorf("address of keys %q: want https, http to this machine, or unix", address)
	}
	return func(ctx context.Context) ([]byte, error) { return get(ctx, client, address) }, nil
}

func overSocket(path string) http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}
}

func get(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", address, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", address, err)
	}
	if len(text) > maxKeySet {
		return nil, errors.New("GET " + address + ": larger than 1 MiB")
	}
	return text, nil
}

// loopback reports whether host names this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
