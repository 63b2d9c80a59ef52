package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v3/jwa"
)

func TestVerify_RefusesForgedSignatures(t *testing.T) {
	s, other := newSigner(t, rsaPEM()), newSigner(t, newRSA(2048))
	v := verifierAt(t, noon, Own(ownHost, "holdfast", s.Keys()))
	kid, _ := s.key.KeyID()
	claims := claimMap(t, partnerClaims(), nil)
	good := forge(t, s, map[string]any{"typ": "at+jwt"}, claims)
	public, err := x509.MarshalPKIXPublicKey(publicRSA(t, s))
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	otherPublic, err := other.key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	tests := map[string]string{
		"alg none":                        raw(t, map[string]any{"typ": "at+jwt", "alg": "none", "kid": kid}, claims) + ".x",
		"alg none without signature":      raw(t, map[string]any{"typ": "at+jwt", "alg": "none", "kid": kid}, claims) + ".",
		"HS256 with the public key":       hs256(t, map[string]any{"typ": "at+jwt", "alg": "HS256", "kid": kid}, claims, publicPEM),
		"HS256 with the key set":          hs256(t, map[string]any{"typ": "at+jwt", "alg": "HS256", "kid": kid}, claims, s.JWKS()),
		"another key of the same id":      forge(t, other, map[string]any{"typ": "at+jwt", "kid": kid}, claims),
		"a key in the header":             forge(t, other, map[string]any{"typ": "at+jwt", "jwk": otherPublic}, claims),
		"a key set named in the header":   forge(t, other, map[string]any{"typ": "at+jwt", "jku": "https://evil.example/jwks"}, claims),
		"a certificate named in header":   forge(t, other, map[string]any{"typ": "at+jwt", "x5u": "https://evil.example/x5u"}, claims),
		"a path as key id":                forge(t, other, map[string]any{"typ": "at+jwt", "kid": "../../etc/passwd"}, claims),
		"SQL as key id":                   forge(t, other, map[string]any{"typ": "at+jwt", "kid": "' OR 1=1 --"}, claims),
		"PS256 with a key of RS256":       signedAs(t, s, jwa.PS256(), claims),
		"RS512, which is not in the list": signedAs(t, s, jwa.RS512(), claims),
		"claims of another token":         parts[0] + "." + strings.Split(raw(t, nil, claimMap(t, partnerClaims(), map[string]any{"partner_id": "direct"})), ".")[1] + "." + parts[2],
		"no signature":                    parts[0] + "." + parts[1] + ".",
		"two parts":                       parts[0] + "." + parts[1],
		"four parts":                      good + ".x",
		"the JSON serialization":          `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"nothing":                         "",
		"more than 8 KiB":                 good + strings.Repeat("A", maxToken),
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) { refused(t, v, token) })
	}
	if _, err := v.Verify(context.Background(), good); err != nil {
		t.Errorf("the token that all these imitate: %v", err)
	}
}

func raw(t *testing.T, head, claims map[string]any) string {
	t.Helper()
	h, errHead := json.Marshal(head)
	c, errClaims := json.Marshal(claims)
	if err := errors.Join(errHead, errClaims); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
}

func hs256(t *testing.T, head, claims map[string]any, key []byte) string {
	t.Helper()
	signed := raw(t, head, claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func signedAs(t *testing.T, s *Signer, alg jwa.SignatureAlgorithm, claims map[string]any) string {
	t.Helper()
	other := *s
	other.algorithm = alg
	key, err := s.key.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Set("alg", alg); err != nil {
		t.Fatal(err)
	}
	other.key = key
	return forge(t, &other, map[string]any{"typ": "at+jwt"}, maps.Clone(claims))
}
