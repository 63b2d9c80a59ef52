package encode

import (
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// plan is how messages of one type are written.
type plan struct {
	fields    []field
	slow      bool       // left to protojson
	timestamp *timestamp // of google.protobuf.Timestamp only
}

// field is how one field is written.
type field struct {
	descriptor protoreflect.FieldDescriptor
	key        []byte // "name":
	kind       protoreflect.Kind
	list       bool
	optional   bool   // left out while it has no value
	empty      []byte // written while it has no value
	message    protoreflect.MessageDescriptor
	names      map[protoreflect.EnumNumber][]byte
}

var plans sync.Map // of protoreflect.MessageDescriptor to *plan

func planOf(d protoreflect.MessageDescriptor) *plan {
	if p, ok := plans.Load(d); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(d, newPlan(d))
	return p.(*plan)
}

func newPlan(d protoreflect.MessageDescriptor) *plan {
	if d.FullName() == "google.protobuf.Timestamp" {
		return &plan{slow: true, timestamp: &timestamp{d.Fields().ByName("seconds"), d.Fields().ByName("nanos")}}
	}
	p := &plan{slow: d.ParentFile().Package() == "google.protobuf" || d.ExtensionRanges().Len() > 0}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		switch f.Kind() {
		case protoreflect.FloatKind, protoreflect.DoubleKind, protoreflect.GroupKind:
			p.slow = true
		}
		p.slow = p.slow || f.IsMap()
		p.fields = append(p.fields, newField(f))
	}
	return p
}

func newField(f protoreflect.FieldDescriptor) field {
	n := field{
		descriptor: f, key: strconv.AppendQuote(nil, f.JSONName()), kind: f.Kind(), list: f.IsList(),
		optional: f.ContainingOneof() != nil, message: f.Message(),
	}
	n.key = append(n.key, ':')
	if f.Enum() != nil {
		n.names = map[protoreflect.EnumNumber][]byte{}
		for i := range f.Enum().Values().Len() {
			v := f.Enum().Values().Get(i)
			if _, aliased := n.names[v.Number()]; !aliased {
				n.names[v.Number()] = strconv.AppendQuote(nil, string(v.Name()))
			}
		}
	}
	n.empty = n.emptyValue()
	return n
}

func (f *field) emptyValue() []byte {
	switch {
	case f.list:
		return []byte("[]")
	case f.message != nil:
		return []byte("null")
	}
	b, err := f.appendOne(nil, f.descriptor.Default())
	if err != nil { // the contracts have no defaults that are not UTF-8
		return []byte(`""`)
	}
	return b
}

// timestamp reads instants without making a message of them.
type timestamp struct{ seconds, nanos protoreflect.FieldDescriptor }

const (
	earliest = -62135596800 // 0001-01-01
	latest   = 253402300799 // 9999-12-31
)

// of returns false for an instant that JSON can't say.
func (t *timestamp) of(m protoreflect.Message) (time.Time, bool) {
	seconds, nanos := m.Get(t.seconds).Int(), m.Get(t.nanos).Int()
	ok := seconds >= earliest && seconds <= latest && nanos >= 0 && nanos < 1e9
	return time.Unix(seconds, nanos).UTC(), ok
}
