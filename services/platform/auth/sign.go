package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// Signer signs the platform's own tokens. Its first key signs; all are
// published, so that a key is published before it signs and as long as tokens
// signed with it live.
type Signer struct {
	key       jwk.Key
	algorithm jwa.SignatureAlgorithm
	published []byte
}

// NewSigner reads private keys in PEM: RSA of at least 2048 bits, ECDSA P-256
// or Ed25519. A key's id is its RFC 7638 thumbprint.
func NewSigner(files ...string) (*Signer, error) {
	var pems [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		pems = append(pems, text)
	}
	return SignerFromPEM(pems...)
}

// SignerFromPEM is NewSigner for keys that are no files.
func SignerFromPEM(pems ...[]byte) (*Signer, error) {
	if len(pems) == 0 {
		return nil, errors.New("signing key: there is none")
	}
	set := jwk.NewSet()
	s := &Signer{}
	for i, text := range pems {
		key, algorithm, err := parsePrivate(text)
		if err != nil {
			return nil, fmt.Errorf("signing key %d: %w", i+1, err)
		}
		if i == 0 {
			s.key, s.algorithm = key, algorithm
		}
		public, err := key.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("signing key %d: %w", i+1, err)
		}
		if err := set.AddKey(public); err != nil {
			return nil, fmt.Errorf("signing key %d: %w", i+1, err)
		}
	}
	var err error
	s.published, err = json.Marshal(set)
	return s, err
}

func parsePrivate(pem []byte) (jwk.Key, jwa.SignatureAlgorithm, error) {
	key, err := jwk.ParseKey(pem, jwk.WithPEM(true))
	if err != nil {
		return nil, jwa.NoSignature(), errors.New("is no private key in PEM") // the cause may quote the key
	}
	algorithm, err := algorithmOf(key)
	if err != nil {
		return nil, algorithm, err
	}
	if err := jwk.AssignKeyID(key, jwk.WithThumbprintHash(crypto.SHA256)); err != nil {
		return nil, algorithm, err
	}
	if err := key.Set(jwk.AlgorithmKey, algorithm); err != nil {
		return nil, algorithm, err
	}
	return key, algorithm, key.Set(jwk.KeyUsageKey, "sig")
}

func algorithmOf(key jwk.Key) (jwa.SignatureAlgorithm, error) {
	var raw any
	if err := jwk.Export(key, &raw); err != nil {
		return jwa.NoSignature(), err
	}
	switch raw := raw.(type) {
	case *rsa.PrivateKey:
		if raw.N.BitLen() >= minRSABits {
			return jwa.RS256(), nil
		}
	case *ecdsa.PrivateKey:
		if raw.Curve.Params().Name == "P-256" {
			return jwa.ES256(), nil
		}
	case ed25519.PrivateKey:
		return jwa.EdDSA(), nil
	}
	return jwa.NoSignature(), errors.New("want RSA of at least 2048 bits, ECDSA P-256 or Ed25519")
}

// Sign returns a signed access token. Claims that a verifier would refuse are
// an error here already.
func (s *Signer) Sign(c Claims) (string, error) {
	if c.Issuer == "" || c.Audience == "" || c.ExpiresAt <= c.IssuedAt || c.Subject == "" || c.ClientID == "" || c.ID == "" {
		return "", errors.New("sign token: iss, aud, exp after iat, sub, client_id and jti are needed")
	}
	if _, err := c.caller(); err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	h := jws.NewHeaders()
	if err := h.Set(jws.TypeKey, accessToken); err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	token, err := jws.Sign(payload, jws.WithKey(s.algorithm, s.key, jws.WithProtectedHeaders(h)))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return string(token), nil
}

// JWKS returns the published key set as JSON.
func (s *Signer) JWKS() []byte { return s.published }

// Keys is the key source for verifiers in the same process.
func (s *Signer) Keys() KeySource {
	return func(context.Context) ([]byte, error) { return s.published, nil }
}
