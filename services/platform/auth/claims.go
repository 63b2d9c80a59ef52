package auth

import (
	"errors"
	"slices"
	"strings"
)

// Claims are the claims of the platform's own tokens. Roles names "partner"
// or "service", one of them.
type Claims struct {
	Issuer     string   `json:"iss"`
	Subject    string   `json:"sub"`
	Audience   string   `json:"aud"`
	ExpiresAt  int64    `json:"exp"`
	IssuedAt   int64    `json:"iat"`
	NotBefore  int64    `json:"nbf,omitempty"`
	ID         string   `json:"jti"`
	ClientID   string   `json:"client_id"`
	Roles      []string `json:"roles,omitempty"`
	PartnerID  string   `json:"partner_id,omitempty"`
	PartnerIDs []string `json:"partner_ids,omitempty"`
	Service    string   `json:"service,omitempty"`
	Scope      string   `json:"scope,omitempty"`
}

// caller reads the platform's own claims. A token is a partner's or a
// service's, never both.
func (c *Claims) caller() (Caller, error) {
	who := Caller{Subject: c.Subject, ClientID: c.ClientID, Scopes: strings.Fields(c.Scope)}
	switch {
	case slices.Equal(c.Roles, []string{"partner"}) && c.PartnerID != "" && c.Service == "":
		who.Roles, who.PartnerID = []Kind{Partner}, c.PartnerID
		who.PartnerIDs = withFirst(c.PartnerID, c.PartnerIDs)
	case slices.Equal(c.Roles, []string{"service"}) && c.Service != "" && c.PartnerID == "" && len(c.PartnerIDs) == 0:
		who.Roles, who.Service = []Kind{Service}, c.Service
	default:
		return Caller{}, errors.New("neither a partner's token nor a service's")
	}
	return who, nil
}

// withFirst returns first and then the others, each once.
func withFirst(first string, others []string) []string {
	all := []string{first}
	for _, o := range others {
		if o != "" && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}
