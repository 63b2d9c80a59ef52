package memory

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

func TestMemory_LoadsOnceForAllWhoAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var loads atomic.Int64
		m := New(time.Now, func(context.Context, string) (int, error) {
			<-time.After(time.Second)
			return int(loads.Add(1)), nil
		})
		for range 10 {
			go func() {
				if got, err := m.Get(t.Context(), "key"); got != 1 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			}()
		}
		<-time.After(maxAge - time.Millisecond)
		if got, _ := m.Get(t.Context(), "key"); got != 1 {
			t.Errorf("forgotten too early: %d", got)
		}
		<-time.After(time.Millisecond)
		if got, _ := m.Get(t.Context(), "key"); got != 2 {
			t.Errorf("remembered too long: %d", got)
		}
	})
}

func TestMemory_KeepsRefusalsButNotFailures(t *testing.T) {
	refused, failed := fault.New("NOT_FOUND", "no such thing"), errors.New("connection lost")
	loads := 0
	m := New(time.Now, func(_ context.Context, err error) (int, error) {
		loads++
		return 0, err
	})
	for range 3 {
		if _, err := m.Get(t.Context(), refused); !errors.Is(err, refused) {
			t.Error(err)
		}
	}
	if loads != 1 {
		t.Errorf("a refusal was loaded %d times", loads)
	}
	for range 3 {
		if _, err := m.Get(t.Context(), failed); !errors.Is(err, failed) {
			t.Error(err)
		}
	}
	if loads != 4 {
		t.Errorf("a failure was loaded %d times", loads-1)
	}
}

func TestMemory_OutlivesTheCallerWhoBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(time.Now, func(ctx context.Context, _ string) (int, error) {
			select {
			case <-time.After(time.Second):
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		})
		first, cancel := context.WithCancel(t.Context())
		go func() { _, _ = m.Get(first, "key") }()
		synctest.Wait()
		cancel()
		if got, err := m.Get(t.Context(), "key"); got != 1 || err != nil {
			t.Errorf("got %d, %v", got, err)
		}
	})
}
