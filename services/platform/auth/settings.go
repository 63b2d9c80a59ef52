package auth

import (
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// Settings are the settings by which a service knows its issuers.
type Settings struct {
	Issuer   string    `env:"TOKEN_ISSUER" envDefault:"holdfast" help:"issuer (iss) of the platform's own tokens"`
	Audience string    `env:"TOKEN_AUDIENCE" envDefault:"holdfast" help:"audience (aud) of the platform's own tokens"`
	KeysURL  string    `env:"TOKEN_KEYS_URL" help:"where the platform's own key set is: https, http to this machine, or unix:///socket:/path"`
	External Externals `env:"OIDC_ISSUERS" help:"further OpenID Connect issuers, a JSON array"`
}

// Validate adds the mistakes in the list of external issuers.
func (s Settings) Validate(p *env.Problems) {
	if _, err := s.External.Issuers(); err != nil {
		p.Add("OIDC_ISSUERS", err.Error())
	}
}

// Verifier returns the verifier of these issuers. The service that signs the
// platform's tokens gives the source of its keys; the others give nil and read
// them from KeysURL.
func (s Settings) Verifier(own KeySource) (*Verifier, error) {
	if own == nil {
		var err error
		if own, err = s.fetchOwn(); err != nil {
			return nil, err
		}
	}
	external, err := s.External.Issuers()
	if err != nil {
		return nil, err
	}
	return New(Config{Issuers: append([]Issuer{Own(s.Issuer, s.Audience, own)}, external...)})
}

func (s Settings) fetchOwn() (KeySource, error) {
	if s.KeysURL == "" {
		return nil, errors.New("TOKEN_KEYS_URL is empty")
	}
	keys, err := FetchKeys(s.KeysURL)
	if err != nil {
		return nil, fmt.Errorf("TOKEN_KEYS_URL: %w", err)
	}
	return keys, nil
}
