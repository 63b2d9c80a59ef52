package clients

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of tokens.
var (
	ErrInvalidClient        = fault.New("INVALID_CLIENT", "the client id or secret is wrong, or the client is revoked")
	ErrUnsupportedGrantType = fault.New("UNSUPPORTED_GRANT_TYPE", "only the grant client_credentials is offered")
)

// Application is a request for a token.
type Application struct {
	GrantType string
	Secret    string
	Scope     string // wanted scopes, separated by blanks; all if empty
	At        time.Time
}

// Check returns ErrUnsupportedGrantType for another grant than client
// credentials.
func (a Application) Check() error {
	if a.GrantType == "client_credentials" {
		return nil
	}
	return ErrUnsupportedGrantType.Because("send grant_type=client_credentials").On("grant_type")
}

// Grant is what a token will say.
type Grant struct {
	Client Client
	Scopes []Scope
}

// Scope gives the granted scopes as OAuth writes them.
func (g Grant) Scope() string { return join(g.Scopes) }

// Grant decides about an application by c, which is the zero Client if there
// is none with the id given. ErrInvalidClient, the same for an unknown client
// and a wrong secret, or ErrInvalidScope.
func (c Client) Grant(a Application) (Grant, error) {
	if matches := c.match(a.Secret, a.At); !matches || c.ID == "" || c.Revoked() {
		return Grant{}, ErrInvalidClient
	}
	scopes, err := narrow(c.Scopes, split(a.Scope))
	return Grant{Client: c, Scopes: scopes}, err
}

// TokenLife is how long a token is good.
const TokenLife = 5 * time.Minute

// revocationMargin covers clocks that differ and tokens being issued while
// their client is revoked.
const revocationMargin = 2 * time.Minute

// RevocationHorizon returns the instant since when a revoked client may still
// have a token out.
func RevocationHorizon(now time.Time) time.Time {
	return now.Add(-TokenLife - revocationMargin)
}
