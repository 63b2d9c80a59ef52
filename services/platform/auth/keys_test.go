package auth

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

func TestVerify_AsksForAnUnknownKeyOnlyOnceInAWhile(t *testing.T) {
	first, second := newSigner(t, rsaPEM()), newSigner(t, newEC(t))
	now, fetches := noon, atomic.Int32{}
	published := first.JWKS()
	v, err := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{
		Own(ownHost, "holdfast", func(context.Context) ([]byte, error) { fetches.Add(1); return published, nil }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	rotated := forge(t, second, map[string]any{"typ": "at+jwt"}, claimMap(t, partnerClaims(), nil))
	for range 1000 {
		refused(t, v, rotated)
	}
	if got := fetches.Load(); got != 1 {
		t.Errorf("%d fetches for 1000 tokens with an unknown key", got)
	}
	published, now = second.JWKS(), now.Add(refetch)
	if _, err := v.Verify(context.Background(), rotated); err != nil || fetches.Load() != 2 {
		t.Errorf("after rotation: %v, %d fetches", err, fetches.Load())
	}
}

func TestVerify_IsUnavailableWithoutKeysAndUsesOldOnesForAnHour(t *testing.T) {
	s := newSigner(t, rsaPEM())
	now := noon
	down := errors.New("connection refused")
	err := down
	v, _ := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{
		Own(ownHost, "holdfast", func(context.Context) ([]byte, error) { return s.JWKS(), err }),
	}})
	verify := func() error {
		c := partnerClaims()
		c.IssuedAt, c.ExpiresAt = now.Unix(), now.Add(time.Minute).Unix()
		token, signErr := s.Sign(c)
		if signErr != nil {
			t.Fatal(signErr)
		}
		_, verifyErr := v.Verify(context.Background(), token)
		return verifyErr
	}
	if got := verify(); !errors.Is(got, rpcerr.Unavailable) || errors.Is(got, rpcerr.Unauthenticated) {
		t.Errorf("before the issuer is up: %v", got)
	}
	now, err = now.Add(retryFetch), nil
	if got := verify(); got != nil {
		t.Errorf("once it is up: %v", got)
	}
	now, err = now.Add(keysUsable-time.Minute), down
	if got := verify(); got != nil {
		t.Errorf("while it is down: %v", got)
	}
	now = now.Add(2 * time.Minute)
	if got := verify(); !errors.Is(got, rpcerr.Unavailable) {
		t.Errorf("an hour later: %v", got)
	}
}

func TestParseKeys_LeavesOutWhatMustNotVerify(t *testing.T) {
	weak := weakJWK(t)
	keys, err := parseKeys([]byte(`{"keys":[
		{"kty":"oct","kid":"secret","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
		{"kty":"unheard-of","kid":"new"}, ` + weak + `]}`))
	if err != nil || len(keys) != 0 {
		t.Errorf("%v, %v", keys, err)
	}
}
