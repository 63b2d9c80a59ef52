// Package encode writes messages as JSON: exactly what protojson writes with
// EmitUnpopulated, without blanks, in a fraction of the time.
//
// An answer of the gateway is mostly JSON, and protojson works out the order
// and the names of the fields anew for each message. Here that is done once per
// type. Whatever is rare in the contracts (well-known types, maps, numbers with
// fractions) is left to protojson. A test holds the two against each other for
// every message of the contracts.
package encode

import (
	"encoding/base64"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var slow = protojson.MarshalOptions{EmitUnpopulated: true}

// Append appends m to b. It fails for text that is not UTF-8.
func Append(b []byte, m proto.Message) ([]byte, error) {
	return appendMessage(b, m.ProtoReflect(), planOf(m.ProtoReflect().Descriptor()))
}

func appendMessage(b []byte, m protoreflect.Message, p *plan) ([]byte, error) {
	if p.timestamp != nil {
		if at, ok := p.timestamp.of(m); ok {
			return appendTimestamp(b, at), nil
		}
	}
	if p.slow {
		return slow.MarshalAppend(b, m.Interface())
	}
	b = append(b, '{')
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		has := m.Has(f.descriptor)
		if !has && f.optional {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, f.key...)
		if !has {
			b = append(b, f.empty...)
			continue
		}
		var err error
		if b, err = f.append(b, m.Get(f.descriptor)); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func (f *field) append(b []byte, v protoreflect.Value) ([]byte, error) {
	if !f.list {
		return f.appendOne(b, v)
	}
	b = append(b, '[')
	list := v.List()
	for i := range list.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = f.appendOne(b, list.Get(i)); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func (f *field) appendOne(b []byte, v protoreflect.Value) ([]byte, error) {
	switch f.kind {
	case protoreflect.StringKind:
		return appendText(b, v.String())
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool()), nil
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return append(strconv.AppendInt(append(b, '"'), v.Int(), 10), '"'), nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return append(strconv.AppendUint(append(b, '"'), v.Uint(), 10), '"'), nil
	case protoreflect.EnumKind:
		return f.appendEnum(b, v.Enum()), nil
	case protoreflect.BytesKind:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes()), '"'), nil
	default: // a message: plans with other kinds are slow
		return appendMessage(b, v.Message(), planOf(f.message))
	}
}

func (f *field) appendEnum(b []byte, n protoreflect.EnumNumber) []byte {
	if name, ok := f.names[n]; ok {
		return append(b, name...)
	}
	return strconv.AppendInt(b, int64(n), 10)
}

const hex = "0123456789abcdef"

var errUTF8 = errors.New("text is not UTF-8")

// appendText appends s in quotes. Like protojson it escapes what JSON requires
// and nothing else.
func appendText(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return b, errUTF8
	}
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		b = appendEscaped(b, c)
	}
	return append(append(b, s[start:]...), '"'), nil
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case 0x7f:
		return append(b, c)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}

// appendTimestamp writes as many digits of the second as are needed, in threes.
func appendTimestamp(b []byte, at time.Time) []byte {
	layout := `"2006-01-02T15:04:05`
	switch nanos := at.Nanosecond(); {
	case nanos == 0:
	case nanos%1e6 == 0:
		layout += ".000"
	case nanos%1e3 == 0:
		layout += ".000000"
	default:
		layout += ".000000000"
	}
	return at.AppendFormat(b, layout+`Z"`)
}
