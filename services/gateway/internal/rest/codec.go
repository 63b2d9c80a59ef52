package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/encode"
)

// codec reads and writes JSON: empty fields shown, unknown fields refused, one
// value per body and nothing after it.
type codec struct{ runtime.JSONPb }

func newCodec() *codec {
	return &codec{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitUnpopulated: true}}}
}

// Marshal writes an answer: a file as it is.
func (c *codec) Marshal(v any) ([]byte, error) {
	if f, ok := v.(*typev1.File); ok {
		return f.GetContent(), nil
	}
	m, ok := v.(proto.Message)
	if !ok {
		return c.JSONPb.Marshal(v)
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer giveBack(buffer)
	buffer.Reset()
	b, err := encode.Append(buffer.AvailableBuffer(), m)
	if err != nil {
		return nil, err
	}
	_, _ = buffer.Write(b) // keeps what b has grown to
	return bytes.Clone(b), nil
}

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		buffers.Put(b)
	}
}

// NewDecoder reads a body. Its errors are for own, which see.
func (c *codec) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error { return c.decode(r, v) })
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// largestKept bounds the buffers that wait for their next use.
const largestKept = 64 << 10

func (c *codec) decode(r io.Reader, v any) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer giveBack(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(r); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errors.New(tooLarge)
		}
		return errors.New(unreadable)
	}
	body := buffer.Bytes()
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return io.EOF // grpc-gateway takes it for an empty message
	}
	message, err := target(v)
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(body, message); err != nil {
		return explain(body, message.ProtoReflect().Descriptor(), err)
	}
	return nil
}

// target is the message that a body fills: v itself where the body is the whole
// request, or the one that v points to where it is one field. Contracts with a
// body that is no message are not used here.
func target(v any) (proto.Message, error) {
	if m, ok := v.(proto.Message); ok {
		return m, nil
	}
	field := reflect.ValueOf(v)
	if field.Kind() != reflect.Pointer || field.Elem().Kind() != reflect.Pointer {
		return nil, fmt.Errorf("body of type %T", v)
	}
	if field.Elem().IsNil() {
		field.Elem().Set(reflect.New(field.Elem().Type().Elem()))
	}
	m, ok := field.Elem().Interface().(proto.Message)
	if !ok {
		return nil, fmt.Errorf("body of type %T", v)
	}
	return m, nil
}
