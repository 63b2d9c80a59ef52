package server_test

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// seen is what a handler found in its context.
type seen struct {
	caller   auth.Caller
	admitted bool
	scope    string
	key      idem.Key
	deadline bool
}

// handlers serve a few methods of the real contract. They keep what they see,
// and answer with whatever answer does.
type handlers struct {
	customerv1.UnimplementedCustomerServiceServer
	customerv1.UnimplementedImportServiceServer
	commissionv1.UnimplementedMarginServiceServer
	partnerv1.UnimplementedTokenServiceServer

	answer func(context.Context) error

	mu   sync.Mutex
	last seen
}

func (h *handlers) register(r grpc.ServiceRegistrar) {
	customerv1.RegisterCustomerServiceServer(r, h)
	customerv1.RegisterEventServiceServer(r, feed{h: h})
	customerv1.RegisterImportServiceServer(r, h)
	commissionv1.RegisterMarginServiceServer(r, h)
	partnerv1.RegisterTokenServiceServer(r, h)
}

func (h *handlers) see(ctx context.Context) error {
	s := seen{scope: pg.ScopeFrom(ctx).String()}
	s.caller, s.admitted = auth.From(ctx)
	s.key, _ = idem.KeyFrom(ctx)
	_, s.deadline = ctx.Deadline()
	h.mu.Lock()
	h.last = s
	h.mu.Unlock()
	if h.answer == nil {
		return nil
	}
	return h.answer(ctx)
}

func (h *handlers) saw() seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

func (h *handlers) GetCustomer(ctx context.Context, r *customerv1.GetCustomerRequest) (*customerv1.Customer, error) {
	return &customerv1.Customer{CustomerId: r.GetCustomerId()}, h.see(ctx)
}

func (h *handlers) CreateGroup(ctx context.Context, _ *customerv1.CreateGroupRequest) (*customerv1.Group, error) {
	return &customerv1.Group{}, h.see(ctx)
}

func (h *handlers) CalculateMargin(ctx context.Context, _ *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	return &commissionv1.Calculation{}, h.see(ctx)
}

func (h *handlers) AcceptCardRate(ctx context.Context, _ *commissionv1.AcceptCardRateRequest) (*commissionv1.Relationship, error) {
	return &commissionv1.Relationship{}, h.see(ctx)
}

func (h *handlers) GetKeySet(ctx context.Context, _ *partnerv1.GetKeySetRequest) (*partnerv1.GetKeySetResponse, error) {
	return &partnerv1.GetKeySetResponse{}, h.see(ctx)
}

func (h *handlers) UploadRows(s grpc.ClientStreamingServer[customerv1.UploadRowsRequest, customerv1.Import]) error {
	for {
		if _, err := s.Recv(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if err := h.see(s.Context()); err != nil {
		return err
	}
	return s.SendAndClose(&customerv1.Import{ImportId: "imp_1"})
}

// feed is the event service of the same handlers.
type feed struct {
	customerv1.UnimplementedEventServiceServer
	h *handlers
}

// WatchEvents sends one event and then waits for its end.
func (f feed) WatchEvents(_ *customerv1.WatchEventsRequest, s grpc.ServerStreamingServer[customerv1.Event]) error {
	if err := f.h.see(s.Context()); err != nil {
		return err
	}
	if err := s.Send(&customerv1.Event{}); err != nil {
		return err
	}
	<-s.Context().Done()
	return s.Context().Err()
}
