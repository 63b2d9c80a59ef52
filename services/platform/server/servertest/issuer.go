package servertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

const (
	ownIssuer   = "https://tokens.test"
	staffIssuer = "https://staff.test"
	audience    = "holdfast"
	staffName   = "staff"
	lifetime    = time.Hour
)

// Issuer signs tokens for any caller: partners and services in the name of the
// platform, people in the name of an external issuer "staff".
type Issuer struct {
	key    jwk.Key
	signer *auth.Signer
}

// keyPEM is made once: all tests of a process may trust each other.
var keyPEM = sync.OnceValues(func() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
})

// NewIssuer returns an issuer. All issuers of a process share one key, so that
// several servers accept each other's callers.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	text, err := keyPEM()
	must(t, err)
	signer, err := auth.SignerFromPEM(text)
	must(t, err)
	key, err := jwk.ParseKey(text, jwk.WithPEM(true))
	must(t, err)
	set, err := jwk.Parse(signer.JWKS())
	must(t, err)
	published, _ := set.Key(0)
	id, _ := published.KeyID()
	must(t, key.Set(jwk.KeyIDKey, id))
	return &Issuer{key: key, signer: signer}
}

// Verifier returns one that accepts the issuer's tokens.
func (i *Issuer) Verifier(t testing.TB) *auth.Verifier {
	t.Helper()
	staff, err := auth.External{
		Name: staffName, Issuer: staffIssuer, Audience: audience, Human: auth.Equal{Claim: "kind", Value: "person"},
		Roles: map[string]string{"CHANNEL": "CHANNEL", "FINANCE": "FINANCE", "EXPERIENCE": "EXPERIENCE", "ADMIN": "ADMIN"},
	}.WithKeys(i.signer.Keys())
	must(t, err)
	v, err := auth.New(auth.Config{Issuers: []auth.Issuer{auth.Own(ownIssuer, audience, i.signer.Keys()), staff}})
	must(t, err)
	return v
}

// Token returns a token that verifies to c, apart from c.Acting, which no token
// carries.
func (i *Issuer) Token(t testing.TB, c auth.Caller) string {
	t.Helper()
	payload, err := json.Marshal(claimsOf(c, time.Now()))
	must(t, err)
	h := jws.NewHeaders()
	must(t, h.Set(jws.TypeKey, "at+jwt"))
	token, err := jws.Sign(payload, jws.WithKey(jwa.ES256(), i.key, jws.WithProtectedHeaders(h)))
	must(t, err)
	return string(token)
}

// Tokens returns the source of a service's own token.
func (i *Issuer) Tokens(t testing.TB, service string) *auth.TokenSource {
	return auth.NewTokenSource(func(context.Context) (string, time.Time, error) {
		return i.Token(t, Service(service)), time.Now().Add(lifetime), nil
	})
}

func claimsOf(c auth.Caller, now time.Time) map[string]any {
	claims := map[string]any{
		"iss": ownIssuer, "aud": audience, "sub": c.Subject, "client_id": c.ClientID, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(),
	}
	switch {
	case c.PartnerID != "":
		claims["roles"], claims["partner_id"], claims["partner_ids"] = []string{"partner"}, c.PartnerID, c.PartnerIDs
		claims["scope"] = strings.Join(c.Scopes, " ")
	case c.Service != "":
		claims["roles"], claims["service"] = []string{"service"}, c.Service
	default:
		claims["iss"], claims["sub"] = staffIssuer, strings.TrimPrefix(c.Subject, staffName+":")
		claims["roles"] = roleNames(c.Roles)
		if c.Human {
			claims["kind"] = "person"
		}
	}
	return claims
}

func roleNames(kinds []auth.Kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, auth.KindName(k))
	}
	return names
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
