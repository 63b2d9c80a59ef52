package revoked

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// clients answers with a list that tests change.
type clients struct {
	partnerv1.ApiClientServiceClient
	mu    sync.Mutex
	ids   []string
	err   error
	asked int
}

// change makes the next answers these.
func (c *clients) change(err error, ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids, c.err = ids, err
}

func (c *clients) ListRevokedClients(context.Context, *partnerv1.ListRevokedClientsRequest, ...grpc.CallOption) (*partnerv1.ListRevokedClientsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return &partnerv1.ListRevokedClientsResponse{ClientIds: c.ids}, c.err
}

var (
	softcat = servertest.Partner("softcat")
	staff   = servertest.Person("ann", auth.Channel)
	billing = servertest.Service("billing")
)

func TestPoll_FollowsTheListAndOutlivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &clients{}
		list := New(source, time.Now)
		if err := list.Check(softcat); !errors.Is(err, rpcerr.Unavailable) {
			t.Errorf("before the first list: %v, want UNAVAILABLE", err)
		}
		if list.Ready(t.Context()) == nil {
			t.Error("ready without a list")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { list.Poll(ctx, zap.NewNop()); close(done) }()

		synctest.Wait()
		if err := list.Check(softcat); err != nil {
			t.Errorf("after the first list: %v", err)
		}
		if err := list.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		source.change(nil, "cli_softcat", "billing")
		time.Sleep(Every)
		synctest.Wait()
		for _, c := range []auth.Caller{softcat, billing} {
			if err := list.Check(c); !errors.Is(err, rpcerr.Unauthenticated) {
				t.Errorf("revoked %s: %v, want UNAUTHENTICATED", c.ClientID, err)
			}
		}
		source.change(errors.New("down"))
		time.Sleep(MaxAge + Every)
		synctest.Wait()
		if err := list.Check(servertest.Partner("insight")); !errors.Is(err, rpcerr.Unavailable) {
			t.Errorf("with an old list: %v, want UNAVAILABLE", err)
		}
		if err := list.Check(softcat); !errors.Is(err, rpcerr.Unauthenticated) {
			t.Errorf("a client known to be revoked: %v, want UNAUTHENTICATED", err)
		}
		if err := list.Check(staff); err != nil {
			t.Errorf("staff: %v", err)
		}
		cancel()
		<-done
		if source.asked != 63 { // at 0, 10 and 20 s, then every second until 80 s
			t.Errorf("asked %d times, want 63", source.asked)
		}
	})
}

func TestReady_DoesNotWaitForThePartnerServiceForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &clients{}
		source.change(errors.New("down"))
		list := New(source, time.Now)
		time.Sleep(patience)
		if err := list.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
