package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Issuer is one whose tokens are accepted. Own and External.Issuer make them.
type Issuer struct {
	URL        string // the claim iss, compared exactly
	Audience   string
	Types      []string // accepted values of the header typ, lower case
	Algorithms []string // accepted signature algorithms, never symmetric ones
	Keys       KeySource

	read func(payload []byte) (Caller, error)
}

var (
	accessToken     = "at+jwt"
	usualAlgorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}
	allAlgorithms   = []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
	}
)

// Own is the platform's own issuer, of tokens for partners and services.
func Own(url, audience string, keys KeySource) Issuer {
	return Issuer{
		URL: url, Audience: audience, Types: []string{accessToken}, Algorithms: usualAlgorithms, Keys: keys,
		read: readOwn,
	}
}

func readOwn(payload []byte) (Caller, error) {
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return Caller{}, errors.New("claims are malformed")
	}
	c := Claims{
		Subject: text(claims, "sub"), ClientID: text(claims, "client_id"), Roles: texts(claims["roles"]),
		PartnerID: text(claims, "partner_id"), PartnerIDs: texts(claims["partner_ids"]),
		Service: text(claims, "service"), Scope: text(claims, "scope"),
	}
	return c.caller()
}

// check names what would make the issuer unsafe or useless.
func (i *Issuer) check() error {
	if i.URL == "" || i.Audience == "" || i.Keys == nil || i.read == nil {
		return errors.New("issuer, audience and the place of its keys are needed")
	}
	for _, a := range i.Algorithms {
		if !slices.Contains(allAlgorithms, a) {
			return fmt.Errorf("algorithm %q is not an asymmetric signature", a)
		}
	}
	return nil
}

// accepts reports whether a token with this header may be looked at.
func (i *Issuer) accepts(h header) bool {
	typ := strings.TrimPrefix(strings.ToLower(h.Type), "application/")
	return slices.Contains(i.Types, typ) && slices.Contains(i.Algorithms, h.Algorithm)
}
