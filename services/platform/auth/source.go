package auth

import (
	"context"
	"sync/atomic"
	"time"
)

// Fetch gets a fresh token, for instance by client credentials.
type Fetch func(ctx context.Context) (token string, expires time.Time, err error)

// TokenSource keeps a service's own token. It fetches one when first asked and
// a new one in the last fifth of the old one's life. One caller fetches at a
// time; while the old token is good the others go on with it, and so does
// everyone when the fetch fails.
type TokenSource struct {
	fetch Fetch
	now   func() time.Time
	turn  chan struct{} // holds one token: whoever has it may fetch
	held  atomic.Pointer[heldToken]
	retry time.Time // no refresh before this; guarded by turn
}

type heldToken struct {
	value            string
	refresh, expires time.Time
}

// fetchPause keeps a refresh that fails from being repeated on every call.
const fetchPause = time.Second

// NewTokenSource returns a source that fetches by fetch.
func NewTokenSource(fetch Fetch) *TokenSource {
	return newTokenSource(fetch, time.Now)
}

func newTokenSource(fetch Fetch, now func() time.Time) *TokenSource {
	s := &TokenSource{fetch: fetch, now: now, turn: make(chan struct{}, 1)}
	s.held.Store(&heldToken{})
	s.turn <- struct{}{}
	return s
}

// Token returns a token that is valid now. The error is that of the fetch.
func (s *TokenSource) Token(ctx context.Context) (string, error) {
	now := s.now()
	held := s.held.Load()
	if now.Before(held.refresh) {
		return held.value, nil
	}
	if now.Before(held.expires) {
		return s.renew(ctx, held)
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { s.turn <- struct{}{} }()
	if held = s.held.Load(); s.now().Before(held.refresh) {
		return held.value, nil // somebody fetched it while we waited
	}
	return s.fetchHeld(ctx)
}

// renew replaces a token that is still good, if nobody else is at it.
func (s *TokenSource) renew(ctx context.Context, held *heldToken) (string, error) {
	select {
	case <-s.turn:
	default:
		return held.value, nil
	}
	defer func() { s.turn <- struct{}{} }()
	if s.now().Before(s.retry) || s.held.Load() != held {
		return s.held.Load().value, nil
	}
	value, err := s.fetchHeld(ctx)
	if err != nil {
		s.retry = s.now().Add(fetchPause)
		return held.value, nil //nolint:nilerr // the old token is good for the call at hand
	}
	return value, nil
}

func (s *TokenSource) fetchHeld(ctx context.Context) (string, error) {
	began := s.now()
	value, expires, err := s.fetch(ctx)
	if err != nil {
		return "", err
	}
	s.held.Store(&heldToken{value: value, expires: expires, refresh: expires.Add(-expires.Sub(began) / 5)})
	return value, nil
}
