package rest

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// expected says what the value at a path must be, in words that help.
func expected(m protoreflect.MessageDescriptor, path []string) string {
	var f protoreflect.FieldDescriptor
	inList := false
	for _, name := range path {
		if strings.HasPrefix(name, "[") {
			inList = true
			continue
		}
		if f = fieldNamed(m, name); f == nil {
			return "of another type"
		}
		m, inList = f.Message(), false
	}
	switch {
	case f == nil:
		return "an object"
	case f.IsMap():
		return "an object"
	case f.IsList() && !inList:
		return "a list of which each entry is " + kindOf(f)
	}
	return kindOf(f)
}

// wellKnown are messages that JSON writes as text.
var wellKnown = map[protoreflect.FullName]string{
	"google.protobuf.Timestamp": `an instant such as "2026-03-01T09:30:00Z"`,
	"google.protobuf.Duration":  `a duration in seconds such as "3600s"`,
	"google.protobuf.FieldMask": `a list of fields such as "displayName,segment"`,
}

func kindOf(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if text, ok := wellKnown[f.Message().FullName()]; ok {
			return text
		}
		return "an object"
	case protoreflect.EnumKind:
		return "one of " + choices(f.Enum())
	case protoreflect.StringKind:
		return "text in quotes"
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.BytesKind:
		return "base64 in quotes"
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "a number"
	}
	return "a whole number in range"
}

func choices(e protoreflect.EnumDescriptor) string {
	var names []string
	for i := range e.Values().Len() {
		if v := e.Values().Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	return strings.Join(names, ", ")
}
