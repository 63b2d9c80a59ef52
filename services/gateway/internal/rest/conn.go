package rest

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/platform/server"
)

// translated is a connection whose calls come from HTTP requests. It moves the
// headers Idempotency-Key and If-Match into the message, and sends no metadata
// but the request's id: whatever grpc-gateway took from the request is left
// behind, and the tokens are added by the connection beneath.
type translated struct{ conn grpc.ClientConnInterface }

// Invoke calls a method.
func (t translated) Invoke(ctx context.Context, method string, request, answer any, opts ...grpc.CallOption) error {
	if message, ok := request.(proto.Message); ok {
		h, _ := ctx.Value(headersKey{}).(headers)
		if err := h.apply(message.ProtoReflect()); err != nil {
			return err
		}
		named(message.ProtoReflect())
	}
	var outgoing metadata.MD
	if id := guard.RequestID(ctx); id != "" {
		outgoing = metadata.MD{server.RequestIDHeader: []string{id}}
	}
	if _, file := answer.(*typev1.File); file {
		opts = append(opts, grpc.MaxCallRecvMsgSize(largestFile))
	}
	return t.conn.Invoke(metadata.NewOutgoingContext(ctx, outgoing), method, request, answer, opts...)
}

var errNoStreams = errors.New("streams are not served over REST")

// NewStream is not to be had: no streaming method has a path.
func (t translated) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errNoStreams
}
