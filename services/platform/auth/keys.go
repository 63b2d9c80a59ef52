package auth

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	keysFresh  = 10 * time.Minute // how long a key set is used without a look at its source
	keysUsable = time.Hour        // how long it is used when its source does not answer
	refetch    = 10 * time.Second // unknown key ids cause at most one look in this time
	retryFetch = time.Second      // the same while there are no keys at all
)

// keySet holds the keys of one issuer. They are fetched when first needed. A
// key id belongs to its issuer only, so that none can borrow another's.
type keySet struct {
	source  KeySource
	now     func() time.Time
	current atomic.Pointer[fetched]
	turn    chan struct{} // holds one token: whoever has it may fetch
	tried   time.Time     // guarded by turn
	err     error         // of the last try; guarded by turn
}

type fetched struct {
	keys map[string]jwk.Key
	at   time.Time
}

func newKeySet(source KeySource, now func() time.Time) *keySet {
	k := &keySet{source: source, now: now, turn: make(chan struct{}, 1)}
	k.current.Store(&fetched{})
	k.turn <- struct{}{}
	return k
}

var errUnknownKey = errors.New("key id is unknown")

// key returns the key with this id. It answers errUnknownKey, or UNAVAILABLE
// while the issuer's keys can't be had.
func (k *keySet) key(ctx context.Context, id string) (jwk.Key, error) {
	if f := k.current.Load(); f.keys[id] != nil && k.now().Sub(f.at) < keysFresh {
		return f.keys[id], nil
	}
	select {
	case <-k.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { k.turn <- struct{}{} }()
	k.refresh(ctx)
	f := k.current.Load()
	usable := k.now().Sub(f.at) < keysUsable
	switch {
	case usable && f.keys[id] != nil:
		return f.keys[id], nil
	case usable && k.err == nil:
		return nil, errUnknownKey
	}
	return nil, fmt.Errorf("keys of the issuer: %w: %w", k.err, rpcerr.Unavailable)
}

// refresh fetches the keys unless that was done a moment ago. It outlives the
// call that caused it: whoever hangs up early must not keep others waiting.
func (k *keySet) refresh(ctx context.Context) {
	pause := refetch
	if k.current.Load().at.IsZero() {
		pause = retryFetch
	}
	if !k.tried.IsZero() && k.now().Sub(k.tried) < pause {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	k.tried = k.now()
	text, err := k.source(ctx)
	if err == nil {
		var keys map[string]jwk.Key
		if keys, err = parseKeys(text); err == nil {
			k.current.Store(&fetched{keys: keys, at: k.now()})
		}
	}
	k.err = err
}

// parseKeys reads the keys that may verify signatures. Symmetric and weak keys
// and those without an id are left out.
func parseKeys(text []byte) (map[string]jwk.Key, error) {
	set, err := jwk.Parse(text, jwk.WithIgnoreParseError(true))
	if err != nil {
		return nil, err
	}
	keys := map[string]jwk.Key{}
	for i := range set.Len() {
		key, _ := set.Key(i)
		if id, ok := key.KeyID(); ok && id != "" && verifies(key) {
			keys[id] = key
		}
	}
	return keys, nil
}

const minRSABits = 2048

func verifies(key jwk.Key) bool {
	use, given := key.KeyUsage()
	if given && use != "sig" {
		return false
	}
	public, err := jwk.PublicRawKeyOf(key)
	if err != nil {
		return false
	}
	switch public := public.(type) {
	case []byte:
		return false
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSABits
	}
	return true
}
