package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Config says whose tokens a Verifier accepts.
type Config struct {
	Issuers []Issuer
	Now     func() time.Time // time.Now unless given
}

// Verifier verifies access tokens. It remembers the verified ones, so that a
// client's next call with the same token costs a hash.
type Verifier struct {
	issuers map[string]*trusted
	cache   *cache
	now     func() time.Time
}

// trusted is an issuer with its keys.
type trusted struct {
	Issuer
	keys *keySet
}

// New returns a Verifier. It fetches nothing yet, so that services and issuers
// start in any order.
func New(cfg Config) (*Verifier, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	v := &Verifier{issuers: map[string]*trusted{}, cache: newCache(cacheSize), now: cfg.Now}
	for _, i := range cfg.Issuers {
		if err := i.check(); err != nil {
			return nil, fmt.Errorf("issuer %q: %w", i.URL, err)
		}
		if v.issuers[i.URL] != nil {
			return nil, fmt.Errorf("issuer %q is configured twice", i.URL)
		}
		v.issuers[i.URL] = &trusted{Issuer: i, keys: newKeySet(i.Keys, cfg.Now)}
	}
	return v, nil
}

// Verify returns the caller that the token speaks of. A token that is refused
// for any reason is UNAUTHENTICATED, always with the same message; the text of
// the error says why, for our logs. UNAVAILABLE means that the issuer's keys
// can't be had just now.
func (v *Verifier) Verify(ctx context.Context, raw string) (Caller, error) {
	c, err := v.verify(ctx, raw)
	if err != nil {
		return Caller{}, err
	}
	return *c, nil
}

// maxToken bounds the work that an unverified token may cause.
const maxToken = 8 << 10

func (v *Verifier) verify(ctx context.Context, raw string) (*Caller, error) {
	if len(raw) > maxToken {
		return nil, refuse(errors.New("longer than 8 KiB"))
	}
	hash := sha256.Sum256([]byte(raw))
	now := v.now()
	if c := v.cache.get(hash, now); c != nil {
		return c, nil
	}
	caller, expires, err := v.examine(ctx, raw, now)
	if err != nil {
		return nil, refuse(err)
	}
	v.cache.put(hash, &caller, now, expires)
	return &caller, nil
}

// refuse hides why behind UNAUTHENTICATED, except where the token was not
// judged at all.
func refuse(err error) error {
	if errors.Is(err, rpcerr.Unavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("token refused, %w: %w", err, rpcerr.Unauthenticated)
}

// header is what we read of a token's header. Whatever else it says, such as
// keys or addresses of keys, is never looked at.
type header struct {
	Type      string          `json:"typ"`
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid"`
	Critical  json.RawMessage `json:"crit"`
}

// examine judges a token that was not seen before: first everything that needs
// no key, then the signature, then the claims.
func (v *Verifier) examine(ctx context.Context, raw string, now time.Time) (Caller, time.Time, error) {
	var h header
	var claims map[string]any
	if err := split(raw, &h, &claims); err != nil {
		return Caller{}, time.Time{}, err
	}
	token := standingOf(claims)
	iss := v.issuers[token.issuer]
	if iss == nil {
		return Caller{}, time.Time{}, errors.New("issuer is unknown")
	}
	if !iss.accepts(h) || h.Critical != nil {
		return Caller{}, time.Time{}, errors.New("type or algorithm is not accepted")
	}
	if err := token.check(&iss.Issuer, now); err != nil {
		return Caller{}, time.Time{}, err
	}
	if err := token.checkProfile(); err != nil && h.isAccessToken() {
		return Caller{}, time.Time{}, err
	}
	payload, err := iss.verified(ctx, raw, h)
	if err != nil {
		return Caller{}, time.Time{}, err
	}
	caller, err := iss.read(payload)
	return caller, token.expires, err
}

func (h header) isAccessToken() bool {
	return strings.HasSuffix(strings.ToLower(h.Type), accessToken)
}

// verified returns the payload once its signature holds.
func (t *trusted) verified(ctx context.Context, raw string, h header) ([]byte, error) {
	key, err := t.keys.key(ctx, h.KeyID)
	if err != nil {
		return nil, err
	}
	algorithm, ok := jwa.LookupSignatureAlgorithm(h.Algorithm)
	if meant, given := key.Algorithm(); !ok || given && meant.String() != h.Algorithm {
		return nil, errors.New("algorithm is not the key's")
	}
	payload, err := jws.Verify([]byte(raw), jws.WithKey(algorithm, key))
	if err != nil {
		return nil, errors.New("signature does not hold")
	}
	return payload, nil
}

// split decodes the first two of a token's three parts.
func split(raw string, h *header, claims *map[string]any) error {
	first, rest, _ := strings.Cut(raw, ".")
	second, third, _ := strings.Cut(rest, ".")
	if third == "" || strings.Contains(third, ".") {
		return errors.New("not three parts")
	}
	for part, into := range map[string]any{first: h, second: claims} {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || json.Unmarshal(text, into) != nil {
			return errors.New("malformed")
		}
	}
	return nil
}
