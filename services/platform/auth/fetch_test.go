package auth

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestFetchKeys_ReadsFromThisMachine(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	defer server.Close()
	reads(t, server.URL+"/jwks", "/jwks")
}

func TestFetchKeys_ReadsFromASocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	server.Listener = listener
	server.Start()
	defer server.Close()
	reads(t, "unix://"+path+":/.well-known/jwks.json", "/.well-known/jwks.json")
}

func reads(t *testing.T, address, want string) {
	t.Helper()
	keys, err := FetchKeys(address)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys(context.Background())
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFetchKeys_RefusesUnsafePlaces(t *testing.T) {
	for _, address := range []string{"http://keys.example/jwks", "http://10.0.0.7/jwks", "file:///etc/passwd", "unix:///socket", "", "https://"} {
		if _, err := FetchKeys(address); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}

func TestFetchKeys_RefusesAnswersThatAreNoKeySet(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"an error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"too much":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", maxKeySet+1)) },
		"a hang-up":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for name, handler := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			keys, err := FetchKeys(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := keys(context.Background()); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestKeysOf_FollowsTheDiscoveryDocumentOfItsIssuerOnly(t *testing.T) {
	var issuer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			fmt.Fprint(w, "the keys")
			return
		}
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":"http://%s/keys"}`, issuer, r.Host)
	}))
	defer server.Close()
	keys, err := keysOf(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	issuer = server.URL
	if got, err := keys(context.Background()); err != nil || string(got) != "the keys" {
		t.Errorf("got %q, %v", got, err)
	}
	issuer = "https://evil.example"
	if _, err := keys(context.Background()); err == nil {
		t.Error("another issuer's document was believed")
	}
}
