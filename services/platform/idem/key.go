// Package idem makes a mutation happen at most once per request id.
//
// The first call with a key stores its answer in the transaction of its
// effect; every later one gets that answer and no effect. So a caller that does
// not know whether its request went through repeats it until it knows. Keys
// belong to their caller and are kept for 30 days.
package idem

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/platform/digest"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// longestID is how many bytes a request id may have. A UUID has 36.
const longestID = 128

// ErrIDTooLong is returned for a request id of more than 128 bytes.
var ErrIDTooLong = fault.New("REQUEST_INVALID", "request_id is longer than 128 bytes; send a fresh UUID for each intent").On("request_id")

// CheckID returns ErrIDTooLong for a request id that can't be kept.
func CheckID(requestID string) error {
	if len(requestID) > longestID {
		return ErrIDTooLong
	}
	return nil
}

// Key names a request: whose, by which id, and what it asks for.
type Key struct {
	Caller, RequestID, Method string
	Fingerprint               []byte
}

// Fingerprint returns the digest of what request asks of method, which is the
// same for every repetition of the request.
func Fingerprint(method string, request proto.Message) ([]byte, error) {
	content, err := digest.Of(request, "request_id")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(method+"\n"), content...))
	return sum[:], nil
}

// call is a key on its way. A part's replay is told in the part's own answer,
// not in the header of the call that carries it.
type call struct {
	key  Key
	part bool
}

type contextKey struct{}

// WithKey returns a context in which Do guards the effect with k.
func WithKey(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, contextKey{}, call{key: k})
}

// WithPart returns a context for one item of a batch, which has a request id of
// its own and the caller and method of the batch. Without a key in ctx it
// returns ctx. It returns ErrIDTooLong for an id that can't be kept.
func WithPart(ctx context.Context, requestID string, item proto.Message) (context.Context, error) {
	if err := CheckID(requestID); err != nil {
		return nil, err
	}
	outer, ok := KeyFrom(ctx)
	if !ok {
		return ctx, nil
	}
	sum, err := Fingerprint(outer.Method, item)
	if err != nil {
		return nil, err
	}
	part := Key{Caller: outer.Caller, RequestID: requestID, Method: outer.Method, Fingerprint: sum}
	return context.WithValue(ctx, contextKey{}, call{key: part, part: true}), nil
}

// KeyFrom returns the key of ctx, if it has one.
func KeyFrom(ctx context.Context) (Key, bool) {
	c, ok := ctx.Value(contextKey{}).(call)
	return c.key, ok
}

// lock returns the number of the advisory lock that the key's call holds.
func (k Key) lock() int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "idempotency %q %q", k.Caller, k.RequestID))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
