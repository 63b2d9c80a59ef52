package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// An Outcome is what a call came to.
type Outcome struct {
	Reason string // of a refusal; empty for success
	Told   string // all that the answer says, without the ids asked for
}

// longest bounds one call.
const longest = 20 * time.Second

// ByGRPC calls the method at its service.
func (m Method) ByGRPC(ctx context.Context, conn grpc.ClientConnInterface, request string, ids Ids) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	in, out, err := m.messages()
	if err != nil {
		return Outcome{}, err
	}
	if err := protojson.Unmarshal([]byte(request), in); err != nil {
		return Outcome{}, fmt.Errorf("the matrix's request of %s: %w", m.Name, err)
	}
	if id := in.ProtoReflect().Descriptor().Fields().ByName("request_id"); id != nil {
		in.ProtoReflect().Set(id, protoreflect.ValueOfString(e2e.NewKey()))
	}
	path := fmt.Sprintf("/%s/%s", m.descriptor.Parent().FullName(), m.descriptor.Name())
	if err := m.invoke(ctx, conn, path, in, out); err != nil {
		return refusalOf(err, ids)
	}
	return Outcome{Told: anonymous(prototext.Format(out), ids)}, nil
}

func (m Method) messages() (in, out proto.Message, err error) {
	input, err := protoregistry.GlobalTypes.FindMessageByName(m.descriptor.Input().FullName())
	if err != nil {
		return nil, nil, err
	}
	output, err := protoregistry.GlobalTypes.FindMessageByName(m.descriptor.Output().FullName())
	if err != nil {
		return nil, nil, err
	}
	return input.New().Interface(), output.New().Interface(), nil
}

// invoke sends one message and reads one, also where either is a stream.
func (m Method) invoke(ctx context.Context, conn grpc.ClientConnInterface, path string, in, out proto.Message) error {
	if !m.descriptor.IsStreamingClient() && !m.descriptor.IsStreamingServer() {
		return conn.Invoke(ctx, path, in, out)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: m.descriptor.IsStreamingClient(), ServerStreams: m.descriptor.IsStreamingServer()}, path)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(in); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return stream.RecvMsg(out)
}

// refusalOf reads a status. One that does not give its reason is an error.
func refusalOf(err error, ids Ids) (Outcome, error) {
	s, ok := status.FromError(err)
	if !ok {
		return Outcome{}, err
	}
	for _, detail := range s.Details() {
		info, ok := detail.(*errdetails.ErrorInfo)
		if !ok {
			continue
		}
		want, known := answerOf(info.Reason)
		if !known || info.Domain != "holdfast" || int32(s.Code()) != want.Code {
			return Outcome{}, fmt.Errorf("reason %q of domain %q with code %s", info.Reason, info.Domain, s.Code())
		}
		return Outcome{Reason: info.Reason, Told: anonymous(prototext.Format(s.Proto()), ids)}, nil
	}
	return Outcome{}, fmt.Errorf("a refusal without its reason: %w", err)
}

func anonymous(text string, ids Ids) string {
	for _, id := range ids {
		text = strings.ReplaceAll(text, id, "ID")
	}
	return strings.ReplaceAll(text, "  ", " ") // prototext varies its blanks
}
