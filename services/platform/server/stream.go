package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// stream serves a call with several requests or answers.
func (c *chain) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	m := c.methods[info.FullMethod]
	if m == nil {
		return unknown(srv, ss)
	}
	ctx, call := begin(ss.Context(), m)
	defer func() { err = c.end(ctx, call, recover(), err) }()

	if !m.foreign { // clients watch our health as long as they are connected
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.config.MaxStream)
		defer cancel()
	}
	if m.watches {
		var release func()
		ctx, release = c.untilDrained(ctx)
		defer release()
	}
	if ctx, err = c.admit(ctx, call); err != nil {
		return err
	}
	err = handler(srv, &examined{ServerStream: ss, ctx: ctx, chain: c, call: call})
	if errors.Is(context.Cause(ctx), errDraining) {
		return fmt.Errorf("%w: %w", errDraining, rpcerr.Unavailable) // the client resumes elsewhere
	}
	return err
}

// untilDrained ends the context of a watch when the server stops: it would go
// on for ever, and its client can resume it elsewhere.
func (c *chain) untilDrained(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.draining, func() { cancel(errDraining) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// examined is a stream whose every request is held against the contract before
// the handler sees it.
type examined struct {
	grpc.ServerStream
	ctx   context.Context //nolint:containedctx // it is how gRPC hands a stream its context
	chain *chain
	call  *call
}

// Context knows the caller and, once the request has come, its key.
func (s *examined) Context() context.Context { return s.ctx }

// RecvMsg receives and examines the next request.
func (s *examined) RecvMsg(message any) error {
	err := s.ServerStream.RecvMsg(message)
	if err != nil {
		return err
	}
	s.ctx, err = s.chain.examine(s.ctx, s.call, message)
	return err
}
