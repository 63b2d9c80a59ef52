package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
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

func TestVerify_ReadsPartnersAndServices(t *testing.T) {
	s := newSigner(t, rsaPEM())
	v := verifierAt(t, noon, Own(ownHost, "holdfast", s.Keys()))
	service := partnerClaims()
	service.Roles, service.PartnerID, service.PartnerIDs, service.Service, service.Scope = []string{"service"}, "", nil, "commission", ""
	tests := []struct {
		claims Claims
		want   Caller
		name   string
	}{
		{partnerClaims(), Caller{
			Subject: "cli_1", ClientID: "cli_1", Roles: []Kind{Partner}, PartnerID: "softcat",
			PartnerIDs: []string{"softcat", "oldcat"}, Scopes: []string{"renewals:read", "renewals:write"},
		}, "partner:softcat"},
		{service, Caller{Subject: "cli_1", ClientID: "cli_1", Roles: []Kind{Service}, Service: "commission", Scopes: []string{}}, "service:commission"},
	}
	for _, tt := range tests {
		token, err := s.Sign(tt.claims)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(context.Background(), token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || got.String() != tt.name {
			t.Errorf("%s: %s", got.String(), diff)
		}
	}
}

func TestVerify_RefusesWhatIsNotAnAccessTokenForUs(t *testing.T) {
	s := newSigner(t, rsaPEM())
	v := verifierAt(t, noon, Own(ownHost, "holdfast", s.Keys()))
	good := map[string]any{"typ": "at+jwt"}
	tests := []struct {
		name   string
		head   map[string]any
		change map[string]any
	}{
		{"an id token", map[string]any{"typ": "JWT"}, nil},
		{"a token without type", nil, nil},
		{"a critical extension", map[string]any{"typ": "at+jwt", "crit": []string{"exp"}}, nil},
		{"another audience", good, map[string]any{"aud": "billing"}},
		{"no audience", good, map[string]any{"aud": nil}},
		{"an audience that begins like ours", good, map[string]any{"aud": "holdfast2"}},
		{"an issuer that begins like ours", good, map[string]any{"iss": ownHost + ".evil.example"}},
		{"an issuer with a slash", good, map[string]any{"iss": ownHost + "/"}},
		{"no issuer", good, map[string]any{"iss": nil}},
		{"an expired token", good, map[string]any{"exp": noon.Unix()}},
		{"a token without expiry", good, map[string]any{"exp": nil}},
		{"an expiry that is text", good, map[string]any{"exp": "4102444800"}},
		{"a token of the future", good, map[string]any{"iat": noon.Unix() + 60}},
		{"a token without its time", good, map[string]any{"iat": nil}},
		{"a token not valid yet", good, map[string]any{"nbf": noon.Unix() + 60}},
		{"no subject", good, map[string]any{"sub": nil}},
		{"no client", good, map[string]any{"client_id": nil}},
		{"no id", good, map[string]any{"jti": nil}},
		{"no role", good, map[string]any{"roles": nil}},
		{"two roles", good, map[string]any{"roles": []string{"partner", "service"}}},
		{"a staff role", good, map[string]any{"roles": []string{"finance"}}},
		{"a partner without id", good, map[string]any{"partner_id": nil}},
		{"a partner that is a service", good, map[string]any{"service": "gateway"}},
		{"expiry under a similar name", good, map[string]any{"exp": nil, "EXP": noon.Unix() + 60}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, v, forge(t, s, tt.head, claimMap(t, partnerClaims(), tt.change)))
		})
	}
	if _, err := v.Verify(context.Background(), forge(t, s, good, claimMap(t, partnerClaims(), map[string]any{"aud": []string{"x", "holdfast"}}))); err != nil {
		t.Errorf("one of several audiences: %v", err)
	}
}

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

// refused checks that the caller learns nothing but UNAUTHENTICATED.
func refused(t *testing.T, v *Verifier, token string) {
	t.Helper()
	_, err := v.Verify(context.Background(), token)
	if !errors.Is(err, rpcerr.Unauthenticated) {
		t.Fatalf("got %v", err)
	}
	if got := rpcerr.Status(err).Message(); got != rpcerr.Unauthenticated.Message {
		t.Errorf("the caller is told %q", got)
	}
}

func TestVerify_KeepsTheKeysOfIssuersApart(t *testing.T) {
	ours, theirs := newSigner(t, rsaPEM()), newSigner(t, newEC(t))
	external, err := External{Name: "x", Issuer: "https://x.example", Audience: "holdfast", Roles: map[string]string{"a": "ADMIN"}}.WithKeys(theirs.Keys())
	if err != nil {
		t.Fatal(err)
	}
	v := verifierAt(t, noon, Own(ownHost, "holdfast", ours.Keys()), external)
	refused(t, v, forge(t, theirs, map[string]any{"typ": "at+jwt"}, claimMap(t, partnerClaims(), nil)))
}

