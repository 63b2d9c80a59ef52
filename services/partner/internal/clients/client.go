package clients

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about clients.
var (
	ErrNotFound = fault.New("NOT_FOUND", "there is no such API client")
	ErrInvalid  = fault.New("REQUEST_INVALID", "the API client is not described as it must be")
	ErrRevoked  = fault.New("CLIENT_REVOKED", "the API client is revoked")
)

// ID names a client.
type ID string

// Client is a program that may ask for tokens.
type Client struct {
	ID          ID              `json:"id"`
	PartnerID   partners.ID     `json:"partner_id"` // empty for a service
	Service     string          `json:"service"`    // empty for a partner's
	DisplayName string          `json:"display_name"`
	Scopes      []Scope         `json:"scopes"`  // none for a service
	Secrets     []Secret        `json:"secrets"` // newest first
	Revision    revision.Number `json:"revision"`
	CreateTime  time.Time       `json:"create_time"`
	RevokeTime  time.Time       `json:"revoke_time"` // zero unless revoked
}

// Register returns a new client with owner, name and scopes of c and one
// secret, or ErrInvalid or ErrInvalidScope.
func Register(c Client, secret string, now time.Time) (Client, error) {
	if (c.PartnerID == "") == (c.Service == "") {
		return Client{}, ErrInvalid.Because("a client belongs to a partner or to a service: give one of partner_id and service").On("partner_id")
	}
	if utf8.RuneCountInString(c.DisplayName) > 200 {
		return Client{}, ErrInvalid.Because("display_name must have at most 200 characters").On("display_name")
	}
	allowed := allScopes
	if c.Service != "" {
		allowed = nil
	}
	scopes, err := narrow(allowed, c.Scopes)
	if err != nil {
		return Client{}, fault.At("scopes", err)
	}
	c.Scopes = scopes
	c.Secrets = []Secret{newSecret(secret, now)}
	c.Revision, c.CreateTime, c.RevokeTime = 1, now, time.Time{}
	return c, nil
}

// mostSecrets are the new secret and the two before it.
const mostSecrets = 3

// UsualOverlap is how long old secrets stay good where nobody says otherwise.
const UsualOverlap = 24 * time.Hour

// Rotation is the deed of giving a client a new secret.
type Rotation struct {
	Secret  string
	Overlap time.Duration // how long the old secrets stay good at most
	At      time.Time
}

// Rotate returns c with the new secret first and its old ones running out.
// Those beyond the two newest end at once. ErrRevoked if c is revoked.
func (c Client) Rotate(r Rotation) (Client, error) {
	if c.Revoked() {
		return Client{}, c.revokedError()
	}
	secrets := []Secret{newSecret(r.Secret, r.At)}
	end := r.At.Add(r.Overlap)
	for _, old := range c.Secrets {
		if old.ExpireTime.IsZero() || old.ExpireTime.After(end) {
			old.ExpireTime = end
		}
		again := old.Hash == secrets[0].Hash
		if old.Live(r.At) && !again && len(secrets) < mostSecrets {
			secrets = append(secrets, old)
		}
	}
	c.Secrets = secrets
	c.Revision++
	return c, nil
}

// Holds reports whether the secret with this text is the client's newest.
func (c Client) Holds(text string) bool {
	return len(c.Secrets) > 0 && c.Secrets[0].Hash == newSecret(text, time.Time{}).Hash
}

// Hints reports whether the client's newest secret ends as this text does. It
// works on an answer that was stored without hashes, too.
func (c Client) Hints(text string) bool {
	return len(c.Secrets) > 0 && c.Secrets[0].Hint == hint(text)
}

// Revoke returns c without secrets, for good. Revoking again changes nothing.
func (c Client) Revoke(now time.Time) Client {
	if c.Revoked() {
		return c
	}
	c.Secrets, c.RevokeTime = nil, now
	c.Revision++
	return c
}

// Revoked reports whether the client is revoked.
func (c Client) Revoked() bool { return !c.RevokeTime.IsZero() }

// LiveSecrets returns the secrets that are good at an instant.
func (c Client) LiveSecrets(now time.Time) []Secret {
	return slices.DeleteFunc(slices.Clone(c.Secrets), func(s Secret) bool { return !s.Live(now) })
}

func (c Client) revokedError() error {
	return ErrRevoked.Because(
		fmt.Sprintf("client %s is revoked since %s", c.ID, c.RevokeTime.UTC().Format(time.RFC3339)), "client_id", string(c.ID))
}

// Query says which clients to list, by their ids. An empty partner matches all.
type Query struct {
	Partner partners.ID
	After   ID
	Limit   int
}
