package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jws"
)

var (
	noon    = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	rsaPEM  = sync.OnceValue(func() []byte { return newRSA(2048) })
	ownHost = "https://holdfast.example"
)

func newRSA(bits int) []byte {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func newEC(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

func newSigner(t *testing.T, pems ...[]byte) *Signer {
	t.Helper()
	s, err := SignerFromPEM(pems...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// partnerClaims are valid at noon for five minutes.
func partnerClaims() Claims {
	return Claims{
		Issuer: ownHost, Audience: "holdfast", Subject: "cli_1", ClientID: "cli_1", ID: "t1",
		IssuedAt: noon.Unix(), ExpiresAt: noon.Add(5 * time.Minute).Unix(),
		Roles: []string{"partner"}, PartnerID: "softcat", PartnerIDs: []string{"softcat", "oldcat"}, Scope: "renewals:read renewals:write",
	}
}

func verifierAt(t *testing.T, now time.Time, issuers ...Issuer) *Verifier {
	t.Helper()
	v, err := New(Config{Issuers: issuers, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// forge signs any header and claims with the key of s.
func forge(t *testing.T, s *Signer, head, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	h := jws.NewHeaders()
	for name, value := range head {
		if err := h.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	token, err := jws.Sign(payload, jws.WithKey(s.algorithm, s.key, jws.WithProtectedHeaders(h)))
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

func claimMap(t *testing.T, c Claims, changes map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}
