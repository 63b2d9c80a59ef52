package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// end turns the outcome of a call into its status, writes its line in the log
// and measures it. A panic is an INTERNAL error and ends nothing but its call.
func (c *chain) end(ctx context.Context, call *call, panicked any, err error) error {
	if panicked != nil {
		c.log.Error("panic", zap.Any("panic", panicked), zap.String("stack", string(debug.Stack())),
			zap.String("request_id", call.requestID))
		err = fmt.Errorf("panic: %v", panicked)
	}
	took := time.Since(call.began)
	if err == nil {
		call.method.observer(codes.OK).Observe(took.Seconds())
		c.record(call, took, codes.OK, nil)
		return nil
	}
	s := statusOf(ctx, err)
	call.method.observer(s.Code()).Observe(took.Seconds())
	c.record(call, took, s.Code(), err)
	// The stream may be gone already, and then nobody waits for the trailer.
	_ = grpc.SetTrailer(ctx, metadata.Pairs(RequestIDHeader, call.requestID))
	return s.Err()
}

// statusOf blames the deadline or the caller's departure for errors that came
// of it in disguise.
func statusOf(ctx context.Context, err error) *status.Status {
	s := rpcerr.Status(err)
	if s.Code() == codes.Internal && ctx.Err() != nil {
		return rpcerr.Status(ctx.Err())
	}
	return s
}

var kindNames = func() (names [auth.Service + 1]string) {
	for k := range names {
		names[k] = auth.KindName(auth.Kind(k)) //nolint:gosec // a small index
	}
	return names
}()

// record writes the one line of a call. It names callers by opaque ids only.
func (c *chain) record(call *call, took time.Duration, code codes.Code, err error) {
	line := c.log.Check(levelOf(call, code), "call")
	if line == nil {
		return
	}
	id := call.trace.TraceID()
	fields := make([]zap.Field, 0, 10)
	fields = append(fields,
		zap.String("method", call.method.name), zap.String("code", code.String()), zap.Duration("duration", took),
		zap.String("request_id", call.requestID), zap.String("trace_id", id.String()))
	if caller := call.caller; caller != nil {
		fields = append(fields, zap.String("caller", kindNames[caller.Roles[0]]), zap.String("subject", caller.Subject))
		if partner := caller.Partner(); partner != "" {
			fields = append(fields, zap.String("partner_id", partner))
		}
	}
	if err != nil {
		fields = append(fields, zap.String("reason", string(rpcerr.ReasonOf(err))))
		if needsCause(code) {
			fields = append(fields, zap.Error(err))
		}
	}
	line.Write(fields...)
}

// needsCause reports whether the reason alone does not tell what happened. The
// messages of refusals stay out of the log: they quote requests, and so may
// hold names and addresses.
func needsCause(code codes.Code) bool {
	switch code {
	case codes.Internal, codes.Unknown, codes.Unavailable, codes.DeadlineExceeded, codes.Unauthenticated:
		return true
	}
	return false
}

// levelOf keeps the log quiet about probes and loud about our own mistakes.
func levelOf(call *call, code codes.Code) zapcore.Level {
	switch {
	case code == codes.Internal || code == codes.Unknown || code == codes.DataLoss:
		return zap.ErrorLevel
	case call.method.foreign:
		return zap.DebugLevel
	case code == codes.Unavailable || code == codes.DeadlineExceeded:
		return zap.WarnLevel
	}
	return zap.InfoLevel
}
