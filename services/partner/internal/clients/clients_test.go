package clients_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func registered(t *testing.T, c clients.Client, secret string) clients.Client {
	t.Helper()
	if c.ID == "" {
		c.ID = "cli_1"
	}
	made, err := clients.Register(c, secret, noon)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func apply(c clients.Client, secret string, at time.Time) error {
	_, err := c.Grant(clients.Application{GrantType: "client_credentials", Secret: secret, At: at})
	return err
}

func TestRegister_NeedsOneOwnerAndKnownScopes(t *testing.T) {
	tests := map[string]struct {
		client clients.Client
		want   error
	}{
		"a partner":             {clients.Client{PartnerID: "softcat"}, nil},
		"a service":             {clients.Client{Service: "billing"}, nil},
		"nobody":                {clients.Client{}, clients.ErrInvalid},
		"both":                  {clients.Client{PartnerID: "softcat", Service: "billing"}, clients.ErrInvalid},
		"an unknown scope":      {clients.Client{PartnerID: "softcat", Scopes: []clients.Scope{"world:rule"}}, clients.ErrInvalidScope},
		"a service with scopes": {clients.Client{Service: "billing", Scopes: []clients.Scope{"renewals:read"}}, clients.ErrInvalidScope},
		"a long name":           {clients.Client{Service: "billing", DisplayName: strings.Repeat("x", 201)}, clients.ErrInvalid},
	}
	for name, tt := range tests {
		if _, err := clients.Register(tt.client, "secret", noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}

func TestRegister_GivesAPartnerAllScopesUnlessSomeAreNamed(t *testing.T) {
	all := registered(t, clients.Client{PartnerID: "softcat"}, "secret")
	if len(all.Scopes) != 19 {
		t.Errorf("got %v", all.Scopes)
	}
	some := registered(t, clients.Client{PartnerID: "softcat", Scopes: []clients.Scope{"renewals:write", "renewals:read", "renewals:read"}}, "secret")
	if diff := cmp.Diff([]clients.Scope{"renewals:read", "renewals:write"}, some.Scopes); diff != "" {
		t.Error(diff)
	}
}

func TestGrant_GivesNoMoreScopesThanAskedFor(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat", Scopes: []clients.Scope{"renewals:read", "renewals:write"}}, "secret")
	tests := []struct {
		wanted, granted string
		err             error
	}{
		{"", "renewals:read renewals:write", nil},
		{"renewals:write", "renewals:write", nil},
		{" renewals:write  renewals:read ", "renewals:read renewals:write", nil},
		{"renewals:write clients:manage", "", clients.ErrInvalidScope},
	}
	for _, tt := range tests {
		got, err := c.Grant(clients.Application{Secret: "secret", Scope: tt.wanted, At: noon})
		if !errors.Is(err, tt.err) || got.Scope() != tt.granted {
			t.Errorf("%q: got %q, %v", tt.wanted, got.Scope(), err)
		}
	}
}

func TestGrant_AnswersAllWrongCredentialsAlike(t *testing.T) {
	known := registered(t, clients.Client{PartnerID: "softcat"}, "secret")
	tests := map[string]error{
		"unknown client": apply(clients.Client{}, "secret", noon),
		"empty secret":   apply(clients.Client{}, "", noon),
		"wrong secret":   apply(known, "Secret", noon),
		"no secret":      apply(known, "", noon),
		"endless secret": apply(known, strings.Repeat("secret", 100_000), noon),
		"revoked client": apply(known.Revoke(noon), "secret", noon),
	}
	for name, err := range tests {
		if !errors.Is(err, clients.ErrInvalidClient) || err.Error() != clients.ErrInvalidClient.Error() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCheck_OffersClientCredentialsOnly(t *testing.T) {
	for grant, want := range map[string]error{
		"client_credentials": nil, "password": clients.ErrUnsupportedGrantType, "": clients.ErrUnsupportedGrantType,
	} {
		if err := (clients.Application{GrantType: grant}).Check(); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", grant, err, want)
		}
	}
}

func TestRotate_KeepsTheOldSecretForTheOverlap(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat"}, "old")
	c, err := c.Rotate(clients.Rotation{Secret: "new", Overlap: time.Hour, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		secret string
		at     time.Time
		want   error
	}{
		{"new", noon, nil},
		{"old", noon, nil},
		{"old", noon.Add(time.Hour - 1), nil},
		{"old", noon.Add(time.Hour), clients.ErrInvalidClient},
		{"new", noon.AddDate(10, 0, 0), nil},
	}
	for _, tt := range tests {
		if err := apply(c, tt.secret, tt.at); !errors.Is(err, tt.want) {
			t.Errorf("%s at %s: got %v, want %v", tt.secret, tt.at, err, tt.want)
		}
	}
}

func TestRotate_WithoutOverlapEndsTheOldSecretAtOnce(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat"}, "leaked")
	c, err := c.Rotate(clients.Rotation{Secret: "new", At: noon})
	if err != nil || !errors.Is(apply(c, "leaked", noon), clients.ErrInvalidClient) || len(c.Secrets) != 1 {
		t.Errorf("got %+v, %v", c.Secrets, err)
	}
}

func TestRotate_NeverLengthensALife(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat"}, "first")
	c, _ = c.Rotate(clients.Rotation{Secret: "second", Overlap: time.Hour, At: noon})
	c, _ = c.Rotate(clients.Rotation{Secret: "third", Overlap: 24 * time.Hour, At: noon})
	if err := apply(c, "first", noon.Add(2*time.Hour)); !errors.Is(err, clients.ErrInvalidClient) {
		t.Errorf("got %v", err)
	}
}

func TestRotate_ToASecretThatIsRunningOutMakesItTheNewestAgain(t *testing.T) {
	c := registered(t, clients.Client{Service: "billing"}, "first")
	c, _ = c.Rotate(clients.Rotation{Secret: "second", Overlap: time.Hour, At: noon})
	c, _ = c.Rotate(clients.Rotation{Secret: "first", Overlap: time.Hour, At: noon})
	if !c.Holds("first") || c.Holds("second") || len(c.Secrets) != 2 || apply(c, "first", noon.AddDate(1, 0, 0)) != nil {
		t.Errorf("got %+v", c.Secrets)
	}
}

func TestRevoke_IsForGood(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat"}, "secret").Revoke(noon)
	if _, err := c.Rotate(clients.Rotation{Secret: "new", At: noon}); !errors.Is(err, clients.ErrRevoked) {
		t.Errorf("rotate: %v", err)
	}
	if diff := cmp.Diff(c, c.Revoke(noon.Add(time.Hour))); diff != "" {
		t.Errorf("revoked again:\n%s", diff)
	}
}

// The newest secret is always good, and at most two others are.
func TestRotate_KeepsAtMostTwoOldSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := clients.Register(clients.Client{ID: "cli_1", PartnerID: "softcat"}, "secret 0", noon)
		at := noon
		for i := range rapid.IntRange(1, 8).Draw(t, "rotations") {
			at = at.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "pause")) * time.Minute)
			secret := strings.Repeat("s", i+1)
			overlap := time.Duration(rapid.IntRange(0, 180).Draw(t, "overlap")) * time.Minute
			var err error
			if c, err = c.Rotate(clients.Rotation{Secret: secret, Overlap: overlap, At: at}); err != nil {
				t.Fatal(err)
			}
			if apply(c, secret, at) != nil || len(c.Secrets) > 3 || len(c.LiveSecrets(at)) != len(c.Secrets) {
				t.Fatalf("after rotation %d: %+v", i+1, c.Secrets)
			}
		}
	})
}

func TestClient_HasNoSecretInItsJSON(t *testing.T) {
	text, err := json.Marshal(registered(t, clients.Client{PartnerID: "softcat"}, clients.Entropy{1, 2, 3}.Text()))
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{clients.Entropy{1, 2, 3}.Text(), "hash", "Hash"} {
		if strings.Contains(string(text), leak) {
			t.Errorf("%q is in %s", leak, text)
		}
	}
}

func TestHints_TellsAnAnswersSecretFromAnother(t *testing.T) {
	c := registered(t, clients.Client{PartnerID: "softcat"}, "secret")
	for text, want := range map[string]bool{"secret": true, "secreT": false, "": false} {
		if c.Hints(text) != want {
			t.Errorf("%q: got %v", text, c.Hints(text))
		}
	}
}

func TestText_HoldsAllTheEntropy(t *testing.T) {
	got := clients.Entropy{0: 0xff, 31: 0x01}.Text()
	if want := "hfs__wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
