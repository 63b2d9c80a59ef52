package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// External is a configured OpenID Connect issuer of the vendor, and what its
// claims mean here. It can vouch for people and programs, never for partners.
type External struct {
	// Name precedes the subjects of this issuer, so that two issuers can't
	// speak of the same person by accident.
	Name     string `json:"name"`
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
	// KeysURL is read from the issuer's discovery document where it is empty.
	KeysURL    string   `json:"jwks_url"`
	Types      []string `json:"token_types"` // ["at+jwt"] unless given
	Algorithms []string `json:"algorithms"`

	SubjectClaim string            `json:"subject_claim"` // "sub"; choose one that is no name or address
	RolesClaim   string            `json:"roles_claim"`   // "roles"; dots lead into objects
	Roles        map[string]string `json:"roles"`         // value of the roles claim → CHANNEL, FINANCE, EXPERIENCE, ADMIN
	Services     map[string]string `json:"services"`      // value of the roles claim → name of a service
	Human        Equal             `json:"human"`         // what tells a person from a program; nobody is one unless given
}

// Equal is a condition on one claim.
type Equal struct {
	Claim string `json:"claim"`
	Value string `json:"value"`
}

// Externals is the list of configured issuers, written as JSON.
type Externals struct{ list []External }

// NewExternals returns a list made by hand.
func NewExternals(list ...External) Externals { return Externals{list} }

// UnmarshalText reads a JSON array and refuses members that it does not know.
func (e *Externals) UnmarshalText(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(&e.list)
}

// Issuers returns the issuers, or every mistake in their configuration.
func (e Externals) Issuers() ([]Issuer, error) {
	var all []Issuer
	var mistakes []string
	names := map[string]bool{}
	for _, x := range e.list {
		issuer, err := x.issuer()
		if err == nil && names[x.Name] {
			err = errors.New("another issuer has this name")
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Sprintf("issuer %q: %v", x.Name, err))
		}
		names[x.Name] = true
		all = append(all, issuer)
	}
	if len(mistakes) > 0 {
		return nil, errors.New(strings.Join(mistakes, ", "))
	}
	return all, nil
}

func (x External) issuer() (Issuer, error) {
	if x.Name == "" {
		return Issuer{}, errors.New("has no name")
	}
	for value, role := range x.Roles {
		if _, ok := staffKind(role); !ok {
			return Issuer{}, fmt.Errorf("role %q of %q is none of CHANNEL, FINANCE, EXPERIENCE, ADMIN", role, value)
		}
	}
	keys, err := keysOf(x.Issuer, x.KeysURL)
	if err != nil {
		return Issuer{}, err
	}
	return x.WithKeys(keys)
}

// WithKeys returns the issuer with keys that are at hand instead of those at
// KeysURL: for tests, and for an issuer in the same process.
func (x External) WithKeys(keys KeySource) (Issuer, error) {
	x.SubjectClaim = or(x.SubjectClaim, "sub")
	x.RolesClaim = or(x.RolesClaim, "roles")
	i := Issuer{
		URL: x.Issuer, Audience: x.Audience, Types: x.Types, Algorithms: x.Algorithms, Keys: keys, read: x.read,
	}
	if len(i.Types) == 0 {
		i.Types = []string{accessToken}
	}
	for n, t := range i.Types {
		i.Types[n] = strings.ToLower(t)
	}
	if len(i.Algorithms) == 0 {
		i.Algorithms = usualAlgorithms
	}
	return i, i.check()
}

// read maps the claims. A token that grants nothing here is refused.
func (x External) read(payload []byte) (Caller, error) {
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return Caller{}, errors.New("claims are malformed")
	}
	subject, _ := at(claims, x.SubjectClaim).(string)
	if subject == "" {
		return Caller{}, errors.New("subject is missing")
	}
	who := Caller{Subject: x.Name + ":" + subject, ClientID: clientOf(claims)}
	human, _ := at(claims, x.Human.Claim).(string)
	who.Human = x.Human.Claim != "" && human == x.Human.Value
	for _, value := range texts(at(claims, x.RolesClaim)) {
		x.grant(&who, value)
	}
	if len(who.Roles) == 0 {
		return Caller{}, errors.New("no role here")
	}
	return who, nil
}

// grant adds what one value of the roles claim means. A person is no service,
// and a service is one only.
func (x External) grant(who *Caller, value string) {
	if kind, ok := staffKind(x.Roles[value]); ok && !who.Is(kind) {
		who.Roles = append(who.Roles, kind)
	}
	if name := x.Services[value]; name != "" && who.Service == "" && !who.Human {
		who.Roles, who.Service = append(who.Roles, Service), name
	}
}

func clientOf(claims map[string]any) string {
	for _, name := range []string{"client_id", "azp", "appid"} {
		if id := text(claims, name); id != "" {
			return id
		}
	}
	return ""
}

// at returns the claim with this name, or follows its dots into objects.
func at(claims map[string]any, name string) any {
	if v, ok := claims[name]; ok {
		return v
	}
	first, rest, dotted := strings.Cut(name, ".")
	inner, ok := claims[first].(map[string]any)
	if !dotted || !ok {
		return nil
	}
	return at(inner, rest)
}

// texts reads one string, or the strings of an array.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				all = append(all, s)
			}
		}
		return slices.Compact(all)
	}
	return nil
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
