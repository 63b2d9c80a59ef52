package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"buf.build/go/protovalidate"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errKeyRequired is returned for a change without an idempotency key.
var errKeyRequired = fault.New("IDEMPOTENCY_KEY_REQUIRED", "request_id is empty; send a fresh UUID for each intent").On("request_id")

// chain is what happens around every handler. It is one interceptor and not
// ten, because the order of its steps is the point: nothing is read from a
// request before its caller is admitted, and nothing fails unlogged.
type chain struct {
	log       *zap.Logger
	verifier  *auth.Verifier
	validator protovalidate.Validator
	methods   map[string]*method // complete before the first call
	config    Config
	draining  context.Context // ends when the server stops
}

// unary serves a call with one request and one answer.
func (c *chain) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (answer any, err error) {
	m := c.methods[info.FullMethod]
	ctx, call := begin(ctx, m)
	defer func() { err = c.end(ctx, call, recover(), err) }()

	ctx, cancel := c.clamp(ctx)
	defer cancel()
	if ctx, err = c.admit(ctx, call); err != nil {
		return nil, err
	}
	if ctx, err = c.examine(ctx, call, request); err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

// clamp gives the call a deadline if it has none, and shortens one that is too
// far away.
func (c *chain) clamp(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, c.config.DefaultDeadline)
	}
	if time.Until(deadline) > c.config.MaxDeadline {
		return context.WithTimeout(ctx, c.config.MaxDeadline)
	}
	return ctx, func() {}
}

// admit asks who is calling and sets whose rows the call may touch: a
// partner's, also when a service acts for it, or the vendor's, which are all.
func (c *chain) admit(ctx context.Context, call *call) (context.Context, error) {
	if call.method.rule.Anonymous() {
		return pg.WithScope(ctx, pg.System()), nil
	}
	caller, err := c.verifier.Admit(ctx, call.method.rule)
	if caller != nil {
		call.caller = caller
	}
	if err != nil {
		return ctx, err
	}
	return pg.WithScope(auth.WithAdmitted(ctx, caller), scopeOf(caller)), nil
}

func scopeOf(caller *auth.Caller) pg.Scope {
	switch {
	case caller.PartnerID != "":
		return pg.Partner(caller.PartnerIDs...)
	case caller.Acting != "":
		return pg.Partner(caller.Acting)
	}
	return pg.System()
}

// examine holds a request against the contract and takes its idempotency key.
func (c *chain) examine(ctx context.Context, call *call, request any) (context.Context, error) {
	message, ok := request.(proto.Message)
	if !ok || call.method.foreign {
		return ctx, nil
	}
	if err := c.validator.Validate(message); err != nil {
		return ctx, err
	}
	if call.method.requestID == nil || !call.method.single {
		return ctx, nil
	}
	id := message.ProtoReflect().Get(call.method.requestID).String()
	if id == "" {
		return ctx, errKeyRequired
	}
	if err := idem.CheckID(id); err != nil {
		return ctx, err
	}
	print, err := idem.Fingerprint(call.method.name, message)
	if err != nil {
		return ctx, err
	}
	return idem.WithKey(ctx, idem.Key{Caller: call.callerName(), RequestID: id, Method: call.method.name, Fingerprint: print}), nil
}

func (c *call) callerName() string {
	if c.caller == nil {
		return auth.Caller{}.String()
	}
	return c.caller.String()
}

// newValidator prepares the rules of every message that the methods take.
func newValidator(methods map[string]*method) (protovalidate.Validator, error) {
	var inputs []protoreflect.MessageDescriptor
	for _, m := range methods {
		if m.input != nil {
			inputs = append(inputs, m.input)
		}
	}
	v, err := protovalidate.New(protovalidate.WithMessageDescriptors(inputs...), protovalidate.WithDisableLazy())
	if err != nil {
		return nil, fmt.Errorf("rules of the contract: %w", err)
	}
	return v, nil
}

// unknown answers calls of methods that do not exist.
func unknown(any, grpc.ServerStream) error {
	return rpcerr.Status(rpcerr.Unimplemented).Err()
}

var errDraining = errors.New("the server is stopping")
