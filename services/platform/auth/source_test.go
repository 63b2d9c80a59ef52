package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counting returns tokens t1, t2, … that live for five minutes, or err.
type counting struct {
	mu    sync.Mutex
	calls int
	err   error
	takes time.Duration
}

func (c *counting) fetch(context.Context) (string, time.Time, error) {
	time.Sleep(c.takes) // in a bubble: no real time passes
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return "", time.Time{}, c.err
	}
	c.calls++
	return fmt.Sprintf("t%d", c.calls), time.Now().Add(5 * time.Minute), nil
}

func want(t *testing.T, s *TokenSource, token string) {
	t.Helper()
	if got, err := s.Token(t.Context()); got != token || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, token)
	}
}

func TestTokenSource_FetchesOnceForManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{takes: time.Second}
		s := NewTokenSource(c.fetch)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { want(t, s, "t1") })
		}
		wg.Wait()
	})
}

func TestTokenSource_RenewsBeforeExpiryWithoutHoldingOthersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{}
		s := NewTokenSource(c.fetch)
		want(t, s, "t1")
		time.Sleep(4*time.Minute + time.Second)
		c.takes = 10 * time.Second
		var wg sync.WaitGroup
		wg.Go(func() { want(t, s, "t2") })
		synctest.Wait()
		want(t, s, "t1")
		wg.Wait()
		want(t, s, "t2")
	})
}

func TestTokenSource_GoesOnWithAGoodTokenWhileTheIssuerIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{}
		s := NewTokenSource(c.fetch)
		want(t, s, "t1")
		c.err = errors.New("down")
		time.Sleep(4*time.Minute + 30*time.Second)
		want(t, s, "t1")
		time.Sleep(time.Minute)
		if got, err := s.Token(t.Context()); !errors.Is(err, c.err) {
			t.Errorf("got %q, %v", got, err)
		}
		c.err = nil
		want(t, s, "t2")
	})
}

func TestTokenSource_GivesUpWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{takes: time.Minute}
		s := NewTokenSource(c.fetch)
		var wg sync.WaitGroup
		wg.Go(func() { want(t, s, "t1") })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		wg.Wait()
	})
}
