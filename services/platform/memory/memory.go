// Package memory remembers for a moment what was loaded from elsewhere, for reads
// without effect.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	// maxAge is the most that a remembered answer may lag behind. Only reads
	// without effect use one; every write looks anew.
	maxAge = 5 * time.Second
	// maxSize bounds what one memory holds.
	maxSize  = 10_000
	loadTime = 5 * time.Second
)

// Memory remembers what was loaded, answers and refusals alike. Whoever asks
// for what is just being loaded waits for it, so that each key is loaded once.
type Memory[K comparable, V any] struct {
	now  func() time.Time
	load func(context.Context, K) (V, error)

	mu    sync.RWMutex
	slots map[K]*slot[V]
}

// slot is one answer. value and err may be read when done is closed.
type slot[V any] struct {
	until time.Time
	done  chan struct{}
	value V
	err   error
}

// fresh tells whether an answer is there and young enough. One of a later time
// than now is not: the clock was put back.
func (s *slot[V]) fresh(now time.Time) bool {
	return s != nil && now.Before(s.until) && !now.Before(s.until.Add(-maxAge))
}

// New returns a memory of what load answers.
func New[K comparable, V any](now func() time.Time, load func(context.Context, K) (V, error)) *Memory[K, V] {
	return &Memory[K, V]{now: now, load: load, slots: map[K]*slot[V]{}}
}

// Get returns the answer for key, at most maxAge old, or the error of
// loading it.
func (m *Memory[K, V]) Get(ctx context.Context, key K) (V, error) {
	m.mu.RLock()
	s := m.slots[key]
	m.mu.RUnlock()
	now := m.now()
	if !s.fresh(now) {
		var ours bool
		if s, ours = m.claim(key, now); ours {
			m.fill(ctx, key, s)
		}
	}
	select {
	case <-s.done:
		return s.value, s.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// claim returns the slot to wait for, and whether the caller has to fill it.
func (m *Memory[K, V]) claim(key K, now time.Time) (*slot[V], bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.slots[key]; s.fresh(now) {
		return s, false
	}
	if len(m.slots) >= maxSize {
		clear(m.slots)
	}
	s := &slot[V]{until: now.Add(maxAge), done: make(chan struct{})}
	m.slots[key] = s
	return s, true
}

// fill loads on behalf of all who wait: in the system scope, for partners see
// only what is theirs, and to the end, even if the one who began gives up.
func (m *Memory[K, V]) fill(ctx context.Context, key K, s *slot[V]) {
	ctx, cancel := context.WithTimeout(pg.WithScope(context.WithoutCancel(ctx), pg.System()), loadTime)
	defer cancel()
	defer close(s.done)
	s.value, s.err = m.load(ctx, key)
	if _, refused := rpcerr.Standing(s.err); s.err != nil && !refused {
		m.forget(key, s)
	}
}

// forget drops a slot that could not be filled, so that the next one tries.
func (m *Memory[K, V]) forget(key K, s *slot[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.slots[key] == s {
		delete(m.slots, key)
	}
}
