package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// outgoing is what happens around every call to another service.
type outgoing struct {
	config DialConfig
	deps   DialDeps
}

func (o *outgoing) unary(ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx = o.annotate(ctx)
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.config.Timeout)
		defer cancel()
	}
	return o.received(method, invoke(ctx, method, request, answer, conn, options...))
}

func (o *outgoing) stream(ctx context.Context, d *grpc.StreamDesc, conn *grpc.ClientConn, method string, begin grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := begin(o.annotate(ctx), d, conn, method, options...)
	if err != nil {
		return nil, o.received(method, err)
	}
	return &receiving{ClientStream: s, outgoing: o, method: method}, nil
}

// annotate passes on the ids of the call being served, and the partner that
// this one is made for.
func (o *outgoing) annotate(ctx context.Context) context.Context {
	pairs := make([]string, 0, 6)
	if id := RequestID(ctx); id != "" {
		pairs = append(pairs, RequestIDHeader, id)
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() && (o.deps.Telemetry == nil || !o.deps.Telemetry.Tracing) {
		pairs = append(pairs, telemetry.Traceparent, telemetry.Header(sc))
	}
	if partner := auth.ActingFor(ctx); partner != "" {
		pairs = append(pairs, auth.ActingHeader, partner)
	}
	if len(pairs) == 0 {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// received makes refusals of the other service refusals here. One that is
// about this service's own identity is our mistake and not our caller's, who
// must not be told to get another token.
func (o *outgoing) received(method string, err error) error {
	err = rpcerr.FromStatus(err)
	if err == nil || o.deps.Tokens == nil || o.deps.Forward {
		return err
	}
	for _, own := range []error{rpcerr.Unauthenticated, rpcerr.PermissionDenied, rpcerr.ScopeMissing, rpcerr.HumanRequired} {
		if errors.Is(err, own) {
			return fmt.Errorf("%s refuses this service: %v", method, err) //nolint:errorlint // it must not be passed on
		}
	}
	return err
}

// receiving is a stream whose errors are translated.
type receiving struct {
	grpc.ClientStream
	outgoing *outgoing
	method   string
}

// RecvMsg returns io.EOF at the end, and refusals as *fault.Error.
func (r *receiving) RecvMsg(message any) error {
	err := r.ClientStream.RecvMsg(message)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return r.outgoing.received(r.method, err)
}
