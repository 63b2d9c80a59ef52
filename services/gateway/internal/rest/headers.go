package rest

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// headers of a request that become fields of the message.
type headers struct{ idempotencyKey, ifMatch string }

type headersKey struct{}

// longestKey is how long an idempotency key may be.
const longestKey = 128

// withHeaders reads Idempotency-Key and If-Match, where there are any.
func withHeaders(r *http.Request) (*http.Request, error) {
	key, match := r.Header.Get("Idempotency-Key"), r.Header.Get("If-Match")
	if key == "" && match == "" {
		return r, nil
	}
	h := headers{idempotencyKey: unquote(key), ifMatch: unquote(match)}
	if key != "" && !plainKey(h.idempotencyKey) {
		return nil, rpcerr.RequestInvalid.Because("Idempotency-Key takes up to 128 visible characters; a UUID is best").On("Idempotency-Key")
	}
	if strings.HasPrefix(h.ifMatch, "W/") || strings.Contains(h.ifMatch, ",") {
		return nil, rpcerr.RequestInvalid.Because("If-Match takes one etag, as it was read").On("If-Match")
	}
	if h.ifMatch == "*" { // any version will do: nothing to check
		h.ifMatch = ""
	}
	return r.WithContext(context.WithValue(r.Context(), headersKey{}, h)), nil
}

// unquote takes the quotes off, which the specifications of both headers ask
// for and many clients leave out.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

func plainKey(key string) bool {
	for _, r := range key {
		if r <= ' ' || r > '~' || r == '"' {
			return false
		}
	}
	return key != "" && len(key) <= longestKey
}

func (h headers) apply(m protoreflect.Message) error {
	if h == (headers{}) {
		return nil
	}
	if err := fill(m, "request_id", h.idempotencyKey, "Idempotency-Key"); err != nil {
		return err
	}
	return fill(versioned(m), "etag", h.ifMatch, "If-Match")
}

// versioned is the message that carries the etag: the request, or the resource
// that an update sends.
func versioned(m protoreflect.Message) protoreflect.Message {
	if m.Descriptor().Fields().ByName("etag") != nil {
		return m
	}
	if f := updated(m.Descriptor()); f != nil {
		return m.Mutable(f).Message()
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
		return fault.New("REQUEST_INVALID", "the header "+header+" and the field "+f.JSONName()+" differ: send only the header").On(f.JSONName())
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
