package rest

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// headers of a request that become fields of the message.
type headers struct{ idempotencyKey, ifMatch string }

type headersKey struct{}

// withHeaders reads Idempotency-Key (quoted, as its specification has it, or
// bare) and If-Match.
func withHeaders(r *http.Request) *http.Request {
	h := headers{
		idempotencyKey: strings.Trim(strings.TrimSpace(r.Header.Get("Idempotency-Key")), `"`),
		ifMatch:        strings.Trim(strings.TrimSpace(r.Header.Get("If-Match")), `"`),
	}
	if h.ifMatch == "*" { // any version will do: nothing to check
		h.ifMatch = ""
	}
	return r.WithContext(context.WithValue(r.Context(), headersKey{}, h))
}

// Headers is the interceptor that moves the two headers into the fields
// request_id and etag of the outgoing message, in whichever method has them.
func Headers(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	h, _ := ctx.Value(headersKey{}).(headers)
	if message, ok := req.(proto.Message); ok {
		if err := h.apply(message.ProtoReflect()); err != nil {
			return rpcerr.Status(err).Err()
		}
	}
	return invoke(ctx, method, req, reply, conn, opts...)
}

func (h headers) apply(m protoreflect.Message) error {
	if err := fill(m, "request_id", h.idempotencyKey, "Idempotency-Key"); err != nil {
		return err
	}
	return fill(versioned(m), "etag", h.ifMatch, "If-Match")
}

// versioned is the message that carries the etag: the request, or the resource
// that an update sends.
func versioned(m protoreflect.Message) protoreflect.Message {
	fields := m.Descriptor().Fields()
	if fields.ByName("etag") != nil || fields.ByName("update_mask") == nil {
		return m
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Kind() == protoreflect.MessageKind && !f.IsList() && f.Message().Fields().ByName("etag") != nil {
			return m.Mutable(f).Message()
		}
	}
	return m
}

// fill sets a text field from a header. A body that says otherwise is refused,
// as it can't be told which of the two was meant.
func fill(m protoreflect.Message, field protoreflect.Name, value, header string) error {
	f := m.Descriptor().Fields().ByName(field)
	if f == nil || value == "" {
		return nil
	}
	if given := m.Get(f).String(); given != "" && given != value {
		return fault.New("REQUEST_INVALID", "the header "+header+" and the field "+f.JSONName()+" differ: send only the header").On(string(field))
	}
	m.Set(f, protoreflect.ValueOfString(value))
	return nil
}

// setETag shows the etag of an answered resource as the header of its name.
func setETag(_ context.Context, w http.ResponseWriter, m proto.Message) error {
	if m == nil {
		return nil
	}
	message := m.ProtoReflect()
	f := message.Descriptor().Fields().ByName("etag")
	if f != nil && message.Get(f).String() != "" {
		w.Header().Set("ETag", `"`+message.Get(f).String()+`"`)
	}
	return nil
}
