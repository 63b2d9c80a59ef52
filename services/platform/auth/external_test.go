package auth

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const configured = `[{
	"name": "entra", "issuer": "https://login.example", "audience": "api://holdfast", "token_types": ["JWT"],
	"jwks_url": "https://login.example/keys", "subject_claim": "oid", "roles_claim": "realm.roles",
	"roles": {"hf-channel": "CHANNEL", "hf-finance": "FINANCE"}, "services": {"crm-prod": "crm"},
	"human": {"claim": "idtyp", "value": "user"}
}]`

// externalVerifier accepts tokens signed by s from the configured issuer.
func externalVerifier(t *testing.T, s *Signer) *Verifier {
	t.Helper()
	var x Externals
	if err := x.UnmarshalText([]byte(configured)); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Issuers(); err != nil {
		t.Fatal(err)
	}
	issuer, err := x.list[0].WithKeys(s.Keys())
	if err != nil {
		t.Fatal(err)
	}
	return verifierAt(t, noon, issuer)
}

func TestExternal_MapsItsClaims(t *testing.T) {
	s := newSigner(t, newEC(t))
	v := externalVerifier(t, s)
	tests := []struct {
		name   string
		change map[string]any
		want   *Caller
	}{
		{
			"a person with two roles, others ignored",
			map[string]any{"realm": map[string]any{"roles": []string{"hf-finance", "hf-channel", "hf-channel", "staff"}}, "idtyp": "user"},
			&Caller{Subject: "entra:4f1c", ClientID: "app", Roles: []Kind{Finance, Channel}, Human: true},
		},
		{
			"a program with a role",
			map[string]any{"realm": map[string]any{"roles": "hf-finance"}, "idtyp": "app"},
			&Caller{Subject: "entra:4f1c", ClientID: "app", Roles: []Kind{Finance}},
		},
		{
			"a service",
			map[string]any{"realm": map[string]any{"roles": []string{"crm-prod"}}},
			&Caller{Subject: "entra:4f1c", ClientID: "app", Roles: []Kind{Service}, Service: "crm"},
		},
		{"a person is no service", map[string]any{"realm": map[string]any{"roles": []string{"crm-prod"}}, "idtyp": "user"}, nil},
		{"no role of ours", map[string]any{"realm": map[string]any{"roles": []string{"staff"}}}, nil},
		{"roles elsewhere", map[string]any{"roles": []string{"hf-channel"}}, nil},
		{"no subject", map[string]any{"oid": nil, "realm": map[string]any{"roles": "hf-channel"}}, nil},
		{"a partner by its own word", map[string]any{"roles": []string{"partner"}, "partner_id": "softcat"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			claims := map[string]any{
				"iss": "https://login.example", "aud": "api://holdfast", "iat": noon.Unix(), "exp": noon.Unix() + 60,
				"oid": "4f1c", "azp": "app",
			}
			for name, value := range tt.change {
				claims[name] = value
			}
			got, err := v.Verify(context.Background(), forge(t, s, map[string]any{"typ": "JWT"}, claims))
			if tt.want == nil {
				if err == nil {
					t.Errorf("got %+v", got)
				}
				return
			}
			if diff := cmp.Diff(*tt.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestExternals_NamesMistakes(t *testing.T) {
	tests := map[string]string{
		`[{"name":"x","issuer":"https://x","audience":"a","rules":{}}]`:                                       "unknown field",
		`[{"issuer":"https://x","audience":"a"}]`:                                                             "has no name",
		`[{"name":"x","issuer":"https://x","audience":"a","roles":{"p":"PARTNER"}}]`:                          "none of CHANNEL",
		`[{"name":"x","issuer":"https://x","audience":"a","roles":{"p":"SERVICE"}}]`:                          "none of CHANNEL",
		`[{"name":"x","issuer":"http://x.example","audience":"a"}]`:                                           "want https",
		`[{"name":"x","issuer":"https://x","audience":"a","algorithms":["HS256"]}]`:                           "not an asymmetric",
		`[{"name":"x","issuer":"https://x"}]`:                                                                 "audience",
		`[{"name":"x","issuer":"https://x","audience":"a"},{"name":"x","issuer":"https://y","audience":"a"}]`: "another issuer has this name",
	}
	for text, want := range tests {
		var x Externals
		err := x.UnmarshalText([]byte(text))
		if err == nil {
			_, err = x.Issuers()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
