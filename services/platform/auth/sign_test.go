package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

func TestSigner_SignsWithTheFirstKeyAndPublishesAll(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "new.pem"), filepath.Join(dir, "old.pem")}
	for i, text := range [][]byte{rsaPEM(), newEC(t)} {
		if err := os.WriteFile(files[i], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := NewSigner(files...)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(s.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0]["alg"] != "RS256" || set.Keys[1]["alg"] != "ES256" || set.Keys[0]["use"] != "sig" {
		t.Errorf("published %s", s.JWKS())
	}
	for _, private := range []string{`"d"`, `"p"`, `"q"`} {
		if strings.Contains(string(s.JWKS()), private) {
			t.Errorf("publishes %s", private)
		}
	}
}

func TestNewSigner_RefusesKeysThatAreNone(t *testing.T) {
	for name, pems := range map[string][][]byte{
		"none": nil, "no PEM": {[]byte("hunter2")}, "weak": {newRSA(1024)},
	} {
		if _, err := SignerFromPEM(pems...); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSign_RefusesClaimsThatNoVerifierAccepts(t *testing.T) {
	s := newSigner(t, newEC(t))
	for name, change := range map[string]func(*Claims){
		"no issuer":     func(c *Claims) { c.Issuer = "" },
		"no id":         func(c *Claims) { c.ID = "" },
		"no lifetime":   func(c *Claims) { c.ExpiresAt = c.IssuedAt },
		"no role":       func(c *Claims) { c.Roles = nil },
		"an alien role": func(c *Claims) { c.Roles = []string{"finance"} },
	} {
		c := partnerClaims()
		change(&c)
		if _, err := s.Sign(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func publicRSA(t *testing.T, s *Signer) *rsa.PublicKey {
	t.Helper()
	raw, err := jwk.PublicRawKeyOf(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return raw.(*rsa.PublicKey)
}

// weakJWK is an RSA key of 1024 bits.
func weakJWK(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return `{"kty":"RSA","kid":"weak","e":"AQAB","n":"` + base64.RawURLEncoding.EncodeToString(key.N.Bytes()) + `"}`
}
