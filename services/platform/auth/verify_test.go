package auth

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

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
