package commissiontest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// conduct behaves as partner's contract promises of transfers, cases and its
// feed. Cases are what a test makes them.
type conduct struct {
	partnerv1.UnimplementedConductServiceServer
	partnerv1.UnimplementedTransferServiceServer
	partnerv1.UnimplementedEventServiceServer

	mu        sync.Mutex
	cases     map[string]*partnerv1.Case
	transfers map[string]*partnerv1.Transfer // as the vendor sees them
	feed      []*partnerv1.Event
	down      bool

	recording sync.Mutex
	Orders    judgements
}

func newConduct() *conduct {
	return &conduct{cases: map[string]*partnerv1.Case{}, transfers: map[string]*partnerv1.Transfer{}, Orders: newJudgements()}
}

// Decide stores the next revision of a case, and tells the feed.
func (c *conduct) Decide(id string, how func(*partnerv1.Case)) *partnerv1.Case {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, kind := &partnerv1.Case{CaseId: id}, "case.opened"
	if known, there := c.cases[id]; there {
		next, kind = proto.CloneOf(known), "case.decided"
	}
	how(next)
	next.Revision++
	next.Etag = strconv.FormatInt(next.GetRevision(), 10)
	c.cases[id] = next
	c.feed = append(c.feed, &partnerv1.Event{
		Position: int64(len(c.feed) + 1), Kind: kind, ResourceId: id, Revision: next.GetRevision(),
		Resource: &partnerv1.Event_Case{Case: proto.CloneOf(next)},
	})
	return proto.CloneOf(next)
}

// Age changes a case as the calendar does: without a revision, and unheard.
func (c *conduct) Age(id string, how func(*partnerv1.Case)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	how(c.cases[id])
}

func (c *conduct) Request(t *partnerv1.Transfer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.transfers[t.GetTransferId()] = t
}

func (c *conduct) Cut(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

var errNoCase = fault.New("NOT_FOUND", "there is no such case")

func (c *conduct) FindCase(_ context.Context, r *partnerv1.FindCaseRequest) (*partnerv1.Case, error) {
	return c.find(func(k *partnerv1.Case) bool {
		return k.GetSubscriptionId() == r.GetSubscriptionId() && k.GetTransferId() == r.GetTransferId() && k.GetSubmissionId() == r.GetSubmissionId()
	})
}

func (c *conduct) GetCase(_ context.Context, r *partnerv1.GetCaseRequest) (*partnerv1.Case, error) {
	return c.find(func(k *partnerv1.Case) bool { return k.GetCaseId() == r.GetCaseId() })
}

func (c *conduct) find(fits func(*partnerv1.Case) bool) (*partnerv1.Case, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil, rpcerr.Unavailable
	}
	for _, k := range c.cases {
		if fits(k) {
			return proto.CloneOf(k), nil
		}
	}
	return nil, errNoCase
}

func (c *conduct) GetTransfer(ctx context.Context, r *partnerv1.GetTransferRequest) (*partnerv1.Transfer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := proto.CloneOf(c.transfers[r.GetTransferId()])
	caller, _ := auth.From(ctx)
	eyes := caller.Partner()
	switch {
	case t == nil:
		return nil, fault.New("NOT_FOUND", "there is no such transfer")
	case eyes == "":
		return t, nil
	case eyes == t.GetPartnerId():
		t.Side = partnerv1.Side_SIDE_CHALLENGER
	default:
		t.Side, t.PartnerId = partnerv1.Side_SIDE_INCUMBENT, ""
		t.Moves = slices.DeleteFunc(t.Moves, func(m *partnerv1.Move) bool { return m.GetIncumbentPartnerId() != eyes })
		if len(t.GetMoves()) == 0 {
			return nil, fault.New("NOT_FOUND", "there is no such transfer")
		}
	}
	for _, m := range t.GetMoves() {
		m.IncumbentPartnerId = ""
	}
	return t, nil
}

func (c *conduct) ListEvents(_ context.Context, r *partnerv1.ListEventsRequest) (*partnerv1.ListEventsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	news := c.feed[min(int(r.GetAfter()), len(c.feed)):]
	return &partnerv1.ListEventsResponse{Events: news[:min(len(news), int(r.GetPageSize()))]}, nil
}

func (c *conduct) WatchEvents(_ *partnerv1.WatchEventsRequest, stream grpc.ServerStreamingServer[partnerv1.Event]) error {
	<-stream.Context().Done()
	return nil
}