func TestVerify_AsksForAnUnknownKeyOnlyOnceInAWhile(t *testing.T) {
	first, second := newSigner(t, rsaPEM()), newSigner(t, newEC(t))
	now, fetches := noon, atomic.Int32{}
	published := first.JWKS()
	v, err := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{
		Own(ownHost, "holdfast", func(context.Context) ([]byte, error) { fetches.Add(1); return published, nil }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	rotated := forge(t, second, map[string]any{"typ": "at+jwt"}, claimMap(t, partnerClaims(), nil))
	for range 1000 {
		refused(t, v, rotated)
	}
	if got := fetches.Load(); got != 1 {
		t.Errorf("%d fetches for 1000 tokens with an unknown key", got)
	}
	published, now = second.JWKS(), now.Add(refetch)
	if _, err := v.Verify(context.Background(), rotated); err != nil || fetches.Load() != 2 {
		t.Errorf("after rotation: %v, %d fetches", err, fetches.Load())
	}
}

func TestVerify_IsUnavailableWithoutKeysAndUsesOldOnesForAnHour(t *testing.T) {
	s := newSigner(t, rsaPEM())
	now := noon
	down := errors.New("connection refused")
	err := down
	v, _ := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{
		Own(ownHost, "holdfast", func(context.Context) ([]byte, error) { return s.JWKS(), err }),
	}})
	verify := func() error {
		c := partnerClaims()
		c.IssuedAt, c.ExpiresAt = now.Unix(), now.Add(time.Minute).Unix()
		token, signErr := s.Sign(c)
		if signErr != nil {
			t.Fatal(signErr)
		}
		_, verifyErr := v.Verify(context.Background(), token)
		return verifyErr
	}
	if got := verify(); !errors.Is(got, rpcerr.Unavailable) || errors.Is(got, rpcerr.Unauthenticated) {
		t.Errorf("before the issuer is up: %v", got)
	}
	now, err = now.Add(retryFetch), nil
	if got := verify(); got != nil {
		t.Errorf("once it is up: %v", got)
	}
	now, err = now.Add(keysUsable-time.Minute), down
	if got := verify(); got != nil {
		t.Errorf("while it is down: %v", got)
	}
	now = now.Add(2 * time.Minute)
	if got := verify(); !errors.Is(got, rpcerr.Unavailable) {
		t.Errorf("an hour later: %v", got)
	}
}

func TestVerify_RemembersATokenUntilItExpires(t *testing.T) {
	s := newSigner(t, rsaPEM())
	now := noon
	v, err := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{Own(ownHost, "holdfast", s.Keys())}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Sign(partnerClaims())
	if err != nil {
		t.Fatal(err)
	}
	first, err := v.verify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := v.verify(context.Background(), token); again != first {
		t.Error("the token was examined twice")
	}
	now = noon.Add(5 * time.Minute)
	refused(t, v, token)
}

func TestCache_StaysWithinItsSize(t *testing.T) {
	c := newCache(100)
	for i := range 1000 {
		c.put(sha256.Sum256([]byte{byte(i), byte(i >> 8)}), &Caller{}, noon, noon.Add(time.Minute))
		if len(c.seen) > 100 {
			t.Fatalf("%d entries", len(c.seen))
		}
	}
}

func TestNew_RefusesUnsafeIssuers(t *testing.T) {
	keys := newSigner(t, rsaPEM()).Keys()
	symmetric := Own(ownHost, "holdfast", keys)
	symmetric.Algorithms = []string{"HS256"}
	none := Own(ownHost, "holdfast", keys)
	none.Algorithms = []string{"none"}
	tests := map[string][]Issuer{
		"symmetric":   {symmetric},
		"none":        {none},
		"no audience": {Own(ownHost, "", keys)},
		"no keys":     {Own(ownHost, "holdfast", nil)},
		"twice":       {Own(ownHost, "holdfast", keys), Own(ownHost, "other", keys)},
	}
	for name, issuers := range tests {
		if _, err := New(Config{Issuers: issuers}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestParseKeys_LeavesOutWhatMustNotVerify(t *testing.T) {
	weak := weakJWK(t)
	keys, err := parseKeys([]byte(`{"keys":[
		{"kty":"oct","kid":"secret","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
		{"kty":"unheard-of","kid":"new"}, ` + weak + `]}`))
	if err != nil || len(keys) != 0 {
		t.Errorf("%v, %v", keys, err)
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
