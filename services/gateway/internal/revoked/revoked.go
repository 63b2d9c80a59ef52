// Package revoked knows which API clients were revoked while tokens of theirs
// may still be out.
//
// The partner service keeps the list; the gateway asks for it every ten
// seconds. When it has not been had for a minute, tokens of partners are
// refused altogether: one of them may be a revoked client's.
package revoked

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	// Every is how often the list is asked for.
	Every = 10 * time.Second
	// Again is when it is asked for again after a failure.
	Again = time.Second
	// MaxAge is how old the list may be.
	MaxAge = 60 * time.Second
	// patience is how long a start waits for the first list.
	patience = 15 * time.Second
	timeout  = 5 * time.Second
)

// List is the last list that was had.
type List struct {
	clients partnerv1.ApiClientServiceClient
	now     func() time.Time
	began   time.Time
	last    atomic.Pointer[snapshot]
}

type snapshot struct {
	at  time.Time
	ids map[string]bool
}

// New returns a list that has not been asked for yet, and is too old therefore.
// The connection of clients must carry the gateway's own token.
func New(clients partnerv1.ApiClientServiceClient, now func() time.Time) *List {
	l := &List{clients: clients, now: now, began: now()}
	l.last.Store(&snapshot{})
	return l
}

// Check refuses a revoked client with UNAUTHENTICATED, and a partner's with
// UNAVAILABLE while the list is too old. People are not API clients.
func (l *List) Check(c auth.Caller) error {
	if c.PartnerID == "" && c.Service == "" {
		return nil
	}
	last := l.last.Load()
	if last.ids[c.ClientID] {
		return fmt.Errorf("client %s is revoked: %w", c.ClientID, rpcerr.Unauthenticated)
	}
	if c.PartnerID != "" && l.now().Sub(last.at) > MaxAge {
		return fmt.Errorf("the list of revoked clients is of %s: %w", last.at.Format(time.RFC3339), rpcerr.Unavailable)
	}
	return nil
}

var errNoList = errors.New("there is no list of revoked clients yet")

// Ready returns nil once there is a list, or when it could not be had for a
// while: with the partner service away, everybody but partners can be served.
func (l *List) Ready(context.Context) error {
	if l.last.Load().ids == nil && l.now().Sub(l.began) < patience {
		return errNoList
	}
	return nil
}

// Refresh asks for the list. The old one stays when that fails.
func (l *List) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	asked := l.now() // a client revoked while the answer travels is in the next one
	answer, err := l.clients.ListRevokedClients(ctx, &partnerv1.ListRevokedClientsRequest{})
	if err != nil {
		return fmt.Errorf("list revoked clients: %w", err)
	}
	ids := make(map[string]bool, len(answer.GetClientIds()))
	for _, id := range answer.GetClientIds() {
		ids[id] = true
	}
	l.last.Store(&snapshot{at: asked, ids: ids})
	return nil
}

// Poll refreshes the list at once and then every ten seconds until ctx ends,
// more often while it can't be had. A failure is logged when it begins.
func (l *List) Poll(ctx context.Context, log *zap.Logger) {
	failing := false
	for {
		pause := Every
		err := l.Refresh(ctx)
		if err != nil {
			pause = Again
		}
		if err != nil && !failing && ctx.Err() == nil {
			log.Warn("list of revoked clients can't be had", zap.Error(err))
		}
		failing = err != nil
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
