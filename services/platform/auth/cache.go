package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	cacheSize = 10_000
	// cacheAge bounds how long a withdrawn key goes on being trusted for
	// tokens that were seen before.
	cacheAge = 5 * time.Minute
)

// cache remembers the callers of verified tokens by the tokens' hashes.
type cache struct {
	mu   sync.RWMutex
	size int
	seen map[[sha256.Size]byte]remembered
}

type remembered struct {
	caller *Caller
	until  time.Time
}

func newCache(size int) *cache {
	return &cache{size: size, seen: map[[sha256.Size]byte]remembered{}}
}

// get returns nil for a token that is unknown or no longer valid.
func (c *cache) get(hash [sha256.Size]byte, now time.Time) *Caller {
	c.mu.RLock()
	r, ok := c.seen[hash]
	c.mu.RUnlock()
	if !ok || !now.Before(r.until) {
		return nil
	}
	return r.caller
}

func (c *cache) put(hash [sha256.Size]byte, caller *Caller, now, expires time.Time) {
	if latest := now.Add(cacheAge); expires.After(latest) {
		expires = latest
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) >= c.size {
		c.makeRoom(now)
	}
	c.seen[hash] = remembered{caller, expires}
}

// makeRoom drops what has expired and, where that is little, whatever comes
// first: a tenth of the whole, so that a full cache is not swept on each call.
func (c *cache) makeRoom(now time.Time) {
	for hash, r := range c.seen {
		if !now.Before(r.until) {
			delete(c.seen, hash)
		}
	}
	for hash := range c.seen {
		if len(c.seen) <= c.size-c.size/10-1 {
			return
		}
		delete(c.seen, hash)
	}
}
